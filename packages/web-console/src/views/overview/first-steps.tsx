/** What to do when nothing has run yet. */
import type { ReactElement } from "react";
import styles from "./first-steps.module.css";

const PROGRAM = `import { connect } from "skein";

await using client = await connect();
const job = await client.openJob({ name: "squares" });
const m = await job.module<typeof import("./tasks.ts")>(
  new URL("./tasks.ts", import.meta.url),
);
console.log(await m.square.call([7]));`;

export function FirstSteps({ nodes }: { readonly nodes: number }): ReactElement {
  if (nodes === 0) {
    return (
      <div className={styles["steps"]}>
        <div>
          <h3>No machine runs tasks yet</h3>
          <p>
            Give this cluster one. On any machine that reaches this one, with the invite that <code>skein up</code>{" "}
            printed:
          </p>
          <pre>
            <code>skein node INVITE</code>
          </pre>
        </div>
      </div>
    );
  }
  return (
    <div className={styles["steps"]}>
      <div>
        <h3>Nothing has run yet</h3>
        <p>In a checkout, this runs an example on this cluster and says what it does:</p>
        <pre>
          <code>npm run example -- 01</code>
        </pre>
      </div>
      <div>
        <p>From a program of your own, on this machine:</p>
        <pre tabIndex={0} role="region" aria-label="Program">
          <code>{PROGRAM}</code>
        </pre>
      </div>
    </div>
  );
}
