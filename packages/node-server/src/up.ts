/** `skein up` and `skein scheduler` as a library: scheduler, node and console of this machine in one process. */
import { join } from "node:path";
import { type Logger, MINUTE_MS, type PeerHost, type PeerStore, type Role, SkeinError } from "@skein/runtime";
import { deriveSecret, ordersIn, startScheduler } from "@skein/runtime/network";
import { cleanUp } from "./clean-up.ts";
import type { Config } from "./config.ts";
import { isLoopback } from "./console-http/guard.ts";
import { consolePages } from "./console-http/pages.ts";
import { type ConsoleTls, startConsole } from "./console-http/start-console.ts";
import { startJoinPageHere } from "./join-page-here.ts";
import { createNodePeer } from "./create-node-peer.ts";
import { openDataDirectory } from "./data-directory.ts";
import { tlsOf, withNetwork } from "./network-options.ts";
import { checkNodeHere, startNodeHere } from "./node-here.ts";
import { Owners } from "./owner.ts";
import type { MetricsSource } from "./metrics/cluster-metrics.ts";
import type { MetricsServer } from "./metrics/metrics-server.ts";
import { nodePlatform } from "./platform/installed.ts";
import { folderStore } from "./files/folder-store.ts";
import { filePeerStore } from "./platform/peer-store.ts";
import { secretFile } from "./secret-file.ts";
import { removeUpState, writeUpState } from "./up-state.ts";

/** What the peer of `skein up` is in its cluster; that of `skein scheduler` is no node. */
const ROLES: readonly Role[] = ["scheduler", "operator", "node", "peer"];
const SCHEDULER_ROLES: readonly Role[] = ["scheduler", "operator", "peer"];
const SESSION_KEY_BYTES = 32;

export interface UpParts {
  /** Whether this machine's cores are part of it. Default true. */
  readonly node?: boolean;
}

export interface Up {
  readonly config: Config;
  readonly peer: PeerHost;
  /** A link that opens the console, once; `undefined` without a console. */
  consoleLink(): string | undefined;
  /** SHA-256 of the console's certificate, where one was made for it. */
  readonly fingerprint?: string;
  /** Where Prometheus finds metrics, where they are served. */
  readonly metrics?: string;
  /** Where browsers join: the page, or with an invite the link for one; `undefined` without a join page. */
  joinLink(invite?: string): string | undefined;
  /** Ends everything below it; twice does nothing. */
  close(): Promise<void>;
}

/**
 * Starts a cluster on this machine. The cluster's key is kept in the data directory: invites and certificates outlive
 * a restart.
 *
 * @throws {SkeinError} `OPTION_INVALID` when the data directory or a port asked for is taken
 */
