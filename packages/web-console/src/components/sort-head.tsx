/** The head of a column that a table can be sorted by. */
import type { ReactElement } from "react";
import styles from "./table.module.css";

export interface Sort {
  readonly column: string;
  readonly down: boolean;
  readonly toggle: (column: string, downFirst: boolean) => void;
}

export interface SortHeadProps {
  readonly name: string;
  /** What the address calls it. */
  readonly column: string;
  readonly sort: Sort;
  /** Numbers: to the right, and the largest first. */
  readonly number?: boolean;
}

export function SortHead({ name, column, sort, number = false }: SortHeadProps): ReactElement {
  const here = sort.column === column;
  return (
    <th
      scope="col"
      data-number={number || undefined}
      aria-sort={here ? (sort.down ? "descending" : "ascending") : "none"}
    >
      <button type="button" className={styles["sort"]} onClick={() => sort.toggle(column, number)}>
        {name}
        <svg className={here ? undefined : styles["unsorted"]} viewBox="0 0 8 8" aria-hidden="true">
          <path d={here && sort.down ? "M0 2h8L4 7Z" : "M4 1 8 6H0Z"} />
        </svg>
      </button>
    </th>
  );
}
