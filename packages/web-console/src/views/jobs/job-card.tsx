/** One open job, with what can be done with it. */
import type { BundleInfo, JobFileInfo } from "@skein/runtime";
import { type ReactElement, useEffect, useId, useRef, useState } from "react";
import { Link } from "wouter";
import { ActButton, Acts } from "../../components/button.tsx";
import button from "../../components/button.module.css";
import { Facts } from "../../components/facts.tsx";
import { Panel } from "../../components/panel.tsx";
import { bytes, count, counted, duration, percent, rate, shortId, timeOfDay } from "../../format.ts";
import type { ClusterModel, JobRow } from "../../model/cluster-model.ts";
import { heldServers, jobProgress, nodeName, pageTime } from "../../model/select.ts";
import { useUrlState } from "../../page/url-state.ts";
import { perform, useActs } from "../../page/use-acts.ts";
import { ProgressBar } from "../overview/progress-bar.tsx";
import { JobFiles, JobLeases } from "./job-parts.tsx";
import styles from "./jobs.module.css";

export interface JobCardProps {
  readonly model: ClusterModel;
  readonly job: JobRow;
  readonly now: number;
  /** Of the weights of all open jobs. */
  readonly share: number;
  readonly bundles: readonly BundleInfo[];
  readonly files: readonly JobFileInfo[];
}

export function JobCard({ model, job, now, share, bundles, files }: JobCardProps): ReactElement {
  const [asked] = useUrlState("job");
  const box = useRef<HTMLDivElement>(null);
  const meant = asked === job.id;
  useEffect(() => {
    if (meant) box.current?.scrollIntoView({ block: "nearest" });
  }, [meant]);
  const progress = jobProgress(job, now);
  const { counters } = job;
  const { held, busy } = heldServers(model, job.id);
  const servers = [...model.servers.values()].filter((server) => server.job === job.id);
  return (
    <div ref={box} className={meant ? styles["meant"] : undefined}>
      <Panel title={job.name} aside={<JobActs job={job} />}>
        <div className={styles["progress"]}>
          <ProgressBar job={job} progress={progress} />
          <p>
            <b>{percent(progress.finished, counters.submitted)}</b> · {count(progress.finished)} of{" "}
            {counted(counters.submitted, "task")} · {rate(progress.ratePerSecond)}/s
            {progress.leftMs !== undefined &&
              ` · about ${duration(Math.max(1000, progress.leftMs))} left, ends about ${timeOfDay(pageTime(model, now + progress.leftMs))}`}
          </p>
        </div>
        <Facts
          facts={[
            ["State", stateWords(job)],
            [
              "Client",
              <code key="client">
                {model.nodes.has(job.client) ? nodeName(model, job.client) : shortId(job.client)}
              </code>,
            ],
            ["Share", `weight ${rate(job.weight)}, ${Math.round(share * 100)} % of all open jobs`],
            ["Priority", job.priority === 0 ? undefined : String(job.priority)],
            ["Servers", `${count(held)} held, ${count(busy)} busy; could use ${count(job.demand)}`],
            [
              "Waiting tasks",
              <Link key="w" href={tasksOf(job, "waiting")}>
                {count(progress.waiting)}
              </Link>,
            ],
            [
              "Running tasks",
              <Link key="r" href={tasksOf(job, "running")}>
                {count(counters.running)}
              </Link>,
            ],
            [
              "Failed",
              <Link key="f" href={tasksOf(job, "failed")}>
                {count(counters.failed)}
              </Link>,
            ],
            [
              "Lost",
              counters.lost === 0 ? undefined : (
                <Link key="l" href={tasksOf(job, "lost")}>
                  {count(counters.lost)}
                </Link>
              ),
            ],
            ["Retried", count(counters.retried)],
            ["Refused results", counters.rejected === 0 ? undefined : count(counters.rejected)],
            ...Object.entries(counters.units).map(
              ([name, amount]) => [name, /bytes$/i.test(name) ? bytes(amount) : count(amount)] as const,
            ),
            [
              "Code",
              bundles.length === 0 ? undefined : (
                <span key="code" className={styles["servers"]}>
                  {[...new Map(bundles.map((bundle) => [bundle.digest, bundle])).values()].map((bundle) => (
                    <code key={bundle.digest} title={bundle.digest}>
                      {bundle.name ?? ""} {bundle.digest.slice(0, 12)}
                    </code>
                  ))}
                </span>
              ),
              "wide",
            ],
          ]}
        />
        <JobLeases model={model} job={job} servers={servers} now={now} />
        <JobFiles job={job} files={files} />
      </Panel>
    </div>
  );
}

const tasksOf = (job: JobRow, state: string): string => `/tasks?q=job:${job.id}+state:${state}`;

function stateWords(job: JobRow): string {
  if (job.away) return "its client is away";
  if (job.paused) return "paused";
  if (job.state === "waiting") return job.why ?? "waiting for a server";
  return job.exclusive ? "has every server to itself" : job.state === "active" ? "running" : "open";
}

function JobActs({ job }: { readonly job: JobRow }): ReactElement {
  const { jobActs, why } = useActs();
  if (jobActs === undefined) return <Acts why={why}>{undefined}</Acts>;
  return (
    <Acts why="">
      <Weight
        job={job}
        set={(weight) => perform(`${job.name} has weight ${weight}.`, () => jobActs.setWeight(job.id, weight))}
      />
      {job.paused ? (
        <ActButton
          label={`Resume ${job.name}`}
          act={() => perform(`${job.name} goes on.`, () => jobActs.steer("resume", job.id))}
        >
          Resume
        </ActButton>
      ) : (
        <ActButton
          label={`Pause ${job.name}`}
          title="Its tasks that wait stay waiting; those that run go on."
          act={() => perform(`${job.name} is paused.`, () => jobActs.steer("pause", job.id))}
        >
          Pause
        </ActButton>
      )}
      <ActButton
        danger
        label={`Cancel ${job.name}`}
        question={{
          title: `Cancel job ${job.name}?`,
          effect: `All its tasks end: ${count(job.counters.running)} that run are stopped, the rest never start. Its program is told so.`,
          verb: "Cancel job",
        }}
        act={() => perform(`${job.name} is cancelled.`, () => jobActs.cancelJob(job.id))}
      >
        Cancel
      </ActButton>
    </Acts>
  );
}

interface WeightProps {
  readonly job: JobRow;
  readonly set: (weight: number) => Promise<boolean>;
}

function Weight({ job, set }: WeightProps): ReactElement {
  const [text, setText] = useState<string | undefined>(undefined);
  const id = useId();
  const weight = Number(text);
  return (
    <form
      className={styles["weight"]}
      onSubmit={(event) => {
        event.preventDefault();
        if (text === undefined || !(weight > 0)) return;
        void set(weight).then(() => setText(undefined));
      }}
    >
      <label htmlFor={id}>Weight</label>
      <input
        id={id}
        className={button["field"]}
        type="number"
        min="0.1"
        step="any"
        required
        aria-label={`Weight of ${job.name}`}
        value={text ?? String(job.weight)}
        onInput={({ currentTarget }) => setText(currentTarget.value)}
      />
      {text !== undefined && text !== String(job.weight) && (
        // Never disabled: the browser says what is wrong with the number.
        <button type="submit" className={button["button"]}>
          Set
        </button>
      )}
    </form>
  );
}
