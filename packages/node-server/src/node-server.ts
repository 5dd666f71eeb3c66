/** `skein node` as a library: this machine's cores for a cluster. */
import { type Logger, type PeerHost, SkeinError } from "@skein/runtime";
import type { Config } from "./config.ts";
import { createNodePeer } from "./create-node-peer.ts";
import { openDataDirectory } from "./data-directory.ts";
import { schedulerOf } from "./join-cluster.ts";
import { readKnownScheduler, saveKnownScheduler } from "./known-cluster.ts";
import { listenAddresses } from "./listen-addresses.ts";
import { startNodeHere } from "./node-here.ts";
import { filePeerStore } from "./platform/peer-store.ts";

export interface NodeServer {
  readonly peer: PeerHost;
  /** Ends everything below it; twice does nothing. */
  close(): Promise<void>;
}

/**
 * Joins a cluster by `invite`, or by the certificate that an earlier invite left in the data directory, and serves it.
 *
 * @throws {SkeinError} `NO_CLUSTER` with neither; `NOT_A_MEMBER`, `INVITE_EXPIRED`, `INVITE_USED`, `PEER_UNREACHABLE`
 */
export async function startNodeServer(config: Config, logger: Logger, invite?: string): Promise<NodeServer> {
  await using opened = new AsyncDisposableStack();
  const data = opened.use(openDataDirectory(config.data));
  const store = filePeerStore(data.path);
  const known = invite === undefined ? readKnownScheduler(data.path) : undefined;
  if (invite === undefined && (await store.load()).certificate === undefined) {
    throw new SkeinError("NO_CLUSTER", "this machine belongs to no cluster yet", {
      hint: "give an invite: skein node INVITE (skein up and skein invite print one)",
    });
  }
  const peer = opened.use(
    await createNodePeer({
      store,
      newCluster: false,
      name: config.name,
      ...(invite === undefined ? {} : { invite }),
      listen: await listenAddresses(config.listen),
      announce: config.announce,
      peers: [...config.peer, ...(known?.addresses ?? [])],
      logger,
    }),
  );
  const scheduler = known ?? schedulerOf(peer);
  saveKnownScheduler(data.path, scheduler);
  const node = startNodeHere({ config, data, peer, scheduler, logger });
  opened.defer(async () => await node.close());
  const all = opened.move();
  return { peer, close: () => all.disposeAsync() };
}
