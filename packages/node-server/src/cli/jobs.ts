/** `skein jobs`: the open jobs of a cluster, also as they go on. */
import type { Command } from "commander";
import { SkeinError } from "@skein/runtime";
import { JOB_WEIGHT_LEAST, JOB_WEIGHT_MOST } from "@skein/runtime/host";
import { inCluster, LOOKERS, ON } from "./in-cluster.ts";
import { followJobs } from "./follow-jobs.ts";
import { jobsTable } from "./jobs-text.ts";
import { print, printJson } from "./output.ts";
import { findTarget } from "./targets.ts";

export function jobsCommand(program: Command, done: (code: number) => void): void {
  program
    .command("jobs")
    .description("list the open jobs, or follow them with progress bars")
    .argument("[JOB...]", "these only: name, id or end of id")
    .option(
      "--weight <N>",
      "give the named jobs another share of the servers, from 0.001 to 1000 (a job begins with 1)",
    )
    .option("-f, --follow", "go on until the named jobs are closed, or without any until Ctrl-C")
    .option(...ON)
    .option("--json", "print one JSON line a job; with --follow again each time that it changes")
    .addHelpText(
      "after",
      `
Examples:
  skein jobs                        a table of all
  skein jobs primes --follow        a bar on a terminal, elsewhere a line for each tenth that is done
  skein jobs primes --weight 3      from now on three times the servers of a job of weight 1
  skein jobs --json                 { id, name, client, weight, state, openedMs, demand, held, counters } a line

Another weight needs the role operator.
Exit codes: 0 done, 1 refused, 2 no such job, 3 no cluster, 130 interrupted.`,
    )
    .action(async (names: readonly string[], options: JobsOptions) => {
      const weight = options.weight === undefined ? undefined : weightOf(options.weight, names);
      await inCluster(options.on, weight === undefined ? LOOKERS : ["operator"], async (cluster) => {
        const { status, acts } = cluster;
        let snapshot = await status();
        const ids = names.map((name) => findTarget(name, snapshot, ["job"]).id);
        if (weight !== undefined) {
          for (const id of ids) await acts.setWeight(id, weight);
          snapshot = await status();
        }
        if (options.follow === true) {
          done(await followJobs(cluster, { only: new Set(ids), json: options.json === true }));
          return;
        }
        const shown = snapshot.jobs.filter(({ id }) => ids.length === 0 || ids.includes(id));
        if (options.json === true) for (const job of shown) printJson(job);
        else print(jobsTable(shown));
        done(0);
      });
    });
}

function weightOf(text: string, names: readonly string[]): number {
  const weight = Number(text);
  if (names.length === 0) {
    throw new SkeinError("OPTION_INVALID", "--weight: no job is named", { hint: "write skein jobs JOB --weight N" });
  }
  if (weight >= JOB_WEIGHT_LEAST && weight <= JOB_WEIGHT_MOST) return weight;
  throw new SkeinError("OPTION_INVALID", `--weight: ${text} is no weight`, {
    hint: `give a number from ${JOB_WEIGHT_LEAST} to ${JOB_WEIGHT_MOST}`,
  });
}

interface JobsOptions {
  readonly weight?: string;
  readonly follow?: true;
  readonly on?: string;
  readonly json?: true;
}
