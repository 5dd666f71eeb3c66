/** `skein pause`, `resume`, `drain`, `stop`, `restart`: an operator steers nodes, servers and jobs. */
import type { Command } from "commander";
import { durationMs } from "./duration.ts";
import { inCluster, ON } from "./in-cluster.ts";
import { print, printJson } from "./output.ts";
import { findTarget, type TargetKind } from "./targets.ts";

interface Verb {
  readonly about: string;
  readonly kinds: readonly TargetKind[];
  /** Takes `--grace`. */
  /** How long tasks may clean up without `--grace`. */
  readonly graceful?: string;
  /** What is printed after the target's name. */
  readonly said: string;
  readonly examples: readonly (readonly [words: string, about: string])[];
}

const VERBS = {
  pause: {
    about: "give a node, a server or a job nothing new; what runs goes on",
    kinds: ["node", "server", "job"],
    said: "is paused",
    examples: [
      ["maxi", "no new task on that machine until skein resume maxi"],
      ["maxi/2", "one of its servers"],
      ["primes", "a job keeps what runs and gets no more servers"],
    ],
  },
  resume: {
    about: "go on with what was paused or drained",
    kinds: ["node", "server", "job"],
    said: "goes on",
    examples: [["maxi", "after skein pause maxi"]],
  },
  drain: {
    about: "let a node or server finish its tasks, and leave it free",
    kinds: ["node", "server"],
    said: "drains: it finishes what runs, and gets nothing more",
    examples: [["maxi", "before its machine is shut down; skein status shows when nothing runs there"]],
  },
  stop: {
    about: "end the tasks of a node, a server or a job, and give it no more",
    kinds: ["node", "server", "job"],
    graceful: "5s",
    said: "is stopped",
    examples: [
      ["maxi --grace 30s", "tasks there may clean up for 30 s"],
      ["primes", "cancels the tasks of a job"],
    ],
  },
  restart: {
    about: "give a node or server fresh processes",
    kinds: ["node", "server"],
    graceful: "no limit, they run to their end",
    said: "begins anew",
    examples: [["maxi/2", "one server process, once its task has ended or been cancelled"]],
  },
} as const satisfies Readonly<Record<string, Verb>>;

export function steerCommands(program: Command, done: (code: number) => void): void {
  for (const [name, verb] of Object.entries<Verb>(VERBS)) addVerb(program, name, verb, done);
}

function addVerb(program: Command, name: string, verb: Verb, done: (code: number) => void): void {
  const { about, kinds, graceful, examples } = verb;
  const what = kinds.map((kind) => PLACES[kind]).join("; ");
  const command = program.command(name).description(about).argument("<TARGET...>", what);
  if (graceful !== undefined) {
    command.option("--grace <TIME>", `how long tasks may clean up, as 10s or 1m (default: ${graceful})`);
  }
  command
    .option(...ON)
    .option("--json", `print one JSON line a target: { target, verb: '${name}', kind, id }`)
    .addHelpText(
      "after",
      `
Examples:
${examples.map(([words, says]) => `  ${`skein ${name} ${words}`.padEnd(34)} ${says}`).join("\n")}

It needs the role operator. Exit codes: 0 done, 1 refused, 2 no such target, 3 no cluster.`,
    )
    .action(async (targets: readonly string[], options: SteerOptions) => {
      const graceMs = options.grace === undefined ? undefined : durationMs("--grace", options.grace);
      await inCluster(options.on, ["operator"], async ({ ask, status }) => {
        const snapshot = await status();
        // All are understood before anything is done.
        const meant = targets.map((text) => ({ text, ...findTarget(text, snapshot, kinds) }));
        for (const { text, kind, id, label } of meant) {
          await ask("scheduler.steer", { verb: name, at: id, ...(graceMs === undefined ? {} : { graceMs }) });
          if (options.json === true) printJson({ target: text, verb: name, kind, id });
          else print(`${kind} ${label} ${verb.said}`);
        }
      });
      done(0);
    });
}

const PLACES: Readonly<Record<TargetKind, string>> = {
  node: "nodes by name, id or end of id",
  server: "servers as NODE/N",
  job: "jobs by name, id or end of id",
  task: "tasks by id",
};

interface SteerOptions {
  readonly grace?: string;
  readonly on?: string;
  readonly json?: true;
}
