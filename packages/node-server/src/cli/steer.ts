/** `skein pause`, `resume`, `drain`, `stop`, `restart`: an operator steers nodes, servers and jobs. */
import type { Command } from "commander";
import { SkeinError, type SteerVerb } from "@skein/runtime";
import { durationMs } from "./duration.ts";
import { inCluster, ON } from "./in-cluster.ts";
import { print, printJson } from "./output.ts";
import { findTarget, type TargetKind } from "./targets.ts";

type SteerKind = Exclude<TargetKind, "task">;

interface Verb {
  readonly about: string;
  readonly kinds: readonly SteerKind[];
  /** Takes `--intake`; what is printed then. */
  readonly intake?: string;
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
    intake: "the cluster begins nothing more; what runs goes on",
    examples: [
      ["maxi", "no new task on that machine until skein resume maxi"],
      ["maxi/2", "one of its servers"],
      ["primes", "a job keeps what runs and gets no more servers"],
      ["--intake", "the whole cluster begins nothing before skein resume --intake; jobs wait"],
    ],
  },
  resume: {
    about: "go on with what was paused or drained",
    kinds: ["node", "server", "job"],
    said: "goes on",
    intake: "the cluster goes on",
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
} as const satisfies Readonly<Record<SteerVerb, Verb>>;

export function steerCommands(program: Command, done: (code: number) => void): void {
  // Its keys are the verbs, and nothing else.
  for (const name of Object.keys(VERBS) as SteerVerb[]) addVerb(program, name, VERBS[name], done);
}

function addVerb(program: Command, name: SteerVerb, verb: Verb, done: (code: number) => void): void {
  const { about, kinds, intake, graceful, examples } = verb;
  const what = kinds.map((kind) => PLACES[kind]).join("; ");
  const command = program.command(name).description(about);
  command.argument(intake === undefined ? "<TARGET...>" : "[TARGET...]", what);
  if (intake !== undefined) command.option("--intake", "the whole cluster, rather than targets");
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
      if (targets.length === 0 && options.intake !== true) {
        throw new SkeinError("OPTION_INVALID", `skein ${name}: nothing is named`, {
          hint: "name nodes, servers or jobs, or give --intake",
        });
      }
      const graceMs = options.grace === undefined ? undefined : durationMs("--grace", options.grace);
      await inCluster(options.on, ["operator"], async ({ acts, status }) => {
        const snapshot = await status();
        // All are understood before anything is done.
        const meant = targets.map((text) => ({ text, ...findTarget(text, snapshot, kinds) }));
        if (options.intake === true && intake !== undefined) {
          await acts.pauseIntake(name === "pause");
          if (options.json === true) printJson({ target: "intake", verb: name, kind: "cluster" });
          else print(intake);
        }
        for (const { text, kind, id, label } of meant) {
          await acts.steer(name, id, graceMs === undefined ? {} : { graceMs });
          if (options.json === true) printJson({ target: text, verb: name, kind, id });
          else print(`${kind} ${label} ${verb.said}`);
        }
      });
      done(0);
    });
}

const PLACES: Readonly<Record<SteerKind, string>> = {
  node: "nodes by name, id or end of id",
  server: "servers as NODE/N",
  job: "jobs by name, id or end of id",
};

interface SteerOptions {
  readonly grace?: string;
  readonly intake?: true;
  readonly on?: string;
  readonly json?: true;
}
