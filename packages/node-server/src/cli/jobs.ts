/** `skein jobs`: the open jobs of a cluster, also as they go on. */
import type { Command } from "commander";
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
    .option("-f, --follow", "go on until the named jobs are closed, or without any until Ctrl-C")
    .option(...ON)
    .option("--json", "print one JSON line a job; with --follow again each time that it changes")
    .addHelpText(
      "after",
      `
Examples:
  skein jobs                        a table of all
  skein jobs primes --follow        a bar on a terminal, elsewhere a line for each tenth that is done
  skein jobs --json                 { id, name, client, weight, state, openedMs, demand, held, counters } a line

Exit codes: 0 done, 2 no such job, 3 no cluster, 130 interrupted.`,
    )
    .action(async (names: readonly string[], options: JobsOptions) => {
      await inCluster(options.on, LOOKERS, async (cluster) => {
        const { status } = cluster;
        const snapshot = await status();
        const ids = names.map((name) => findTarget(name, snapshot, ["job"]).id);
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

interface JobsOptions {
  readonly follow?: true;
  readonly on?: string;
  readonly json?: true;
}