export async function startUp(config: Config, logger: Logger, parts: UpParts = {}): Promise<Up> {
  const { node = true } = parts;
  if (node) checkNodeHere(config);
  await using opened = new AsyncDisposableStack();
  if (config.clean) await cleanUp(config.data);
  const data = opened.use(openDataDirectory(config.data));
  const store = filePeerStore(data.path);
  if (config.secret !== undefined) await keepClusterKey(store, config.secret);
  const peer = opened.use(
    await withNetwork(config, (network) =>
      createNodePeer({
        store,
        files: folderStore(data.filesPath),
        ...(config.secret === undefined ? {} : { secret: config.secret }),
        name: config.name,
        newCluster: true,
        roles: node ? ROLES : SCHEDULER_ROLES,
        ...network,
        logger,
      }),
    ),
  );
  const owners = opened.use(new Owners(peer, data.path));
  const { zombieMs, quantumMs, showArgs } = config;
  const scheduler = startScheduler(peer, {
    logger,
    showArgs,
    orders: await ordersIn(store, logger),
    ...(zombieMs === undefined ? {} : { zombieMs }),
    ...(quantumMs === undefined ? {} : { quantumMs }),
  });
  opened.defer(() => scheduler.close());
  if (node) {
    const here = startNodeHere({ config, data, peer, scheduler: peer.location, isOwner: owners.has, logger });
    opened.defer(async () => await here.close());
  }
  const console = config.console
    ? opened.use(
        await startConsole({
          host: config.consoleHost,
          ...(config.consolePort === undefined ? {} : { port: config.consolePort }),
          ...consoleTlsOf(config),
          dataPath: data.path,
          pages: consolePages(),
          peer: peer.id,
          sessionKey: secretFile(join(data.path, "session.key"), SESSION_KEY_BYTES),
          addresses: () => peer.location.addresses,
          session: async () => ({
            invite: await peer.invite({ roles: ["viewer", "operator"], forMs: MINUTE_MS, listed: false }),
            scheduler: scheduler.endpoint,
          }),
          logger,
        }),
      )
    : undefined;
  const consoleLink = (): string | undefined => console?.loginUrl();
  opened.use(answerConsole(peer, consoleLink));
  const metrics = await startMetricsHere(config, { scheduler, peer }, logger);
  if (metrics !== undefined) opened.use(metrics);
  const page = await startJoinPageHere(config, peer, logger);
  if (page !== undefined) opened.use(page);
  const joinLink: Up["joinLink"] = (invite) => (invite === undefined ? page?.url : page?.link(invite));
  opened.use(answerJoinPage(peer, joinLink));
  writeUpState(data.path, {
    peer: peer.id,
    cluster: peer.cluster,
    addresses: peer.location.addresses,
    ...(console === undefined ? {} : { console: console.url }),
  });
  opened.defer(() => removeUpState(data.path));
  const all = opened.move();
  const { fingerprint } = console ?? {};
  return {
    config,
    peer,
    consoleLink,
    ...(fingerprint === undefined ? {} : { fingerprint }),
    ...(metrics === undefined ? {} : { metrics: metrics.url }),
    joinLink,
    close: () => all.disposeAsync(),
  };
}

async function startMetricsHere(
  { metricsHost: host, metricsPort: port }: Config,
  source: MetricsSource,
  logger: Logger,
): Promise<MetricsServer | undefined> {
  if (port === undefined) return undefined;
  // Its library is loaded when it is wanted.
  const { startMetrics } = await import("./metrics/metrics-server.ts");
  return await startMetrics({ ...source, host, port, logger });
}

/** On loopback a certificate is for others: nobody has one for 127.0.0.1. */
function consoleTlsOf(config: Config): { readonly tls?: ConsoleTls } {
  if (!config.tlsAuto) return isLoopback(config.consoleHost) ? {} : tlsOf(config);
  if (config.tlsCert === undefined) return { tls: "auto" };
  throw new SkeinError("OPTION_INVALID", "--tls-auto makes a certificate, and --tls-cert names one", {
    hint: "give one of them",
  });
}

/**
 * Programs of this user find the cluster by the key in the data directory, not by the secret. A key that is there already
 * is of another cluster, unless it is this one: starting the peer says so.
 */
async function keepClusterKey(store: PeerStore, secret: string): Promise<void> {
  const { cluster } = deriveSecret(nodePlatform(), secret);
  if ((await store.load()).clusterKey === undefined) await store.save({ clusterKey: cluster.privateKey });
}

/** For `skein console`: a login link, for operators only. */
function answerConsole(peer: PeerHost, consoleLink: Up["consoleLink"]): Disposable {
  return peer.procedures.handle("up.console", { parse: () => undefined, roles: ["operator"] }, () => {
    const link = consoleLink();
    if (link !== undefined) return link;
    throw new SkeinError("OPTION_INVALID", "this skein up serves no console", {
      hint: "start it without --no-console",
    });
  });
}

/** For `skein invite --role tab`: where the page is. */
function answerJoinPage(peer: PeerHost, joinLink: Up["joinLink"]): Disposable {
  return peer.procedures.handle("up.join", { parse: () => undefined, roles: ["operator"] }, () => joinLink() ?? null);
}
