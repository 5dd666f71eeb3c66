/** Finds a cluster and joins it: by a link, or as the owner of the `skein up` of this machine. */
import { type Location, type Logger, type Role, SkeinError } from "@skein/runtime";
import { DIAL_TIMEOUT_MS, memoryPeerStore, type PeerHost } from "@skein/runtime/host";
import { createNodePeer } from "./create-node-peer.ts";
import { defaultDataPath } from "./data-directory.ts";
import { filePeerStore } from "./platform/peer-store.ts";
import { readUpState } from "./up-state.ts";

/** What the owner of a cluster is in it. */
const OWNER_ROLES: readonly Role[] = ["client", "operator", "peer"];

export interface JoinOptions {
  readonly name?: string;
  readonly logger?: Logger;
}

/** A peer in a cluster, and who schedules there. */
export interface JoinedCluster {
  readonly peer: PeerHost;
  readonly scheduler: Location;
}

/**
 * Joins the cluster that `link` names, else the one of `SKEIN_CLUSTER`, else that of this machine's `skein up`.
 *
 * @throws {SkeinError} `NO_CLUSTER` when there is none; `PEER_UNREACHABLE`, `NOT_A_MEMBER`, `INVITE_EXPIRED`, `INVITE_USED`
 */
export async function joinCluster(link: string | undefined, options: JoinOptions = {}): Promise<JoinedCluster> {
  const given = link ?? process.env["SKEIN_CLUSTER"];
  if (given === undefined || given === "") return await joinOwn(options);
  const peer = await createNodePeer({ ...options, newCluster: false, invite: given });
  return await orClose(peer, () => ({ peer, scheduler: schedulerOf(peer) }));
}

/** Whoever can read the data directory of `skein up` holds the cluster's key, and makes its own certificate with it. */
async function joinOwn(options: JoinOptions): Promise<JoinedCluster> {
  const data = defaultDataPath();
  const up = readUpState(data);
  if (up === undefined) {
    throw new SkeinError("NO_CLUSTER", "no cluster was named and none runs on this machine", {
      hint: "start one with skein up, name one by connect(link) or SKEIN_CLUSTER, or set SKEIN_DATA to the data directory of a skein up",
    });
  }
  // The key only: two processes must not be the same peer.
  const { clusterKey } = await filePeerStore(data).load();
  const store = memoryPeerStore(clusterKey === undefined ? {} : { clusterKey });
  const peer = await createNodePeer({ ...options, newCluster: false, store, roles: OWNER_ROLES });
  return await orClose(peer, async () => {
    const scheduler = { peer: up.peer, addresses: up.addresses };
    await peer.connect(scheduler, { timeoutMs: DIAL_TIMEOUT_MS });
    return { peer, scheduler };
  });
}

async function orClose<T>(peer: PeerHost, work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    await peer.close();
    throw error;
  }
}

/** The connected peer that schedules. */
export function schedulerOf(peer: PeerHost): Location {
  const found = peer.peers().find((other) => peer.rolesOf(other.peer).includes("scheduler"));
  if (found !== undefined) return found;
  throw new SkeinError("NO_CLUSTER", "none of the peers reached schedules jobs", {
    hint: "use an invite made by skein up, or start one",
  });
}
