/** `skein cancel`: ends jobs, or single tasks, of anybody. */
import type { Command } from "commander";
import { type ClusterActs, SkeinError } from "@skein/runtime";
import { inCluster, ON } from "./in-cluster.ts";
import { print, printJson } from "./output.ts";
import { findTarget, type TargetOf } from "./targets.ts";

const REASON = "an operator has cancelled it";

export function cancelCommand(program: Command, done: (code: number) => void): void {
  program
    .command("cancel")
    .description("end jobs, or single tasks, of anybody")
    .argument("<TARGET...>", "jobs by name, id or end of id; tasks by their whole id (t_…)")
    .option("--reason <TEXT>", "what those who wait for it are told", REASON)
    .option(...ON)
    .option("--json", "print one JSON line a target: { target, kind: 'job' | 'task', id, heard }")
    .addHelpText(
      "after",
      `
Examples:
  skein cancel primes                       the job of that name: its tasks are cancelled, it takes no more
  skein cancel t_4k2…                       one task; skein logs --events shows their ids
  skein cancel primes --reason "wrong data"

Tasks may clean up for 5 s; those that don't end are ended with their server. A program that does not answer for 3 s loses the
job's servers all the same. It needs the role operator.
Exit codes: 0 done, 1 no such task, 2 no such job, 3 no cluster.`,
    )
    .action(async (targets: readonly string[], options: CancelOptions) => {
      await inCluster(options.on, ["operator"], async ({ acts, status }) => {
        const snapshot = await status();
        // All are understood before any is cancelled.
        const meant = targets.map((text) => ({ text, target: findTarget(text, snapshot, ["job", "task"]) }));
        for (const { text, target } of meant) {
          const { kind, id } = target;
          const { heard } = await cancelled(acts, target, options.reason);
          if (options.json === true) printJson({ target: text, kind, id, heard });
          else print(said(target, heard));
        }
      });
      done(0);
    });
}

interface CancelOptions {
  readonly reason: string;
  readonly on?: string;
  readonly json?: true;
}

/** Ends it. @throws {SkeinError} `TASK_UNKNOWN` for a task that no job has */
async function cancelled(
  acts: ClusterActs,
  { kind, id }: TargetOf<"job" | "task">,
  reason: string,
): Promise<{ heard: boolean }> {
  if (kind === "job") return await acts.cancelJob(id, { reason });
  const { unknown } = await acts.cancelTasks([id], { reason });
  if (unknown.length === 0) return { heard: true };
  throw new SkeinError("TASK_UNKNOWN", `no job has a task ${id} that runs or waits`, {
    hint: "it may have ended; skein logs --events shows tasks with their ids",
  });
}

function said({ kind, label }: TargetOf<"job" | "task">, heard: boolean): string {
  if (heard) return `${kind} ${label} is cancelled`;
  return `${kind} ${label} is closed: its program did not answer, and its servers were taken from it`;
}
