/** What a view is set to, kept in the address: a link shows others the same. */
import { useCallback } from "react";
import { useSearch } from "wouter";

/** Changes the address in place; `undefined` takes a name out. */
export function setUrl(changes: Readonly<Record<string, string | undefined>>): void {
  const parameters = new URLSearchParams(location.search);
  for (const [name, value] of Object.entries(changes)) {
    if (value === undefined) parameters.delete(name);
    else parameters.set(name, value);
  }
  const query = parameters.toString();
  const next = `${location.pathname}${query === "" ? "" : `?${query}`}`;
  if (next !== location.pathname + location.search) history.replaceState(history.state, "", next);
}

/** The value of `?name=`, and a way to change it in place; setting `fallback` takes it out of the address. */
export function useUrlState(name: string, fallback = ""): readonly [value: string, set: (value: string) => void] {
  const search = useSearch();
  const set = useCallback(
    (value: string) => setUrl({ [name]: value === fallback ? undefined : value }),
    [name, fallback],
  );
  return [new URLSearchParams(search).get(name) ?? fallback, set];
}

/** How a table is sorted, as `?sort=done` or, the largest first, `?sort=-done`. */
export function useSort(
  fallback: string,
  name = "sort",
): {
  readonly column: string;
  readonly down: boolean;
  readonly toggle: (column: string, downFirst: boolean) => void;
} {
  const [sort, setSort] = useUrlState(name, fallback);
  const down = sort.startsWith("-");
  const column = down ? sort.slice(1) : sort;
  return {
    column,
    down,
    toggle: (next, downFirst) => setSort(`${(next === column ? !down : downFirst) ? "-" : ""}${next}`),
  };
}
