/** Starts a peer. */
import type { Operation } from "../contracts/operation.ts";
import type { Platform } from "../platform.ts";
import { Deferred } from "../task/deferred.ts";
import { showBy } from "../task/show.ts";
import { peerText } from "./identity.ts";
import type { PeerHost, PeerOptions } from "./peer-host.ts";
import { checkPeerOptions } from "./peer-options.ts";
import { memoryPeerStore } from "./peer-store.ts";
import { RunningPeer } from "./running-peer.ts";
import { Standing } from "./standing.ts";

/**
 * Starts a peer and attaches its runtime to the network. Acts at once.
 *
 * @throws {SkeinError} `INVITE_EXPIRED`, `INVITE_USED`, `NOT_A_MEMBER` and `PEER_UNREACHABLE` when joining by the invite
 *   fails; `NO_CLUSTER`; `OPTION_INVALID`; `RUNTIME_WRONG` when the platform has no network
 * @example
 * const peer = await createPeer(platform, { listen: ["127.0.0.1:0"] });
 * const invite = await peer.invite({ roles: ["client"] });
 */
export function createPeer(platform: Platform, options: PeerOptions = {}): Operation<PeerHost> {
  const started = new Deferred<PeerHost>("the peer to start");
  startPeerHost(platform, options).then(
    (peer) => started.resolve(peer),
    (error: unknown) => started.reject(error),
  );
  return started;
}

/** The same as a promise. */
export async function startPeerHost(platform: Platform, options: PeerOptions): Promise<PeerHost> {
  const store = options.store ?? memoryPeerStore();
  let peer: RunningPeer | undefined;
  try {
    checkPeerOptions(options);
    const standing = await Standing.load(platform, store, {
      newCluster: options.newCluster ?? true,
      ...(options.invite === undefined ? {} : { invite: options.invite }),
      ...(options.secret === undefined ? {} : { secret: options.secret }),
      ...(options.roles === undefined ? {} : { roles: options.roles }),
    });
    peer = new RunningPeer(platform, standing, options);
    await peer.start();
    return peer;
  } catch (error) {
    if (peer === undefined) store.close?.();
    else await peer.close({ cancel: true });
    throw error;
  }
}

showBy(RunningPeer, (peer) => {
  const connected = peer.peers().length;
  return `Peer(${peerText(peer.id, peer.name)}, ${connected === 1 ? "1 peer" : `${connected} peers`} connected)`;
});
