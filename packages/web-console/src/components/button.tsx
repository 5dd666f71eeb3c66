/** Buttons that do something to the cluster: they ask first where that can't be undone, and wait for its end. */
import { type ReactElement, type ReactNode, useState } from "react";
import { ask, type Question } from "../page/questions.ts";
import styles from "./button.module.css";

export interface ActButtonProps {
  readonly children: ReactNode;
  /** Where the words alone do not say what it is about. */
  readonly label?: string;
  /** Asked first. */
  readonly question?: Question;
  /** Begins it; the button rests until it has ended. */
  readonly act: () => Promise<unknown>;
  /** It can't be undone. */
  readonly danger?: boolean;
  readonly disabled?: boolean;
  readonly title?: string;
}

export function ActButton(props: ActButtonProps): ReactElement {
  const { children, label, question, act, danger = false, disabled = false, title } = props;
  const [acting, setActing] = useState(false);
  const pressed = async (): Promise<void> => {
    if (question !== undefined && !(await ask(question))) return;
    setActing(true);
    try {
      await act();
    } finally {
      setActing(false);
    }
  };
  return (
    <button
      type="button"
      className={`${styles["button"]} ${danger ? styles["danger"] : ""}`}
      {...(label === undefined ? {} : { "aria-label": label })}
      {...(title === undefined ? {} : { title })}
      aria-busy={acting}
      disabled={acting || disabled}
      onClick={() => void pressed()}
    >
      {children}
    </button>
  );
}

/** A row of them, or why there are none. */
export function Acts({ children, why }: { readonly children: ReactNode; readonly why: string }): ReactElement {
  if (why !== "") return <p className={styles["why"]}>No acts here: {why}.</p>;
  return <div className={styles["acts"]}>{children}</div>;
}
