/** The node of this machine: server processes, code store and load meter behind a peer. */
import { join, resolve } from "node:path";
import { arch, platform } from "node:process";
import type { Location, Logger, PeerHost, PeerId } from "@skein/runtime";
import { type Node, startNode } from "@skein/runtime/network";
import { openCodeStore } from "./code/code-store.ts";
import type { Config } from "./config.ts";
import type { DataDirectory } from "./data-directory.ts";
import { jobFolders } from "./files/job-folders.ts";
import { parseAllow } from "./isolation/allow-words.ts";
import { aboutNode } from "./servers/about-node.ts";
import { createLoadMeter } from "./servers/load.ts";
import { checkServers, createServerHost } from "./servers/server-host.ts";

export interface NodeHereOptions {
  readonly config: Config;
  readonly data: DataDirectory;
  readonly peer: PeerHost;
  readonly scheduler: Location;
  readonly logger: Logger;
  /** Whether a client is of this machine's own `skein up`: his code runs trusted unless he asks for less. */
  readonly isOwner?: (client: PeerId) => boolean;
  /** The clients it was for (`serve`) have closed their jobs. */
  readonly onServed?: () => void;
  readonly onSchedulerLost?: (error: Error) => void;
}

/**
 * Whether this machine can keep what its node promises: before anybody is told of it.
 *
 * @throws {SkeinError} `OPTION_INVALID` that says what to do
 */
export function checkNodeHere({ allow, isolation }: Config): void {
  parseAllow(allow);
  checkServers(isolation);
}

/** Starts this machine's node; closing it ends its server processes. */
export function startNodeHere(options: NodeHereOptions): Node {
  const { config, data, peer, scheduler, logger, isOwner, onServed, onSchedulerLost } = options;
  const code = openCodeStore(data.codePath);
  return startNode(peer, {
    scheduler,
    host: createServerHost({
      peer: peer.id,
      servers: config.servers,
      codePath: data.codePath,
      dataPath: data.path,
      ...(config.isolation === undefined ? {} : { isolation: config.isolation }),
      allow: parseAllow(config.allow),
      owned: isOwner !== undefined,
      ...(config.serverMemory === undefined ? {} : { memoryLimitBytes: config.serverMemory }),
      ...(config.serverDisk === undefined ? {} : { diskLimitBytes: config.serverDisk }),
      ...(config.packages === undefined ? {} : { packagesPath: resolve(config.packages) }),
      logger,
    }),
    code,
    folders: jobFolders(join(data.path, "jobs"), {
      ...(config.maxFile === undefined ? {} : { maxFileBytes: config.maxFile }),
      ...(config.serverDisk === undefined ? {} : { maxBytes: config.serverDisk }),
    }),
    name: config.name,
    platform: `${platform}-${arch}`,
    labels: config.label,
    load: createLoadMeter(data.path),
    about: aboutNode(data.path),
    logger,
    ...(isOwner === undefined ? {} : { isOwner }),
    ...(config.serve === undefined ? {} : { maxClients: config.serve }),
    ...(config.zombieMs === undefined ? {} : { zombieMs: config.zombieMs }),
    ...(onServed === undefined ? {} : { onServed }),
    ...(onSchedulerLost === undefined ? {} : { onSchedulerLost }),
  });
}
