/** `skein console`: a link that opens the console of a running cluster, once. */
import type { Command } from "commander";
import { callUp } from "./call-up.ts";
import { print, printJson } from "./output.ts";

export function consoleCommand(program: Command, done: (code: number) => void): void {
  program
    .command("console")
    .description("print a link that opens the console in a browser, once")
    .option("--on <LINK>", "the cluster (default: SKEIN_CLUSTER, else the skein up of this machine)")
    .option("--json", "print one JSON line: { console }")
    .addHelpText("after", "\nThe link is good for 10 minutes and one browser, which then stays logged in.")
    .action(async (options: { readonly on?: string; readonly json?: true }) => {
      const link = await callUp(options.on, ["operator"], "up.console", undefined);
      if (options.json === true) printJson({ console: link });
      else print(String(link));
      done(0);
    });
}
