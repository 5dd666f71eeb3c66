/** Ends a job, or tasks of any job, for an operator or their own client: the client is told, who alone knows the tasks. */
import { type Caller, type Procedures } from "../contracts/procedures.ts";
import { CANCEL_ASK_MS } from "../defaults.ts";
import { errorFrom, SkeinError } from "../errors.ts";
import { type JobId, type TaskId } from "../ids.ts";
import { type Logger } from "../logger.ts";
import { type JobCancelled, type TasksCancelled } from "./acts.ts";
import { untilEnough } from "./first-answer.ts";
import { clientsFor, mayActOn } from "./scheduler-rights.ts";
import { type SchedulerOutbox } from "./scheduler-outbox.ts";
import { openJob, type SchedulerState } from "./scheduler-book.ts";
import { type SchedulerEvent } from "./scheduler-events.ts";
import { parseCancel } from "./act-schemas.ts";
import { type Cancel } from "./act-words.ts";

export interface SchedulerCancelOptions {
  readonly procedures: Procedures;
  readonly state: SchedulerState;
  readonly logger: Logger;
  readonly outbox: Pick<SchedulerOutbox, "address">;
  readonly tell: (event: SchedulerEvent) => void;
}

/** Answers `scheduler.cancel`. A job whose client does not answer is closed all the same: its servers are free then. */
export function handleCancel(options: SchedulerCancelOptions): Disposable {
  const roles = ["operator", "client"] as const;
  return options.procedures.handle("scheduler.cancel", { parse: parseCancel, roles }, (cancel, caller) => {
    const { job, tasks } = cancel;
    if (tasks !== undefined) return cancelTasks(options, tasks, cancel, caller);
    if (job !== undefined) return cancelJob(options, job, cancel, caller);
    throw new SkeinError("OPTION_INVALID", "nothing to cancel is named", { hint: "give a job, or tasks" });
  });
}

async function cancelJob(
  options: SchedulerCancelOptions,
  id: JobId,
  cancel: Cancel,
  caller: Caller,
): Promise<JobCancelled> {
  const { state, logger, tell } = options;
  const job = openJob(state, id);
  mayActOn(job, caller);
  logger.info("job.cancelled", { job: id, name: job.name });
  const heard = await ask(options, job.client, cancel);
  // Its servers are not kept by a client that is frozen, or knows nothing of it.
  if (heard !== true) tell({ type: "job.closed", job: id });
  return { heard: heard === true };
}

/** Only clients know which tasks they have: all that the caller may act for are asked. */
async function cancelTasks(
  options: SchedulerCancelOptions,
  tasks: readonly TaskId[],
  cancel: Cancel,
  caller: Caller,
): Promise<TasksCancelled> {
  const clients = clientsFor(options.state, caller);
  // What authenticated clients say of their own tasks; it is shown, never acted on.
  const told = new Set<unknown>();
  const asked = clients.map(async (client) => {
    const answer = await ask(options, client, cancel);
    if (Array.isArray(answer)) for (const task of answer) told.add(task);
  });
  await untilEnough(asked, () => tasks.every((task) => told.has(task)));
  const cancelled = tasks.filter((task) => told.has(task));
  options.logger.info("tasks.cancelled", { asked: tasks.length, cancelled: cancelled.length });
  return { cancelled, unknown: tasks.filter((task) => !told.has(task)) };
}

/** What the client answers: `true` for a job it has, ids for tasks; `undefined`: nothing. */
async function ask(options: SchedulerCancelOptions, client: string, cancel: Cancel): Promise<unknown> {
  const { procedures, outbox, logger } = options;
  const { to, inbox } = outbox.address(client);
  try {
    return await procedures.call(to, `${inbox}.cancel`, cancel, { timeoutMs: CANCEL_ASK_MS });
  } catch (error) {
    logger.debug("client.silent", { client, error: errorFrom(error).message });
    return undefined;
  }
}
