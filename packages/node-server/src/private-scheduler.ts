/** `connect({ private: true })`: a scheduler in this process, for nodes that share its secret. */
import { type Address, type Logger, SkeinError } from "@skein/runtime";
import { startScheduler } from "@skein/runtime/network";
import { createNodePeer } from "./create-node-peer.ts";
import { folderStore } from "./files/folder-store.ts";
import type { JoinedCluster } from "./join-cluster.ts";
import { NodesAwaited } from "./nodes-awaited.ts";

export interface PrivateOptions {
  readonly name: string;
  readonly logger?: Logger;
  /** Default: that of `SKEIN_SECRET`. */
  readonly secret?: string;
  /** Nodes to take. Default: those of `SKEIN_PEER`; without any they are looked for on the local network. */
  readonly nodes?: readonly Address[];
  /** Where nodes reach this process. Default: nowhere, it dials them. */
  readonly listen?: readonly Address[];
  /** Folder for files of other peers. Default: they are refused. */
  readonly files?: string;
  readonly maxFileBytes?: number;
}

/** A peer with a scheduler of its own. Errors: `OPTION_INVALID` without a secret, `SECRET_WEAK`. */
export async function joinPrivately(options: PrivateOptions): Promise<JoinedCluster> {
  const { name, logger, secret = process.env["SKEIN_SECRET"], listen = [] } = options;
  const nodes = options.nodes ?? process.env["SKEIN_PEER"]?.split(",") ?? [];
  if (secret === undefined || secret === "") {
    throw new SkeinError(
      "OPTION_INVALID",
      "a private scheduler takes nodes that share its secret, and none was given",
      {
        hint: "connect({ private: true, secret }) and SKEIN_SECRET=… skein node; skein secret makes one",
      },
    );
  }
  const logs = logger === undefined ? {} : { logger };
  const { files, maxFileBytes } = options;
  const peer = await createNodePeer({
    name,
    ...logs,
    ...(files === undefined ? {} : { files: folderStore(files) }),
    ...(maxFileBytes === undefined ? {} : { maxFileBytes }),
    secret,
    listen,
    peers: nodes,
    discover: nodes.length === 0,
  });
  const scheduler = startScheduler(peer, logs);
  const awaited = new NodesAwaited({
    named: nodes,
    count: () => ({ peers: peer.peers().length, nodes: scheduler.snapshot().nodes.length }),
    // Without a logger nobody would hear why the program stands still.
    say: (text) =>
      logger === undefined ? process.emitWarning(text, "SkeinWarning") : logger.warn("nodes.awaited", { text }),
  });
  const end = (): void => {
    awaited.close();
    scheduler.close();
  };
  return { peer, scheduler: peer.location, end };
}
