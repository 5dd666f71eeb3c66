/** A table whose columns are data: sorted by a click on a head, which the address keeps; on a phone each row is a card. */
import type { ReactElement, ReactNode } from "react";
import { count } from "../format.ts";
import { useSort, useUrlState } from "../page/url-state.ts";
import button from "./button.module.css";
import { SortHead } from "./sort-head.tsx";
import styles from "./table.module.css";
import view from "./view.module.css";

/** More would be slow to draw twice a second: they come when they are asked for, so many at a time. */
const MOST_ROWS = 200;

export interface Column<Row> {
  readonly name: string;
  readonly cell: (row: Row) => ReactNode;
  /** What the address calls it, and what rows are sorted by; absent: they can't be. */
  readonly sort?: readonly [as: string, key: (row: Row) => number | string];
  /** Numbers stand to the right, and the largest come first. */
  readonly number?: boolean;
  /** Long words: cut at its edge, or on several lines. */
  readonly long?: "cut" | "wrap";
  /** It holds buttons: nobody has to read its name. */
  readonly acts?: boolean;
  /** Something is wrong there. */
  readonly bad?: (row: Row) => boolean;
}

export interface TableProps<Row> {
  /** For screen readers: "Table of nodes". */
  readonly label: string;
  /** The first one says what a row is about. */
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly rowKey: (row: Row) => string;
  /** As in the address: `name`, or `-done` for the largest first. Absent: as they come. */
  readonly sort?: string;
  /** What the address calls the order, where a page has several tables. */
  readonly sortName?: string;
  readonly mostRows?: number;
}

export function Table<Row>(props: TableProps<Row>): ReactElement {
  const { label, columns, rows, rowKey, mostRows = MOST_ROWS } = props;
  const sort = useSort(props.sort ?? "", props.sortName);
  const key = columns.find((column) => column.sort?.[0] === sort.column)?.sort?.[1];
  const order = key === undefined ? rows : rows.toSorted((a, b) => compare(key(a), key(b)) * (sort.down ? -1 : 1));
  const [asked, ask] = useUrlState(props.sortName === undefined ? "rows" : `${props.sortName}-rows`);
  const most = Math.max(mostRows, Number(asked) || 0);
  const [first, ...others] = columns;
  if (first === undefined) return <></>;
  return (
    <>
      <div className={styles["scroll"]} tabIndex={0} role="region" aria-label={label}>
        <table className={`${styles["table"]} ${styles["cards"]}`}>
          <thead>
            <tr>
              {columns.map(({ name, sort: by, number = false, acts = false }) =>
                by === undefined ? (
                  <th key={name} scope="col" data-number={number || undefined}>
                    {acts ? <span className="visually-hidden">{name}</span> : name}
                  </th>
                ) : (
                  <SortHead key={name} name={name} column={by[0]} sort={sort} number={number} />
                ),
              )}
            </tr>
          </thead>
          <tbody>
            {order.slice(0, most).map((row) => (
              <tr key={rowKey(row)}>
                <th scope="row" data-long={first.long}>
                  {first.cell(row)}
                </th>
                {others.map(({ name, cell, number = false, long, acts = false, bad }) => (
                  <td
                    key={name}
                    data-number={number || undefined}
                    data-long={long}
                    data-bad={bad?.(row) === true || undefined}
                    data-name={acts ? undefined : name}
                  >
                    {cell(row)}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {rows.length > most && (
        <p className={view["more"]}>
          and {count(rows.length - most)} more{" "}
          <button type="button" className={button["button"]} onClick={() => ask(String(most + MOST_ROWS))}>
            Show {count(Math.min(MOST_ROWS, rows.length - most))} of them
          </button>
        </p>
      )}
    </>
  );
}

/** Numbers by size, words as people sort them: `maxi/2` before `maxi/10`. */
function compare(a: number | string, b: number | string): number {
  if (typeof a === "number" && typeof b === "number") return a - b;
  return String(a).localeCompare(String(b), "en", { numeric: true });
}
