/** `skein status`: the nodes, servers and jobs of a cluster. */
import type { Command } from "commander";
import type { ClusterSnapshot } from "@skein/runtime";
import { callUp } from "./call-up.ts";
import { print, printJson } from "./output.ts";
import { statusText } from "./status-text.ts";

export function statusCommand(program: Command, done: (code: number) => void): void {
  program
    .command("status")
    .description("show the nodes, servers and jobs of a cluster")
    .option("--on <LINK>", "the cluster (default: SKEIN_CLUSTER, else the skein up of this machine)")
    .option("--json", "print one JSON line: { epoch, seq, timeMs, nodes, servers, jobs }")
    .addHelpText("after", "\nExit codes: 0, or 3 when there is no cluster.")
    .action(async (options: { readonly on?: string; readonly json?: true }) => {
      // The scheduler is one of ours, which the handshake has proven: it answers with a snapshot.
      const snapshot = (await callUp(
        options.on,
        ["client", "operator", "viewer"],
        "scheduler.status",
        undefined,
      )) as ClusterSnapshot;
      if (options.json === true) printJson(snapshot);
      else print(statusText(snapshot));
      done(0);
    });
}
