/** Ends a job, or a task of any job, for an operator: its client is told, who alone knows the tasks. */
import { type Procedures } from "../contracts/procedures.ts";
import { CANCEL_ASK_MS } from "../defaults.ts";
import { errorFrom, SkeinError } from "../errors.ts";
import { type JobId, type TaskId } from "../ids.ts";
import { type Logger } from "../logger.ts";
import { type SchedulerOutbox } from "./scheduler-outbox.ts";
import { openJob, type SchedulerState } from "./scheduler-book.ts";
import { type SchedulerEvent } from "./scheduler-events.ts";
import { parseCancel } from "./schemas.ts";
import { type Cancel, type Cancelled } from "./words.ts";

export interface SchedulerCancelOptions {
  readonly procedures: Procedures;
  readonly state: SchedulerState;
  readonly logger: Logger;
  readonly outbox: Pick<SchedulerOutbox, "address">;
  readonly tell: (event: SchedulerEvent) => void;
}

/** Answers `scheduler.cancel`. A job whose client does not answer is closed all the same: its servers are free then. */
export function handleCancel(options: SchedulerCancelOptions): Disposable {
  return options.procedures.handle("scheduler.cancel", { parse: parseCancel, roles: ["operator"] }, (cancel) =>
    cancel.job === undefined ? cancelTask(options, cancel.task, cancel) : cancelJob(options, cancel.job, cancel),
  );
}

async function cancelJob(options: SchedulerCancelOptions, id: JobId, cancel: Cancel): Promise<Cancelled> {
  const { state, logger, tell } = options;
  const job = openJob(state, id);
  logger.info("job.cancelled", { job: id, name: job.name });
  const heard = await ask(options, job.client, cancel);
  // Its servers are not kept by a client that is frozen, or knows nothing of it.
  if (heard !== true) tell({ type: "job.closed", job: id });
  return { jobs: [id], heard: heard === true };
}

/** Only clients know which tasks they have: all are asked. */
async function cancelTask(
  options: SchedulerCancelOptions,
  task: TaskId | undefined,
  cancel: Cancel,
): Promise<Cancelled> {
  const { state, logger } = options;
  const clients = [...state.jobsOf.keys()];
  const answers = await Promise.all(clients.map(async (client) => await ask(options, client, cancel)));
  const jobs = answers.filter((answer) => typeof answer === "string");
  if (jobs.length === 0) {
    throw new SkeinError("TASK_UNKNOWN", `no job has a task ${task} that runs or waits`, {
      hint: "it may have ended; skein logs shows tasks with their ids",
    });
  }
  logger.info("task.cancelled", { task, job: jobs[0] });
  // What an authenticated client says of its own jobs; it is shown, never acted on.
  return { jobs: jobs as JobId[], heard: true };
}

/** What the client answers: `true` for a job, a job's id for a task, `false` where it has none; `undefined`: nothing. */
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
