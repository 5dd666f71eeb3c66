/** All jobs: their clients, shares, progress, code and servers, and what can be done with each. */
import type { ReactElement } from "react";
import { badColumn } from "../../components/number-column.ts";
import { Panel } from "../../components/panel.tsx";
import { Table } from "../../components/table.tsx";
import { useNow } from "../../components/use-now.ts";
import view from "../../components/view.module.css";
import { count, counted, duration, timeOfDay } from "../../format.ts";
import type { ClusterModel, JobRow } from "../../model/cluster-model.ts";
import { finishedOf } from "../../model/reduce-jobs.ts";
import { clusterNow, jobProgress, jobsInOrder, pageTime } from "../../model/select.ts";
import { useTopic } from "../../page/use-topics.ts";
import { useModel } from "../../use-cluster.ts";
import { FirstSteps } from "../overview/first-steps.tsx";
import { Intake } from "./intake.tsx";
import { JobCard } from "./job-card.tsx";

export function JobsView(): ReactElement {
  const model = useModel();
  const now = clusterNow(model, useNow());
  const places = useTopic("code");
  const bundles = places.flatMap((place) => place.bundles);
  const files = places.flatMap((place) => place.files ?? []);
  const jobs = jobsInOrder(model);
  const open = jobs.filter((job) => job.state !== "closed");
  const closed = jobs.filter((job) => job.state === "closed");
  const weights = open.reduce((sum, job) => sum + job.weight, 0);
  return (
    <div className={view["view"]}>
      <div className={view["head"]}>
        <p className={view["crumb"]}>
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
          files={files.filter((file) => file.job === job.id)}
        />
      ))}
      {closed.length > 0 && <EndedJobs model={model} jobs={closed} />}
    </div>
  );
}

function EndedJobs({ model, jobs }: { readonly model: ClusterModel; readonly jobs: readonly JobRow[] }): ReactElement {
  return (
    <Panel title="Ended">
      <Table
        label="Table of ended jobs"
        columns={[
          { name: "Job", long: "cut", sort: ["name", ({ name }) => name], cell: ({ name }) => name },
          {
            name: "Tasks",
            number: true,
            sort: ["tasks", ({ counters }) => finishedOf(counters)],
            cell: ({ counters, endHeard }) => {
              const finished = finishedOf(counters);
              const of = finished < counters.submitted ? ` of ${count(counters.submitted)}` : "";
              return `${count(finished)}${of}${endHeard ? "" : ", as far as was heard"}`;
            },
          },
          badColumn("Failed", "failed", ({ counters }: JobRow) => counters.failed + counters.lost),
          {
            name: "Took",
            number: true,
            sort: ["took", ({ closedMs = 0, openedMs }) => closedMs - openedMs],
            cell: (job) => duration(jobProgress(job, 0).elapsedMs),
          },
          {
            name: "Ended",
            number: true,
            sort: ["ended", ({ closedMs = 0 }) => closedMs],
            cell: ({ closedMs = 0 }) => timeOfDay(pageTime(model, closedMs)),
          },
        ]}
        rows={jobs}
        rowKey={({ id }) => id}
        sort="-ended"
      />
    </Panel>
  );
}
