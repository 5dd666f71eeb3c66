/** Answers what operators, and clients for their own jobs, ask of the scheduler (`ClusterActs`), but for `cancel` and `steer`. */
import { endpointKey } from "../contracts/endpoint.ts";
import { type Caller, type Procedures } from "../contracts/procedures.ts";
import { ACT_ASK_MS, ACT_VALUE_BYTES, ACT_WAIT_MS } from "../defaults.ts";
import { errorFrom, SkeinError } from "../errors.ts";
import { type TaskId } from "../ids.ts";
import { type Logger } from "../logger.ts";
import { parsePlaceAct } from "../wire/place-act.ts";
import { untilEnough } from "./first-answer.ts";
import { clientsFor, mayActOn } from "./scheduler-rights.ts";
import { openJob, type SchedulerState } from "./scheduler-book.ts";
import { type SchedulerEvent } from "./scheduler-events.ts";
import { type SchedulerOutbox } from "./scheduler-outbox.ts";
import { parseIntake, parseSendToTask, parseUpgradeTask, parseWeigh } from "./act-schemas.ts";
import { type SendToTask } from "./act-words.ts";

export interface SchedulerActsOptions {
  readonly procedures: Procedures;
  readonly state: SchedulerState;
  readonly logger: Logger;
  readonly outbox: Pick<SchedulerOutbox, "address">;
  readonly tell: (event: SchedulerEvent) => void;
}

/** Takes the calls of `ClusterActs`; disposing of all that is given ends that. */
export function handleActs(options: SchedulerActsOptions): readonly Disposable[] {
  const { procedures, state, logger, tell } = options;
  const operators = ["operator"] as const;
  const roles = ["operator", "client"] as const;
  return [
    procedures.handle("scheduler.intake", { parse: parseIntake, roles: operators }, ({ open }) => {
      logger.info("cluster.intake", { open });
      tell({ type: "intake", open });
    }),
    procedures.handle("scheduler.weight", { parse: parseWeigh, roles }, ({ job, weight }, caller) => {
      mayActOn(openJob(state, job), caller);
      logger.info("job.weighed", { job, weight });
      tell({ type: "job.weighed", job, weight });
    }),
    procedures.handle("scheduler.task.send", { parse: parseSendToTask, roles }, (words, caller) =>
      sendToTask(options, words, caller),
    ),
    procedures.handle("scheduler.task.upgrade", { parse: parseUpgradeTask, roles }, async (words, caller) => {
      logger.info("task.upgraded", { ...words });
      await askHolder(options, words.task, "task.upgrade", words, caller);
    }),
    procedures.handle("scheduler.place.act", { parse: parsePlaceAct, roles: operators }, async (act) => {
      logger.info("place.act", { type: act.type, at: endpointKey(act.at) });
      await procedures.call({ peer: act.at.peer, server: 0 }, "place.act", act, { timeoutMs: ACT_WAIT_MS });
    }),
  ];
}

async function sendToTask(options: SchedulerActsOptions, words: SendToTask, caller: Caller): Promise<void> {
  const bytes = options.procedures.check(words.value);
  if (bytes > ACT_VALUE_BYTES) {
    throw new SkeinError("MESSAGE_TOO_LARGE", `a message of ${bytes} bytes for a task`, {
      hint: `from outside its program at most ${ACT_VALUE_BYTES} bytes are sent to a task`,
    });
  }
  await askHolder(options, words.task, "task.send", words, caller);
}

/** Asks the client that has the task, and nobody else: the others are only asked whether they do. */
async function askHolder(
  options: SchedulerActsOptions,
  task: TaskId,
  name: string,
  words: unknown,
  caller: Caller,
): Promise<void> {
  const { procedures, state, outbox, logger } = options;
  const asked = clientsFor(state, caller).map(async (client) => {
    const { to, inbox } = outbox.address(client);
    try {
      const has = await procedures.call(to, `${inbox}.has`, { task }, { timeoutMs: ACT_ASK_MS });
      return has === true ? { to, inbox } : undefined;
    } catch (error) {
      logger.debug("client.silent", { client, error: errorFrom(error).message });
      return undefined;
    }
  });
  const answers = await untilEnough(asked, (one) => one !== undefined);
  const holder = answers.find((one) => one !== undefined);
  if (holder === undefined) {
    throw new SkeinError("TASK_UNKNOWN", `no job has a task ${task} that runs or waits`, {
      hint: "it may have ended; skein logs shows tasks with their ids",
    });
  }
  await procedures.call(holder.to, `${holder.inbox}.${name}`, words, { timeoutMs: ACT_WAIT_MS });
}
