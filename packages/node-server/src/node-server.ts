/** `skein node` as a library: this machine's cores for a cluster. */
import { type Location, type Logger, type PeerHost, SkeinError } from "@skein/runtime";
import { findScheduler } from "@skein/runtime/network";
import type { Config } from "./config.ts";
import { createNodePeer } from "./create-node-peer.ts";
import { openDataDirectory } from "./data-directory.ts";
import { schedulerOf } from "./join-cluster.ts";
import { readKnownScheduler, saveKnownScheduler } from "./known-cluster.ts";
import { networkOptions } from "./network-options.ts";
import { startNodeHere } from "./node-here.ts";
import { folderStore } from "./files/folder-store.ts";
import { filePeerStore } from "./platform/peer-store.ts";

export interface NodeServerOptions {
  readonly invite?: string;
  /** Ends the wait for a scheduler. */
  readonly signal?: AbortSignal;
}

export interface NodeServer {
  readonly peer: PeerHost;
  /** Ends everything below it; twice does nothing. */
  close(): Promise<void>;
}

/**
 * Joins a cluster by `invite`, by the secret of `config`, or by the certificate that an earlier invite left in the data
 * directory, and serves it. With a secret it waits for a scheduler as long as it takes; `signal` ends that.
 *
 * @throws {SkeinError} `NO_CLUSTER` with none of them; `NOT_A_MEMBER`, `INVITE_EXPIRED`, `INVITE_USED`, `PEER_UNREACHABLE`
 */
export async function startNodeServer(
  config: Config,
  logger: Logger,
  options: NodeServerOptions = {},
): Promise<NodeServer> {
  const { invite, signal } = options;
  const secret = invite === undefined ? config.secret : undefined;
  await using opened = new AsyncDisposableStack();
  const data = opened.use(openDataDirectory(config.data));
  const store = filePeerStore(data.path);
  const known = invite === undefined ? readKnownScheduler(data.path) : undefined;
  if (invite === undefined && secret === undefined && (await store.load()).certificate === undefined) {
    throw new SkeinError("NO_CLUSTER", "this machine belongs to no cluster yet", {
      hint: "give an invite: skein node INVITE (skein up and skein invite print one), or the secret of a cluster",
    });
  }
  const network = await networkOptions(config);
  const peer = opened.use(
    await createNodePeer({
      ...network,
      store,
      files: folderStore(data.filesPath),
      newCluster: false,
      name: config.name,
      ...(invite === undefined ? {} : { invite }),
      ...(secret === undefined ? {} : { secret }),
      peers: [...network.peers, ...(known?.addresses ?? [])],
      logger,
    }),
  );
  // Where a secret is shared, another peer may schedule by now.
  const scheduler =
    (secret === undefined ? known : undefined) ?? (await schedulerFor(peer, secret !== undefined, logger, signal));
  saveKnownScheduler(data.path, scheduler);
  const node = startNodeHere({ config, data, peer, scheduler, logger });
  opened.defer(async () => await node.close());
  const all = opened.move();
  return { peer, close: () => all.disposeAsync() };
}

/** Whoever invited schedules, or knows who does; where a secret is shared, the scheduler may start later. */
async function schedulerFor(peer: PeerHost, waits: boolean, logger: Logger, signal?: AbortSignal): Promise<Location> {
  if (!waits) return await schedulerOf(peer);
  logger.info("scheduler.awaited", { cluster: peer.cluster });
  return await findScheduler(peer, signal === undefined ? {} : { signal });
}
