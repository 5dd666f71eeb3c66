/** What a command does in a cluster: it joins as one of some roles, asks the scheduler, and leaves again. */
import {
  type ClusterActs,
  clusterActs,
  type ClusterSnapshot,
  type Location,
  type PeerHost,
  type Role,
} from "@skein/runtime";
import { joinCluster } from "../join-cluster.ts";

/** A cluster that a command has joined. */
export interface InCluster {
  readonly peer: PeerHost;
  readonly scheduler: Location;
  /** Calls a procedure of the scheduler. */
  readonly ask: (procedure: string, words?: unknown) => Promise<unknown>;
  /** How the cluster stands. */
  readonly status: () => Promise<ClusterSnapshot>;
  /** What may be done to it. */
  readonly acts: ClusterActs;
}

/** Who may look at a cluster. */
export const LOOKERS: readonly Role[] = ["client", "operator", "viewer"];

/** The words of every command that goes to a cluster. */
export const ON = ["--on <LINK>", "the cluster (default: SKEIN_CLUSTER, else the skein up of this machine)"] as const;

/** Joins the cluster of `link` (or of this machine) as one of `needs`, does `work`, and leaves, however it ends. */
export async function inCluster<T>(
  link: string | undefined,
  needs: readonly Role[],
  work: (cluster: InCluster) => Promise<T>,
): Promise<T> {
  const { peer, scheduler } = await joinCluster(link, { needs });
  const ask = async (procedure: string, words?: unknown): Promise<unknown> =>
    await peer.procedures.call({ peer: scheduler.peer, server: 0 }, procedure, words);
  // The scheduler is one of ours, which the handshake has proven: it answers with a snapshot.
  const status = async (): Promise<ClusterSnapshot> => (await ask("scheduler.status")) as ClusterSnapshot;
  try {
    const acts = clusterActs(peer.procedures, { peer: scheduler.peer, server: 0 });
    return await work({ peer, scheduler, ask, status, acts });
  } finally {
    await peer.close();
  }
}
