/** A part of a page: its name, a few words beside it, and what it holds. */
import { type ReactElement, type ReactNode, useId } from "react";
import styles from "./panel.module.css";

export interface PanelProps {
  readonly title: string;
  readonly aside?: ReactNode;
  readonly children: ReactNode;
}

export function Panel({ title, aside, children }: PanelProps): ReactElement {
  const id = useId();
  return (
    <section className={styles["panel"]} aria-labelledby={id}>
      <header className={styles["header"]}>
        <h2 id={id}>{title}</h2>
        {aside !== undefined && <div className={styles["aside"]}>{aside}</div>}
      </header>
      {children}
    </section>
  );
}

/** What a panel says when it has nothing to show. */
export function Nothing({ children }: { readonly children: ReactNode }): ReactElement {
  return <p className={styles["nothing"]}>{children}</p>;
}
