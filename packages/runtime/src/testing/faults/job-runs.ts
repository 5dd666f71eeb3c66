/** A client of a schedule: opens a job, and runs small functions on the node while things go wrong. */
import type { Client } from "../../cluster/client.ts";
import type { RemoteTask } from "../../cluster/remote-task.ts";
import type { Steps } from "../../contracts/operation.ts";
import type { TaskContext } from "../../task/context.ts";
import { sleep } from "../../task/sleep.ts";
import { codeOf, type LifeParts, pickBelow } from "./life.ts";

export const tasks = { square: (x: number): number => x * x };
/** How long each of them computes. */
export const TASK_COSTS_MS: Readonly<Record<keyof typeof tasks, number>> = { square: 20 };

/** Runs until all is calm, then waits for what is left. */
export function* runJob(task: TaskContext, parts: LifeParts, client: Client, url: URL): Steps<void> {
  try {
    const job = yield* client.openJob({ modules: [url] });
    const module = yield* job.module<typeof tasks>(url);
    for (let n = 1; !parts.calm(); n += 1) {
      yield* sleep(parts.plan.paceMs * 3);
      const run = `${parts.life}!${n}`;
      parts.record({ type: "run", life: parts.life, run });
      const x = pickBelow(parts, 1000);
      task.spawn(follow, [parts, run, module.square.call([x], { retries: 3 }), x * x]);
    }
  } catch (error) {
    // No scheduler answered in time: there is no job then.
    parts.record({ type: "ran", run: parts.life, code: codeOf(error) });
  }
}

function* follow(
  _task: TaskContext,
  parts: LifeParts,
  run: string,
  running: RemoteTask<number>,
  expected: number,
): Steps<void> {
  try {
    parts.record({ type: "ran", run, right: (yield* running) === expected });
  } catch (error) {
    parts.record({ type: "ran", run, code: codeOf(error) });
  }
}
