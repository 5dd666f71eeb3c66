/** Names and values, side by side. */
import type { ReactElement, ReactNode } from "react";
import styles from "./facts.module.css";

/** A name, its value, and whether it needs a line of its own. What is `undefined` is left out. */
export type Fact = readonly [name: string, value: ReactNode, wide?: "wide"];

export function Facts({ facts }: { readonly facts: readonly Fact[] }): ReactElement {
  return (
    <dl className={styles["facts"]}>
      {facts
        .filter(([, value]) => value !== undefined && value !== "")
        .map(([name, value, wide]) => (
          <div key={name} data-wide={wide}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
    </dl>
  );
}
