/** All jobs: their clients, shares, progress, code and servers, and what can be done with each. */
import type { ReactElement } from "react";
import { Panel } from "../../components/panel.tsx";
import { SortHead } from "../../components/sort-head.tsx";
import table from "../../components/table.module.css";
import { useNow } from "../../components/use-now.ts";
import view from "../../components/view.module.css";
import { count, counted, duration, timeOfDay } from "../../format.ts";
import type { ClusterModel, JobRow } from "../../model/cluster-model.ts";
import { finishedOf } from "../../model/reduce-jobs.ts";
import { clusterNow, jobProgress, jobsInOrder, pageTime } from "../../model/select.ts";
import { useSort } from "../../page/url-state.ts";
import { useTopic } from "../../page/use-topics.ts";
import { useModel } from "../../use-cluster.ts";
import { FirstSteps } from "../overview/first-steps.tsx";
import { Intake } from "./intake.tsx";
import { JobCard } from "./job-card.tsx";
import styles from "./jobs.module.css";

export function JobsView(): ReactElement {
  const model = useModel();
  const now = clusterNow(model, useNow());
  const bundles = useTopic("code").flatMap((place) => place.bundles);
  const jobs = jobsInOrder(model);
  const open = jobs.filter((job) => job.state !== "closed");
  const closed = jobs.filter((job) => job.state === "closed");
  const weights = open.reduce((sum, job) => sum + job.weight, 0);
  return (
    <div className={view["view"]}>
      <div className={styles["head"]}>
        <p>
          {counted(open.length, "job")} open{closed.length > 0 && `, ${count(closed.length)} ended`}
        </p>
        <Intake model={model} />
      </div>
      {jobs.length === 0 && (
        <Panel title="Jobs">
          <FirstSteps nodes={model.nodes.size} />
        </Panel>
      )}
      {open.map((job) => (
        <JobCard
          key={job.id}
          model={model}
          job={job}
          now={now}
          share={job.weight / weights}
          bundles={bundles.filter((bundle) => bundle.jobs.includes(job.id))}
        />
      ))}
      {closed.length > 0 && <EndedJobs model={model} jobs={closed} />}
    </div>
  );
}

const KEYS: Readonly<Record<string, (job: JobRow) => number | string>> = {
  name: (job) => job.name,
  tasks: (job) => finishedOf(job.counters),
  failed: (job) => job.counters.failed + job.counters.lost,
  took: (job) => (job.closedMs ?? 0) - job.openedMs,
  ended: (job) => job.closedMs ?? 0,
};

function EndedJobs({ model, jobs }: { readonly model: ClusterModel; readonly jobs: readonly JobRow[] }): ReactElement {
  const sort = useSort("-ended");
  const keyOf = KEYS[sort.column] ?? KEYS["ended"];
  const order = jobs.toSorted((a, b) => {
    const [x = 0, y = 0] = [keyOf?.(a), keyOf?.(b)];
    const less = typeof x === "number" && typeof y === "number" ? x - y : String(x).localeCompare(String(y), "en");
    return sort.down ? -less : less;
  });
  return (
    <Panel title="Ended">
      <div className={table["scroll"]} tabIndex={0} role="region" aria-label="Table of ended jobs">
        <table className={table["table"]}>
          <thead>
            <tr>
              <SortHead name="Job" column="name" sort={sort} />
              <SortHead name="Tasks" column="tasks" sort={sort} number />
              <SortHead name="Failed" column="failed" sort={sort} number />
              <SortHead name="Took" column="took" sort={sort} number />
              <SortHead name="Ended" column="ended" sort={sort} number />
            </tr>
          </thead>
          <tbody>
            {order.map((job) => (
              <tr key={job.id}>
                <th scope="row" className={table["text"]}>
                  {job.name}
                </th>
                <td data-number>
                  {count(finishedOf(job.counters))}
                  {finishedOf(job.counters) < job.counters.submitted && ` of ${count(job.counters.submitted)}`}
                </td>
                <td data-number>{count(job.counters.failed + job.counters.lost)}</td>
                <td data-number>{duration(jobProgress(job, 0).elapsedMs)}</td>
                <td data-number>{timeOfDay(pageTime(model, job.closedMs ?? 0))}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Panel>
  );
}
