/** Gives many tasks other code, a few at once, and says which took it. */
import { type ClusterActs, errorFrom, isSkeinError, type TaskId, type UpgradeCode } from "@skein/runtime";

/** At once: each waits until its task does. */
const AT_ONCE = 8;

export interface Upgraded {
  readonly done: readonly TaskId[];
  /** Why each of the others kept its code. */
  readonly refused: readonly string[];
}

export async function upgradeAll(acts: ClusterActs, tasks: readonly TaskId[], code: UpgradeCode): Promise<Upgraded> {
  const waiting = [...tasks];
  const done: TaskId[] = [];
  const refused: string[] = [];
  const work = async (): Promise<void> => {
    for (let task = waiting.shift(); task !== undefined; task = waiting.shift()) {
      try {
        await acts.upgradeTask(task, code);
        done.push(task);
      } catch (thrown) {
        // It has ended meanwhile: nothing to upgrade.
        if (!isSkeinError(thrown, "TASK_UNKNOWN")) refused.push(errorFrom(thrown).message);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, tasks.length) }, work));
  return { done, refused };
}
