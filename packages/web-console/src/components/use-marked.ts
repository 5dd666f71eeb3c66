/** The row of a list that the keys are on: j and k move it, what else they do is the list's own. */
import { useCallback, useEffect, useRef, useState } from "react";
import { type ListKey, useListKeys } from "../page/use-keys.ts";

export interface Marked {
  /** -1: none. */
  readonly row: number;
  readonly clear: () => void;
}

/** `act` does what a key means for a row; false when it means nothing. */
export function useMarked(
  count: number,
  show: (row: number) => void,
  act: (key: Exclude<ListKey, "up" | "down">, row: number) => boolean,
): Marked {
  const [row, setRow] = useState(-1);
  // Keys may come faster than the page is drawn: what they mean is never of an older row.
  const latest = useRef({ row, count, show, act });
  useEffect(() => {
    latest.current = { row: latest.current.row, count, show, act };
  });
  const move = useCallback((next: number): void => {
    latest.current.row = next;
    setRow(next);
  }, []);
  useListKeys(
    useCallback(
      (key) => {
        const at = latest.current;
        if (key !== "down" && key !== "up") return at.row >= 0 && at.act(key, at.row);
        const next = Math.max(0, Math.min(at.count - 1, at.row + (key === "down" ? 1 : -1)));
        move(next);
        at.show(next);
        return true;
      },
      [move],
    ),
  );
  return { row, clear: useCallback(() => move(-1), [move]) };
}
