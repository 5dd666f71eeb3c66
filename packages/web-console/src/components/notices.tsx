/** What was done and what could not be, in a corner for a while. */
import type { ReactElement } from "react";
import { dismiss, useNotices } from "../page/notices.ts";
import { Glyph } from "./glyph.tsx";
import styles from "./notices.module.css";

export function Notices(): ReactElement {
  return (
    <div className={styles["notices"]} role="log" aria-label="What was done">
      {useNotices().map((notice) => (
        <div key={notice.id} className={styles["notice"]}>
          <Glyph name={notice.kind} label={notice.kind === "done" ? "Done:" : "Failed:"} />
          <p>{notice.text}</p>
          <button type="button" aria-label="Dismiss" onClick={() => dismiss(notice.id)}>
            ×
          </button>
        </div>
      ))}
    </div>
  );
}
