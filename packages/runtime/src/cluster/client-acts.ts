/** What a scheduler calls at a client for operators: who has a task; jobs and tasks cancelled, sent to, given other code. */
import { type Location } from "../contracts/endpoint.ts";
import { type Caller, type Procedures } from "../contracts/procedures.ts";
import { SkeinError } from "../errors.ts";
import { type JobId, type TaskId } from "../ids.ts";
import { type ClientJob } from "./client-job.ts";
import { parseCancel, parseOfTask, parseSendToTask, parseUpgradeTask } from "./act-schemas.ts";
import { type Cancel } from "./act-words.ts";

export interface ClientActsOptions {
  readonly procedures: Procedures;
  /** The client's own name at its peer. */
  readonly inbox: string;
  readonly scheduler: Location;
  readonly jobs: ReadonlyMap<JobId, ClientJob>;
}

/** Takes the calls that are named after the client; disposing of all that is given ends that. */
export function handleClientActs({ procedures, inbox, scheduler, jobs }: ClientActsOptions): readonly Disposable[] {
  const handle = <A>(name: string, parse: (args: unknown) => A, act: (words: A) => unknown): Disposable =>
    procedures.handle(`${inbox}.${name}`, { parse }, (words, { endpoint }: Caller) => {
      if (endpoint.peer === scheduler.peer && endpoint.server === 0) return act(words);
      throw new SkeinError("ROLE_FORBIDS", "only the scheduler acts for operators", { hint: "use clusterActs" });
    });
  return [
    handle("cancel", parseCancel, (cancel) => cancelled(jobs, cancel)),
    handle("has", parseOfTask, ({ task }) => holderOf(jobs, task) !== undefined),
    handle("task.send", parseSendToTask, ({ task, value }) => needed(jobs, task).acts.send(task, value)),
    handle("task.upgrade", parseUpgradeTask, (words) => needed(jobs, words.task).acts.upgrade(words)),
  ];
}

function cancelled(jobs: ReadonlyMap<JobId, ClientJob>, { job, tasks, reason }: Cancel): boolean | readonly TaskId[] {
  if (tasks !== undefined) {
    const wanted = new Set(tasks);
    return [...jobs.values()].flatMap((one) => one.acts.cancel(wanted, reason));
  }
  const ended = job === undefined ? undefined : jobs.get(job);
  ended?.closing.cancelled(reason);
  return ended !== undefined;
}

function holderOf(jobs: ReadonlyMap<JobId, ClientJob>, task: TaskId): ClientJob | undefined {
  for (const job of jobs.values()) if (job.acts.has(task)) return job;
  return undefined;
}

function needed(jobs: ReadonlyMap<JobId, ClientJob>, task: TaskId): ClientJob {
  const job = holderOf(jobs, task);
  if (job !== undefined) return job;
  throw new SkeinError("TASK_UNKNOWN", "the task has ended", { hint: "only tasks that run or wait can be reached" });
}
