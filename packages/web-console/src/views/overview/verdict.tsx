/** Whether the cluster is well, in a line: else what to look at, each with the way there. */
import type { ReactElement } from "react";
import { Link } from "wouter";
import { Glyph } from "../../components/glyph.tsx";
import { count, counted } from "../../format.ts";
import type { ClusterModel } from "../../model/cluster-model.ts";
import { concernsOf } from "../../model/health.ts";
import { serverTotals, standsStill } from "../../model/select.ts";
import styles from "./verdict.module.css";

/** Named one by one; the rest are counted. */
const SHOWN = 4;

export function Verdict({ model, now }: { readonly model: ClusterModel; readonly now: number }): ReactElement | null {
  // What was before it ended is no verdict, and the page says that it has.
  if (standsStill(model)) return null;
  const concerns = concernsOf(model, now);
  const { all, busy } = serverTotals(model);
  const state = concerns[0] === undefined ? "well" : concerns[0].grave ? "bad" : "held";
  return (
    <section className={styles["verdict"]} data-state={state} aria-label="How the cluster is">
      <strong>
        <Glyph name={state === "well" ? "done" : state === "bad" ? "failed" : "lost"} />{" "}
        {state === "well" ? "All is well" : `${counted(concerns.length, "thing")} to look at`}
      </strong>
      {concerns.length === 0 ? (
        <p>{busy === 0 ? "every server is free" : `${count(busy)} of ${counted(all, "server")} at work`}</p>
      ) : (
        <ul>
          {concerns.slice(0, SHOWN).map(({ text, href }) => (
            <li key={text}>
              <Link href={href}>{text}</Link>
            </li>
          ))}
          {concerns.length > SHOWN && <li>and {count(concerns.length - SHOWN)} more</li>}
        </ul>
      )}
    </section>
  );
}
