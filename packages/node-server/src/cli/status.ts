/** `skein status`: the nodes, servers and jobs of a cluster. */
import type { Command } from "commander";
import { isSkeinError, type PeerHost } from "@skein/runtime";
import { type ConnectedPeer, connectedPeers } from "./connected-peers.ts";
import { EXIT } from "./exit-codes.ts";
import { followStatus } from "./follow-status.ts";
import { inCluster, LOOKERS, ON } from "./in-cluster.ts";
import { print } from "./output.ts";
import { statusText } from "./status-text.ts";

export function statusCommand(program: Command, done: (code: number) => void): void {
  program
    .command("status")
    .description("show the nodes, servers, jobs and connected peers of a cluster")
    .option("-w, --watch", "go on until Ctrl-C: shown anew when something has happened")
    .option(...ON)
    .option(
      "--json",
      "print one JSON line: { epoch, seq, timeMs, nodes, servers, jobs, peers }; with --watch again each time",
    )
    .addHelpText(
      "after",
      `
Peers are shown to operators: everybody who is connected to the scheduler's peer, with the ids that skein revoke takes.
Exit codes: 0, 3 when there is no cluster, 130 interrupted.`,
    )
    .action(async (options: StatusOptions) => {
      const code = await inCluster(options.on, LOOKERS, async (cluster) => {
        const words = async (): Promise<string> => {
          const snapshot = await cluster.status();
          const peers = await peersFor(cluster.peer);
          if (options.json !== true) return statusText(snapshot, peers);
          return JSON.stringify({ ...snapshot, ...(peers === undefined ? {} : { peers }) });
        };
        if (options.watch === true) return await followStatus(cluster, words);
        print(await words());
        return EXIT.done;
      });
      done(code);
    });
}

interface StatusOptions {
  readonly watch?: true;
  readonly on?: string;
  readonly json?: true;
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
