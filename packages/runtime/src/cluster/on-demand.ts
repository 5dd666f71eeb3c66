/** The ways into the network half. It is loaded when the first peer is made: programs of tasks alone never load it. */
import type { Endpoint } from "../contracts/endpoint.ts";
import type { Operation } from "../contracts/operation.ts";
import type { Procedures } from "../contracts/procedures.ts";
import { SkeinError } from "../errors.ts";
import type { PeerHost, PeerOptions } from "../peer/peer-host.ts";
import type { Platform } from "../platform.ts";
import { Deferred } from "../task/deferred.ts";
import type { ClusterActs } from "./acts.ts";
import type { Client, ClientOptions } from "./client.ts";
import type { ClusterPeer } from "./cluster-peer.ts";
import type { ClusterWatch, WatchOptions } from "./watch-cluster.ts";

type NetworkHalf = typeof import("./network-half.ts");

/** A module is loaded once per process, so this holds for all runtimes. */
let loaded: NetworkHalf | undefined;

/** Loads the network half, for who makes peers by other means than {@link createPeer}. Twice does nothing. */
export async function loadNetwork(): Promise<NetworkHalf> {
  loaded ??= await import("./network-half.ts");
  return loaded;
}

/**
 * Starts a peer on `platform` and attaches its runtime to the network. Acts at once.
 *
 * @throws {SkeinError} `INVITE_EXPIRED`, `INVITE_USED`, `NOT_A_MEMBER` and `PEER_UNREACHABLE` when joining by the invite
 *   fails; `NO_CLUSTER`; `OPTION_INVALID`; `RUNTIME_WRONG` when the platform has no network
 * @example
 * const peer = await createPeer(platform, { listen: ["127.0.0.1:0"] });
 * const invite = await peer.invite({ roles: ["client"] });
 */
export function createPeer(platform: Platform, options: PeerOptions = {}): Operation<PeerHost> {
  const started = new Deferred<PeerHost>("the peer to start", options.runtime?.engine);
  const start = async (): Promise<PeerHost> => await (await loadNetwork()).startPeerHost(platform, options);
  start().then(
    (peer) => started.resolve(peer),
    (error: unknown) => started.reject(error),
  );
  return started;
}

/**
 * Makes a client that speaks through `peer`. It finds its scheduler, and finds it again, for ever.
 *
 * @throws {SkeinError} `RUNTIME_WRONG` when `peer` is none that {@link createPeer} made
 * @example
 * const client = createClient(peer, { scheduler });
 * await using job = await client.openJob({ modules: [new URL("./tasks.ts", import.meta.url)] });
 */
export function createClient<P extends ClusterPeer>(peer: P, options: ClientOptions<P>): Client<P> {
  return half().createClient(peer, options);
}

/**
 * Follows a cluster's events through `peer`, which needs one of the roles operator, client, viewer.
 *
 * @throws {SkeinError} `RUNTIME_WRONG` when `peer` is none that {@link createPeer} made
 * @example
 * using watch = watchCluster(peer, { scheduler, onSnapshot: model.reset, onEvents: model.apply });
 */
export function watchCluster(peer: ClusterPeer, options: WatchOptions): ClusterWatch {
  return half().watchCluster(peer, options);
}

/**
 * Acts on the cluster of `scheduler`: pauses, cancels, weighs, invites. `procedures` are those of a peer that is connected
 * to it and has the role operator, or client for what concerns its own jobs.
 *
 * @throws {SkeinError} `RUNTIME_WRONG` when no peer was made by {@link createPeer}
 * @example
 * const acts = clusterActs(peer.procedures, { peer: scheduler.peer, server: 0 });
 * await acts.setWeight(job.id, 3);
 */
export function clusterActs(procedures: Procedures, scheduler: Endpoint): ClusterActs {
  return half().clusterActs(procedures, scheduler);
}

/** Whoever has a peer has loaded it. */
function half(): NetworkHalf {
  if (loaded !== undefined) return loaded;
  throw new SkeinError("RUNTIME_WRONG", "no peer has been made in this process", {
    hint: "make one by startPeer, joinPage or createPeer, and pass that",
  });
}
