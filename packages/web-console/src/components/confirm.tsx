/** Asks once before something that can't be undone, and names what it does. */
import { type ReactElement, useEffect, useId, useRef } from "react";
import { useQuestion } from "../page/questions.ts";
import button from "./button.module.css";
import styles from "./dialog.module.css";

export function Confirm(): ReactElement | null {
  const question = useQuestion();
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  const open = question !== undefined;
  useEffect(() => {
    if (open) dialog.current?.showModal();
  }, [open]);
  if (question === undefined) return null;
  const answer = (yes: boolean): void => {
    // Closed before it goes, it gives the focus back to what asked.
    dialog.current?.close();
    question.answer(yes);
  };
  return (
    <dialog
      ref={dialog}
      className={styles["dialog"]}
      aria-labelledby={`${id}t`}
      aria-describedby={`${id}e`}
      onCancel={(event) => {
        event.preventDefault();
        answer(false);
      }}
    >
      <h2 id={`${id}t`}>{question.title}</h2>
      <p id={`${id}e`}>{question.effect}</p>
      <div className={styles["buttons"]}>
        <button type="button" className={button["button"]} onClick={() => answer(false)} autoFocus>
          Keep
        </button>
        <button type="button" className={`${button["button"]} ${styles["danger"]}`} onClick={() => answer(true)}>
          {question.verb}
        </button>
      </div>
    </dialog>
  );
}
