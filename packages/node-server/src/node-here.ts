/** The node of this machine: server processes, code store and load meter behind a peer. */
import { resolve } from "node:path";
import { arch, platform } from "node:process";
import { pathToFileURL } from "node:url";
import type { Location, Logger, PeerHost } from "@skein/runtime";
import { type Node, startNode } from "@skein/runtime/network";
import { openCodeStore } from "./code/code-store.ts";
import type { Config } from "./config.ts";
import type { DataDirectory } from "./data-directory.ts";
import { createLoadMeter } from "./servers/load.ts";
import { createServerHost } from "./servers/server-host.ts";

export interface NodeHereOptions {
  readonly config: Config;
  readonly data: DataDirectory;
  readonly peer: PeerHost;
  readonly scheduler: Location;
  readonly logger: Logger;
  /** The clients it was for (`serve`) have closed their jobs. */
  readonly onServed?: () => void;
  readonly onSchedulerLost?: (error: Error) => void;
}

/** Starts this machine's node; closing it ends its server processes. */
export function startNodeHere(options: NodeHereOptions): Node {
  const { config, data, peer, scheduler, logger, onServed, onSchedulerLost } = options;
  const code = openCodeStore(data.codePath);
  const codeUrl = `${pathToFileURL(data.codePath).href}/`;
  return startNode(peer, {
    scheduler,
    host: createServerHost({
      peer: peer.id,
      servers: config.servers,
      codeUrl,
      ...(config.packages === undefined ? {} : { packagesPath: resolve(config.packages) }),
      logger,
    }),
    code,
    name: config.name,
    platform: `${platform}-${arch}`,
    labels: config.label,
    load: createLoadMeter(data.path),
    logger,
    ...(config.serve === undefined ? {} : { maxClients: config.serve }),
    ...(config.zombieMs === undefined ? {} : { zombieMs: config.zombieMs }),
    ...(onServed === undefined ? {} : { onServed }),
    ...(onSchedulerLost === undefined ? {} : { onSchedulerLost }),
  });
}
