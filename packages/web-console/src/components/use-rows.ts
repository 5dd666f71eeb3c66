/** Draws only the rows of a long table that are to be seen: all are of one height. */
import { type RefObject, useCallback, useEffect, useRef, useState } from "react";

/** Rows drawn above and below those to be seen, so that scrolling shows no holes. */
const SPARE_ROWS = 8;

export interface SeenRows {
  /** Of the element that scrolls. */
  readonly box: RefObject<HTMLDivElement | null>;
  /** The first row to draw, and the one after the last. */
  readonly first: number;
  readonly end: number;
  /** Height of the rows before and after them, in CSS pixels. */
  readonly before: number;
  readonly after: number;
  /** Nothing is above. */
  readonly atTop: boolean;
  /** Brings a row into sight. */
  readonly show: (row: number) => void;
}

/** `headHeight`: of what stays at the top of the box. */
export function useRows(count: number, rowHeight: number, headHeight: number): SeenRows {
  const box = useRef<HTMLDivElement>(null);
  const [seen, setSeen] = useState({ top: 0, height: 600 });
  useEffect(() => {
    const element = box.current;
    if (element === null) return undefined;
    const look = (): void => {
      const next = { top: element.scrollTop, height: element.clientHeight };
      setSeen((before) => (before.top === next.top && before.height === next.height ? before : next));
    };
    element.addEventListener("scroll", look, { passive: true });
    const observer = new ResizeObserver(look);
    observer.observe(element);
    look();
    return () => {
      element.removeEventListener("scroll", look);
      observer.disconnect();
    };
  }, []);
  const show = useCallback(
    (row: number): void => {
      const element = box.current;
      if (element === null) return;
      const top = row * rowHeight;
      const room = element.clientHeight - headHeight - rowHeight;
      if (top < element.scrollTop) element.scrollTop = top;
      else if (top > element.scrollTop + room) element.scrollTop = top - room;
    },
    [rowHeight, headHeight],
  );
  const first = Math.max(0, Math.min(count, Math.floor(seen.top / rowHeight) - SPARE_ROWS));
  const end = Math.min(count, Math.ceil((seen.top + seen.height) / rowHeight) + SPARE_ROWS);
  return {
    box,
    first,
    end,
    before: first * rowHeight,
    after: (count - end) * rowHeight,
    atTop: seen.top < rowHeight,
    show,
  };
}
