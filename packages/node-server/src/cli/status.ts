/** `skein status`: the nodes, servers and jobs of a cluster. */
import type { Command } from "commander";
import { isSkeinError, type PeerHost } from "@skein/runtime";
import { type ConnectedPeer, connectedPeers } from "./connected-peers.ts";
import { inCluster, LOOKERS, ON } from "./in-cluster.ts";
import { print, printJson } from "./output.ts";
import { statusText } from "./status-text.ts";

export function statusCommand(program: Command, done: (code: number) => void): void {
  program
    .command("status")
    .description("show the nodes, servers, jobs and connected peers of a cluster")
    .option(...ON)
    .option("--json", "print one JSON line: { epoch, seq, timeMs, nodes, servers, jobs, peers }")
    .addHelpText(
      "after",
      `
Peers are shown to operators: everybody who is connected to the scheduler's peer, with the ids that skein revoke takes.
Exit codes: 0, or 3 when there is no cluster.`,
    )
    .action(async (options: { readonly on?: string; readonly json?: true }) => {
      await inCluster(options.on, LOOKERS, async ({ peer, status }) => {
        const snapshot = await status();
        const peers = await peersFor(peer);
        if (options.json === true) printJson({ ...snapshot, ...(peers === undefined ? {} : { peers }) });
        else print(statusText(snapshot, peers));
      });
      done(0);
    });
}

/** Nothing for who is no operator. */
async function peersFor(peer: PeerHost): Promise<readonly ConnectedPeer[] | undefined> {
  try {
    return await connectedPeers(peer);
  } catch (error) {
    if (isSkeinError(error, "ROLE_FORBIDS")) return undefined;
    throw error;
  }
}
