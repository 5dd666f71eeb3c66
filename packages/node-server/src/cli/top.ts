/** `skein top`: a cluster at work in a terminal, by the console's model. */
import type { Command } from "commander";
import { inCluster, LOOKERS, ON } from "./in-cluster.ts";

interface TopOptions {
  readonly on?: string;
  readonly json?: true;
}

export function topCommand(program: Command, done: (code: number) => void): void {
  program
    .command("top")
    .description("watch nodes, servers, jobs and errors of a cluster as they change")
    .option(...ON)
    .option("--json", "print a JSON line when something has changed, at most one a second")
    .addHelpText(
      "after",
      `
Keys: q ends it, p holds it still, j and k move down and up, space a page down.
Where the output is no terminal, a line is printed when something has changed.
Exit codes: 0 ended by q, 3 when there is no cluster, 130 interrupted.`,
    )
    .action(async (options: TopOptions) => {
      // The model is loaded when it is wanted.
      const { showTop } = await import("./show-top.ts");
      done(await inCluster(options.on, LOOKERS, async (cluster) => await showTop(cluster, options)));
    });
}
