/** `startPeer()`: this process becomes a peer of a cluster, or the first of a new one. */
import type { Address, Labels, Logger, Operation, Peer, PeerStore, Role, Runtime } from "@skein/runtime";
import { acting } from "./acting.ts";

export interface StartPeerOptions {
  /** What others see it as. Default: the last characters of its id. */
  readonly name?: string;
  /** What it is told apart by, shown in `peers()` of others: at most 64, of up to 256 characters. */
  readonly labels?: Labels;
  /** The text or link of an invite. Without one, and with nothing in `data`, a new cluster begins. */
  readonly invite?: string;
  /**
   * The secret of a cluster, at least 80 bits (`skein secret` makes one), in place of an invite: whoever has it is a member
   * with every role but `tab` and `viewer`.
   */
  readonly secret?: string;
  /** Where to listen: multiaddrs, `host:port`, `ws://host:port`. Default: nowhere, it only dials. */
  readonly listen?: readonly Address[];
  /** Addresses to tell others instead of those listened on. */
  readonly announce?: readonly Address[];
  /**
   * Whether to look for peers of the cluster on the local network, by multicast DNS, and to answer those that look.
   * Default: when it listens beyond this machine.
   */
  readonly discover?: boolean;
  /**
   * Whether connections of peers that nobody can dial, such as pages, may become direct ones by WebRTC. Default true.
   */
  readonly webRtc?: boolean;
  /** Ports of UDP that WebRTC may use, the first and the last, for a firewall. Default: any. */
  readonly udpPorts?: readonly [first: number, last: number];
  /** A certificate and its key, as PEM text, for listening on `wss://host:port`. */
  readonly tls?: { readonly cert: string; readonly key: string };
  /** Peers to stay connected with, for ever. */
  readonly peers?: readonly Address[];
  /** Folder that keeps identity and certificates, for one process at a time. Default: none, identity is fresh. */
  readonly data?: string;
  /** Folder for files of other peers, made when it isn't there. Default: `files` in `data`; without either they are refused. */
  readonly files?: string;
  /** Largest file taken from another peer, in bytes. Default 4 GiB. */
  readonly maxFileBytes?: number;
  /** What it is in a cluster that is its own. Default: everything but "tab" and "viewer". */
  readonly roles?: readonly Role[];
  /**
   * How long a peer whose connection dropped, or that is silent, may stay away before it is lost, in milliseconds.
   * Meanwhile what is sent to it waits, and nothing is lost. Default 30 s.
   */
  readonly lingerMs?: number;
  /** How often it is asked whether it is there, in milliseconds. Default 5 s, or a sixth of `lingerMs` if that is less. */
  readonly heartbeatMs?: number;
  /** Default: the default runtime, so that `register` and `locate` are the peer's. */
  readonly runtime?: Runtime;
  readonly logger?: Logger;
}

/**
 * Starts a peer in this process.
 *
 * Errors: `INVITE_EXPIRED`, `INVITE_USED`, `NOT_A_MEMBER`, `PEER_UNREACHABLE` when joining fails; `SECRET_WEAK`;
 * `OPTION_INVALID` when `data` is in use by another process or belongs to another cluster, and for an invite together
 * with a secret; `RUNTIME_WRONG` when the runtime belongs to another peer already.
 *
 * @example
 * await using peer = await startPeer({ listen: ["127.0.0.1:0"] });
 * const invite = await peer.invite({ roles: ["peer"] });
 */
export function startPeer(options: StartPeerOptions = {}): Operation<Peer> {
  return acting(async () => await start(options), { what: "the peer to start" });
}

async function start({ data, files, ...options }: StartPeerOptions): Promise<Peer> {
  // Loaded when they are wanted: programs of tasks alone don't pay for the network.
  (await import("./compile-cache.ts")).keepCompiled(process.env);
  const { createNodePeer } = await import("./create-node-peer.ts");
  const { folderStore } = await import("./files/folder-store.ts");
  const given = files === undefined ? {} : { files: folderStore(files) };
  if (data === undefined) return await createNodePeer({ ...options, ...given });
  const { openDataDirectory } = await import("./data-directory.ts");
  const { filePeerStore } = await import("./platform/peer-store.ts");
  const directory = openDataDirectory(data);
  // The peer closes its store with itself, also when it can't start.
  const store: PeerStore = { ...filePeerStore(directory.path), close: () => directory.close() };
  return await createNodePeer({ files: folderStore(directory.filesPath), ...options, ...given, store });
}
