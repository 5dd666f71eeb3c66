/** What went wrong last: failed tasks, retries, lost servers and machines. All of it is shown as text. */
import type { ReactElement } from "react";
import { Link } from "wouter";
import { Glyph, type GlyphName } from "../../components/glyph.tsx";
import { Nothing, Panel } from "../../components/panel.tsx";
import { counted, timeOfDay } from "../../format.ts";
import type { ClusterModel, Trouble } from "../../model/cluster-model.ts";
import { pageTime, serverName, taskTotals } from "../../model/select.ts";
import styles from "./troubles.module.css";

const SHOWN = 6;

const KINDS: Readonly<Record<Trouble["kind"], readonly [GlyphName, string]>> = {
  task: ["failed", "failed"],
  retry: ["retried", "retried"],
  server: ["lost", "server lost"],
  node: ["lost", "machine lost"],
};

export function Troubles({ model }: { readonly model: ClusterModel }): ReactElement {
  const totals = taskTotals(model);
  const failed = totals.failed + totals.lost;
  const troubles = model.troubles.values.slice(0, SHOWN);
  return (
    <Panel title="Last errors">
      {troubles.length === 0 ? (
        <Nothing>
          {failed > 0
            ? `${counted(failed, "task")} failed; the errors came before this page, or were counted only.`
            : "Nothing went wrong since this page was opened."}
        </Nothing>
      ) : (
        <ol className={styles["list"]}>
          {troubles.map((trouble, index) => (
            <TroubleRow key={`${trouble.timeMs} ${trouble.what} ${index}`} model={model} trouble={trouble} />
          ))}
        </ol>
      )}
    </Panel>
  );
}

/** Leads to the task, where there is one. */
function TroubleName(props: { readonly trouble: Trouble; readonly server: string | undefined }): ReactElement {
  const { trouble, server } = props;
  const name = trouble.kind === "server" ? server : trouble.what;
  return <b>{trouble.task === undefined ? name : <Link href={`/tasks/${trouble.task}`}>{name}</Link>}</b>;
}

function TroubleRow({ model, trouble }: { readonly model: ClusterModel; readonly trouble: Trouble }): ReactElement {
  const [glyph, word] = KINDS[trouble.kind];
  const server = trouble.server === undefined ? undefined : serverName(model, trouble.server);
  const job = trouble.job === undefined ? undefined : model.jobs.get(trouble.job)?.name;
  return (
    <li className={styles["trouble"]}>
      <Glyph name={glyph} />
      <div>
        <p className={styles["head"]}>
          <span>
            <TroubleName trouble={trouble} server={server} /> {word}
            {trouble.kind !== "server" && server !== undefined && ` on ${server}`}
            {(trouble.attempt ?? 1) > 1 && `, attempt ${trouble.attempt}`}
          </span>
          <time dateTime={new Date(trouble.timeMs).toISOString()}>{timeOfDay(pageTime(model, trouble.timeMs))}</time>
        </p>
        <p className={styles["message"]}>
          {trouble.error.message !== "" && `${trouble.error.message} `}
          <code>{trouble.error.code}</code>
          {job !== undefined && ` in ${job}`}
        </p>
      </div>
    </li>
  );
}
