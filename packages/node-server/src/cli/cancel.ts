/** `skein cancel`: ends jobs, or single tasks, of anybody. */
import type { Command } from "commander";
import { inCluster, ON } from "./in-cluster.ts";
import { print, printJson } from "./output.ts";
import { findTarget, type Target } from "./targets.ts";

const REASON = "an operator has cancelled it";

export function cancelCommand(program: Command, done: (code: number) => void): void {
  program
    .command("cancel")
    .description("end jobs, or single tasks, of anybody")
    .argument("<TARGET...>", "jobs by name, id or end of id; tasks by their whole id (t_…)")
    .option("--reason <TEXT>", "what those who wait for it are told", REASON)
    .option(...ON)
    .option("--json", "print one JSON line a target: { target, kind: 'job' | 'task', id, jobs, heard }")
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
      await inCluster(options.on, ["operator"], async ({ ask, status }) => {
        const snapshot = await status();
        // All are understood before any is cancelled.
        const meant = targets.map((text) => ({ text, target: findTarget(text, snapshot, ["job", "task"]) }));
        for (const { text, target } of meant) {
          const { kind, id } = target;
          const words = { [kind]: id, reason: options.reason };
          // A scheduler of ours, which the handshake has proven, answers so.
          const answer = (await ask("scheduler.cancel", words)) as CancelAnswer;
          if (options.json === true) printJson({ target: text, kind, id, ...answer });
          else print(said(target, answer));
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

interface CancelAnswer {
  readonly jobs: readonly string[];
  readonly heard: boolean;
}

function said({ kind, label }: Target, { heard }: CancelAnswer): string {
  if (heard) return `${kind} ${label} is cancelled`;
  return `${kind} ${label} is closed: its program did not answer, and its servers were taken from it`;
}
