/** A state as a small shape: told apart without colour. */
import type { ReactElement } from "react";
import styles from "./glyph.module.css";

export type GlyphName =
  | "running"
  | "done"
  | "failed"
  | "waiting"
  | "retried"
  | "lost"
  | "ready"
  | "idle"
  | "closed"
  | "cancelled";

const SHAPES: Readonly<Record<GlyphName, ReactElement>> = {
  running: <path d="M3.5 2 10 6 3.5 10Z" fill="currentColor" />,
  done: <path d="m2 6.4 2.7 2.8L10 3" />,
  failed: <path d="m2.7 2.7 6.6 6.6m0-6.6L2.7 9.3" />,
  waiting: <circle cx="6" cy="6" r="3.6" />,
  retried: <path d="M9.8 6A3.8 3.8 0 1 1 8.4 3M8.7.9v2.4H6.3" />,
  lost: <path d="M6 1.6 10.4 6 6 10.4 1.6 6Z" />,
  ready: <circle cx="6" cy="6" r="3.4" fill="currentColor" />,
  idle: <path d="M2.4 6h7.2" />,
  closed: <rect x="2.6" y="2.6" width="6.8" height="6.8" rx="1" />,
  cancelled: <path d="M2.6 6a3.4 3.4 0 1 0 6.8 0 3.4 3.4 0 0 0-6.8 0Zm1-2.4 4.8 4.8" />,
};

/** Decoration beside a word; give `label` where it stands alone. */
export function Glyph({ name, label }: { readonly name: GlyphName; readonly label?: string }): ReactElement {
  const named = label === undefined ? { "aria-hidden": true } : { role: "img", "aria-label": label };
  return (
    <svg className={`${styles["glyph"]} ${styles[name] ?? ""}`} viewBox="0 0 12 12" {...named}>
      {SHAPES[name]}
    </svg>
  );
}
