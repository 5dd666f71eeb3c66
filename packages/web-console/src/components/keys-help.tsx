/** The keys that the page knows, in a dialog. */
import { type ReactElement, type RefObject } from "react";
import { VIEWS } from "../views/views.ts";
import button from "./button.module.css";
import styles from "./dialog.module.css";

const KEYS: readonly (readonly [keys: readonly string[], does: string])[] = [
  [["/"], "to the search"],
  [["j", "k"], "down and up in a list"],
  [["Enter"], "open what is marked"],
  [["x"], "select what is marked"],
  [["+", "−", "0"], "in the stream: closer, farther, as at first"],
  [["Space"], "in the stream: hold still, or go on"],
  [["?"], "these keys"],
];

export function KeysHelp({ dialog }: { readonly dialog: RefObject<HTMLDialogElement | null> }): ReactElement {
  return (
    <dialog ref={dialog} className={styles["dialog"]} aria-label="Keys">
      <h2>Keys</h2>
      <dl className={styles["keys"]}>
        {KEYS.map(([keys, does]) => (
          <Key key={does} keys={keys} does={does} />
        ))}
        {VIEWS.map((view) => (
          <Key key={view.path} keys={["g", view.key]} does={view.name} />
        ))}
      </dl>
      <div className={styles["buttons"]}>
        <button type="button" className={button["button"]} onClick={() => dialog.current?.close()}>
          Close
        </button>
      </div>
    </dialog>
  );
}

function Key({ keys, does }: { readonly keys: readonly string[]; readonly does: string }): ReactElement {
  return (
    <>
      <dt>
        {keys.map((key) => (
          <span key={key}>
            <kbd>{key}</kbd>{" "}
          </span>
        ))}
      </dt>
      <dd>{does}</dd>
    </>
  );
}
