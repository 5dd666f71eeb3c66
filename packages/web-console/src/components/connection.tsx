/** How this page stands to the cluster: a word in the header, and a banner when something is to be known. */
import type { ReactElement } from "react";
import { timeOfDay } from "../format.ts";
import type { ClusterModel, Connection } from "../model/cluster-model.ts";
import { pageTime } from "../model/select.ts";
import styles from "./connection.module.css";

const WORDS: Readonly<Record<Connection["phase"], string>> = {
  connecting: "Connecting",
  live: "Live",
  away: "Not connected",
  ended: "Ended",
  locked: "Locked",
  recorded: "Recording",
};

export function ConnectionWord({ connection }: { readonly connection: Connection }): ReactElement {
  return (
    <span className={`${styles["word"]} ${styles[connection.phase] ?? ""}`}>
      <span className={styles["dot"]} aria-hidden="true" />
      {WORDS[connection.phase]}
    </span>
  );
}

export function ConnectionBanner({ model }: { readonly model: ClusterModel }): ReactElement {
  return (
    <div role="status" aria-live="polite">
      {model.connection.phase === "away" && (
        <div className={styles["banner"]}>
          <p>
            <strong>Not connected since {timeOfDay(model.connection.sinceMs)}.</strong> This page tries again; you see
            what it knew then.
          </p>
        </div>
      )}
      {model.connection.phase === "ended" && (
        <div className={styles["banner"]}>
          <p>
            <strong>The cluster ended, or can’t be reached.</strong> You see its last state
            {model.lastEventMs > 0 && <>, of {timeOfDay(pageTime(model, model.lastEventMs))}</>}. This page comes back
            by itself when <code>skein up</code> runs again.
          </p>
          {model.connection.reason !== undefined && <p className={styles["reason"]}>{model.connection.reason}</p>}
        </div>
      )}
      {model.connection.phase === "locked" && (
        <div className={styles["banner"]}>
          <p>
            <strong>This browser is not logged in any more.</strong> Run <code>skein console</code> on the machine of{" "}
            <code>skein up</code> and open the link it prints.
          </p>
        </div>
      )}
    </div>
  );
}
