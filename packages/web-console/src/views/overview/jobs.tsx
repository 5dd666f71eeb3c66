/** The jobs that run, with how far they are, and the last ones that ended. */
import type { ReactElement } from "react";
import { Link } from "wouter";
import { Glyph, type GlyphName } from "../../components/glyph.tsx";
import { Panel } from "../../components/panel.tsx";
import { bytes, count, counted, duration, percent, rate, timeOfDay } from "../../format.ts";
import type { ClusterModel, JobRow } from "../../model/cluster-model.ts";
import {
  clusterNow,
  heldServers,
  jobProgress,
  type JobProgress,
  jobsInOrder,
  pageTime,
  RATE_SECONDS,
} from "../../model/select.ts";
import { Intake } from "../jobs/intake.tsx";
import { FirstSteps } from "./first-steps.tsx";
import { ProgressBar } from "./progress-bar.tsx";
import styles from "./jobs.module.css";

/** Closed jobs shown below the open ones. */
const CLOSED_SHOWN = 4;

const STATES: Readonly<Record<JobRow["state"], readonly [GlyphName, string]>> = {
  open: ["ready", "open"],
  waiting: ["waiting", "waiting for a server"],
  active: ["running", "running"],
  closed: ["closed", "ended"],
};

export function Jobs({ model, nowMs }: { readonly model: ClusterModel; readonly nowMs: number }): ReactElement {
  const jobs = jobsInOrder(model);
  const open = jobs.filter((job) => job.state !== "closed");
  const closed = jobs.filter((job) => job.state === "closed");
  const now = clusterNow(model, nowMs);
  return (
    <Panel
      title="Jobs"
      aside={
        <span className={styles["aside"]}>
          {jobs.length > 0 && <Link href="/jobs">{counted(open.length, "job")} open</Link>}
          <Intake model={model} />
        </span>
      }
    >
      {jobs.length === 0 && <FirstSteps nodes={model.nodes.size} />}
      {open.length > 0 && (
        <ul className={styles["open"]}>
          {open.map((job) => (
            <OpenJob key={job.id} model={model} job={job} progress={jobProgress(job, now)} now={now} />
          ))}
        </ul>
      )}
      {closed.length > 0 && (
        <ul className={styles["closed"]} aria-label="Ended jobs">
          {closed.slice(0, CLOSED_SHOWN).map((job) => (
            <ClosedJob
              key={job.id}
              job={job}
              progress={jobProgress(job, now)}
              endedMs={pageTime(model, job.closedMs ?? 0)}
            />
          ))}
        </ul>
      )}
    </Panel>
  );
}

interface JobProps {
  readonly job: JobRow;
  readonly progress: JobProgress;
}

interface OpenJobProps extends JobProps {
  readonly model: ClusterModel;
  readonly now: number;
}

function OpenJob({ model, job, progress, now }: OpenJobProps): ReactElement {
  const { counters } = job;
  const { held, busy } = heldServers(model, job.id);
  const [glyph, word] = STATES[job.state];
  return (
    <li className={styles["job"]}>
      <div className={styles["line"]}>
        <h3>
          <Glyph name={glyph} label={word} /> {job.name}
        </h3>
        <p className={styles["share"]}>{percent(progress.finished, counters.submitted)}</p>
      </div>
      <ProgressBar job={job} progress={progress} />
      <p className={styles["facts"]}>
        <span>
          <b>{count(progress.finished)}</b> of {counted(counters.submitted, "task")}
        </span>
        <span>{rate(progress.ratePerSecond)}/s</span>
        {Object.entries(counters.units).map(([name, amount]) => (
          <Unit key={name} job={job} name={name} amount={amount} now={now} />
        ))}
        <span title="A job holds servers while it has tasks for them, and gives them back when others need them.">
          holds {counted(held, "server")}
          {held > 0 && `, ${busy === held ? "all" : count(busy)} busy`}
        </span>
        {counters.failed + counters.lost > 0 && (
          <span className={styles["marked"]}>
            <Glyph name="failed" /> {count(counters.failed + counters.lost)} failed
          </span>
        )}
        {counters.retried > 0 && (
          <span className={styles["marked"]}>
            <Glyph name="retried" /> {count(counters.retried)} retried
          </span>
        )}
        <span className={styles["left"]}>{timeLeft(job, progress)}</span>
      </p>
    </li>
  );
}

function timeLeft(job: JobRow, progress: JobProgress): string {
  if (job.away) return "its client is away";
  if (job.state === "waiting") return "waiting for a server";
  if (progress.leftMs === undefined) return `open for ${duration(progress.elapsedMs)}`;
  return `about ${duration(Math.max(1000, progress.leftMs))} left`;
}

/** An amount the job counts by itself, such as files or bytes. */
function Unit(props: {
  readonly job: JobRow;
  readonly name: string;
  readonly amount: number;
  readonly now: number;
}): ReactElement {
  const { job, name, amount, now } = props;
  const perSecond = job.units.get(name)?.ratePerSecond(now, RATE_SECONDS) ?? 0;
  if (/bytes$/i.test(name)) return <span>{`${bytes(amount)}, ${bytes(perSecond)}/s`}</span>;
  return <span>{`${count(amount)} ${name}`}</span>;
}

function endOf(job: JobRow, cut: boolean, failed: boolean): readonly [GlyphName, string] {
  if (!job.endHeard) return ["idle", "ended while this page heard nothing"];
  if (cut) return ["cancelled", "ended before all its tasks had"];
  return failed ? ["failed", "ended with failures"] : ["done", "ended"];
}

function ClosedJob({ job, progress, endedMs }: JobProps & { readonly endedMs: number }): ReactElement {
  const { counters } = job;
  const bad = counters.failed + counters.lost;
  const cut = progress.finished < counters.submitted;
  const [glyph, word] = endOf(job, cut, bad > 0);
  return (
    <li>
      <Glyph name={glyph} label={word} />
      <span className={styles["name"]}>{job.name}</span>
      <span className={styles["about"]}>
        <span>
          {cut
            ? `${count(progress.finished)} of ${counted(counters.submitted, "task")}`
            : counted(progress.finished, "task")}
          {!job.endHeard && ", as far as was heard"}
        </span>
        {bad > 0 && <span>{count(bad)} failed</span>}
        <span>in {duration(progress.elapsedMs)}</span>
      </span>
      <time dateTime={new Date(endedMs).toISOString()}>{timeOfDay(endedMs)}</time>
    </li>
  );
}
