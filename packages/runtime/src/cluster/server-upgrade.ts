/** Gives a task of a server process the code of another bundle. */
import { SkeinError } from "../errors.ts";
import { type ContextCell } from "../task/task-context.ts";
import { refusedUpgrade } from "../task/task-ref.ts";
import { type UpgradeRun } from "./act-words.ts";
import { type ServerCode } from "./server-code.ts";
import { type RunOne } from "./words.ts";

/** A task of the server, as far as this needs it. */
export interface UpgradableEntry {
  run: RunOne;
  readonly state: string;
  readonly task: ContextCell | undefined;
}

/**
 * The new code begins with the arguments that the task was started with; done when it has. A task that waits for its turn
 * begins with the new code.
 * @throws {SkeinError} `TASK_UNKNOWN`, `UPGRADE_REFUSED`, `CODE_UNKNOWN`
 */
export async function upgradeRun(
  code: ServerCode,
  { serial, code: digest, fn }: UpgradeRun,
  entries: ReadonlyMap<number, UpgradableEntry>,
): Promise<void> {
  await code.load(digest);
  const made = code.function(digest, fn);
  const entry = entries.get(serial);
  if (entry === undefined || entry.state === "ended") {
    throw new SkeinError("TASK_UNKNOWN", "the task does not run here", { hint: "it may have ended" });
  }
  if (entry.run.plain) throw refusedUpgrade(entry.run.fn);
  if (entry.task === undefined) entry.run = { ...entry.run, code: digest, fn };
  else await entry.task.upgrade(made, entry.run.args);
}
