/** Columns of numbers: each is sorted by what it shows. */
import type { ReactNode } from "react";
import { count } from "../format.ts";
import type { Column } from "./table.tsx";

/** Nothing stands there, and the row is below all others, where `of` doesn't know the number. */
export function numberColumn<Row>(
  name: string,
  as: string,
  of: (row: Row) => number | undefined,
  show: (value: number) => ReactNode = count,
): Column<Row> {
  return {
    name,
    number: true,
    sort: [as, (row) => of(row) ?? -1],
    cell: (row) => {
      const value = of(row);
      return value === undefined ? "" : show(value);
    },
  };
}

/** How many of what should not be: any is bad. */
export function badColumn<Row>(name: string, as: string, of: (row: Row) => number): Column<Row> {
  return { ...numberColumn(name, as, of), bad: (row) => of(row) > 0 };
}
