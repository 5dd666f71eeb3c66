/** A bar of parts, one after the other; what is left of it is empty. Decoration: words beside it say the same. */
import type { ReactElement } from "react";
import styles from "./bar.module.css";

export interface BarProps {
  /** How long the whole bar is. */
  readonly all: number;
  /** How long each part is, in the order they stand. */
  readonly parts: readonly (readonly [kind: "full" | "half" | "bad", length: number])[];
  /** In a line of words. */
  readonly small?: boolean;
}

export function Bar({ all, parts, small = false }: BarProps): ReactElement {
  return (
    <svg
      className={styles["bar"]}
      data-small={small || undefined}
      viewBox={`0 0 ${Math.max(all, Number.EPSILON)} 1`}
      preserveAspectRatio="none"
      aria-hidden="true"
    >
      {parts.map(([kind, length], index) => (
        <rect
          key={kind}
          className={styles[kind]}
          x={parts.slice(0, index).reduce((sum, [, before]) => sum + before, 0)}
          width={Math.max(0, length)}
          height="1"
        />
      ))}
    </svg>
  );
}

/** A share, 0 to 1, as a small bar and in words. */
export function Share({ of: share }: { readonly of: number }): ReactElement {
  return (
    <span className={styles["share"]}>
      <Bar small all={1} parts={[["full", Math.min(1, share)]]} />
      <span>{Math.round(share * 100)} %</span>
    </span>
  );
}
