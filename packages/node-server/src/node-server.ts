/** `skein node` as a library: this machine's cores for a cluster. */
import { isSkeinError, type Location, type Logger, type PeerHost, SkeinError } from "@skein/runtime";
import { findScheduler } from "@skein/runtime/network";
import { cleanUp } from "./clean-up.ts";
import type { Config } from "./config.ts";
import { createNodePeer } from "./create-node-peer.ts";
import { startJoinPageHere } from "./join-page-here.ts";
import { openDataDirectory } from "./data-directory.ts";
import { readKnownScheduler, saveKnownScheduler } from "./known-cluster.ts";
import { withNetwork } from "./network-options.ts";
import { NodeAtWork, type NodeStatus } from "./node-at-work.ts";
import { checkNodeHere } from "./node-here.ts";
import { folderStore } from "./files/folder-store.ts";
import { filePeerStore } from "./platform/peer-store.ts";
import { serviceHours } from "./service-hours.ts";

export interface NodeServerOptions {
  readonly invite?: string;
  /** Ends the wait for a scheduler. */
  readonly signal?: AbortSignal;
  /** Called when it is a member, and nobody schedules yet. */
  readonly onWaiting?: (peer: PeerHost) => void;
}

export interface NodeServer {
  readonly peer: PeerHost;
  /** Where browsers join with an invite put behind `#`; `undefined` without a join page. */
  readonly joinPage: string | undefined;
  /** How it stands. */
  status(): NodeStatus;
  /** Takes no new work; what runs may end. */
  hold(): void;
  /** Takes work again. */
  release(): void;
  /** Resolves when nothing runs here any more, after `hold()`. */
  idle(): Promise<void>;
  /** Resolves when it has served the clients that it was to serve (`serve`); else never. */
  readonly served: Promise<void>;
  /** Ends everything below it; twice does nothing. */
  close(): Promise<void>;
}

/**
 * Joins a cluster by `invite`, by the secret of `config`, or by the certificate that an earlier invite left in the data
 * directory, and serves it. While nobody schedules there it waits, as long as it takes; `signal` ends that.
 *
 * @throws {SkeinError} `NO_CLUSTER` with none of them; `NOT_A_MEMBER`, `INVITE_EXPIRED`, `INVITE_USED`, `PEER_UNREACHABLE`;
 *   `OPTION_INVALID`
 */
export async function startNodeServer(
  config: Config,
  logger: Logger,
  options: NodeServerOptions = {},
): Promise<NodeServer> {
  const { invite } = options;
  const secret = invite === undefined ? config.secret : undefined;
  const hours = serviceHours(config, new Date());
  await using opened = new AsyncDisposableStack();
  checkNodeHere(config);
  if (config.clean) await cleanUp(config.data);
  const data = opened.use(openDataDirectory(config.data));
  const store = filePeerStore(data.path);
  const known = invite === undefined ? readKnownScheduler(data.path) : undefined;
  if (invite === undefined && secret === undefined && (await store.load()).certificate === undefined) {
    throw new SkeinError("NO_CLUSTER", "this machine belongs to no cluster yet", {
      hint: "give an invite: skein node INVITE (skein up and skein invite print one), or the secret of a cluster",
    });
  }
  const peer = opened.use(
    await withNetwork(config, (network) =>
      createNodePeer({
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
    ),
  );
  // Where a secret is shared, another peer may schedule by now.
  const scheduler = (secret === undefined ? known : undefined) ?? (await schedulerFor(peer, logger, options));
  saveKnownScheduler(data.path, scheduler);
  const work = opened.use(
    new NodeAtWork({
      config,
      data,
      peer,
      scheduler,
      logger,
      ...(hours === undefined ? {} : { hours }),
      // Who shares a secret may schedule, one after the other; else it is the one that was joined.
      ...(secret === undefined ? {} : { nextScheduler: (signal) => nextScheduler(peer, data.path, signal) }),
    }),
  );
  const page = await startJoinPageHere(config, peer, logger);
  if (page !== undefined) opened.use(page);
  const all = opened.move();
  return {
    peer,
    joinPage: page?.url,
    status: () => work.status(),
    hold: () => work.hold(true),
    release: () => work.hold(false),
    idle: () => work.idle(),
    served: work.served,
    close: () => all.disposeAsync(),
  };
}

/** How long a scheduler is looked for before it is said that there is none yet. */
const FIRST_LOOK_MS = 2000;

/** Whoever invited schedules, or knows who does; or the scheduler starts later. */
async function schedulerFor(
  peer: PeerHost,
  logger: Logger,
  { signal, onWaiting }: NodeServerOptions,
): Promise<Location> {
  const waits = signal === undefined ? {} : { signal };
  try {
    return await findScheduler(peer, { timeoutMs: FIRST_LOOK_MS, ...waits });
  } catch (error) {
    if (!isSkeinError(error, "TIMEOUT")) throw error;
  }
  logger.info("scheduler.awaited", { cluster: peer.cluster });
  onWaiting?.(peer);
  return await findScheduler(peer, waits);
}

async function nextScheduler(peer: PeerHost, dataPath: string, signal: AbortSignal): Promise<Location> {
  const found = await findScheduler(peer, { signal });
  saveKnownScheduler(dataPath, found);
  return found;
}
