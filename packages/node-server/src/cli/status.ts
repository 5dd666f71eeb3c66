/** `skein status`: the nodes, servers and jobs of a cluster. */
import type { Command } from "commander";
import { type ClusterSnapshot, isSkeinError, type PeerHost } from "@skein/runtime";
import { joinCluster } from "../join-cluster.ts";
import { type ConnectedPeer, connectedPeers } from "./connected-peers.ts";
import { print, printJson } from "./output.ts";
import { statusText } from "./status-text.ts";

export function statusCommand(program: Command, done: (code: number) => void): void {
  program
    .command("status")
    .description("show the nodes, servers, jobs and connected peers of a cluster")
    .option("--on <LINK>", "the cluster (default: SKEIN_CLUSTER, else the skein up of this machine)")
    .option("--json", "print one JSON line: { epoch, seq, timeMs, nodes, servers, jobs, peers }")
    .addHelpText(
      "after",
      `
Peers are shown to operators: everybody who is connected to the scheduler's peer, with the ids that skein revoke takes.
Exit codes: 0, or 3 when there is no cluster.`,
    )
    .action(async (options: { readonly on?: string; readonly json?: true }) => {
      const { peer, scheduler } = await joinCluster(options.on, { needs: ["client", "operator", "viewer"] });
      try {
        const asked = { peer: scheduler.peer, server: 0 };
        // The scheduler is one of ours, which the handshake has proven: it answers with a snapshot.
        const snapshot = (await peer.procedures.call(asked, "scheduler.status", undefined)) as ClusterSnapshot;
        const peers = await peersFor(peer);
        if (options.json === true) printJson({ ...snapshot, ...(peers === undefined ? {} : { peers }) });
        else print(statusText(snapshot, peers));
      } finally {
        await peer.close();
      }
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
