/** The public face of a peer, and what host packages need besides. */
import type { Address, Endpoint, Labels, Location, Role } from "../contracts/endpoint.ts";
import type { Link } from "../contracts/link.ts";
import type { Operation } from "../contracts/operation.ts";
import type { Procedures } from "../contracts/procedures.ts";
import type { Router } from "../contracts/router.ts";
import type { CloseOptions, WaitOptions } from "../contracts/wait.ts";
import type { ClusterId, PeerId } from "../ids.ts";
import type { Logger } from "../logger.ts";
import type { Platform } from "../platform.ts";
import type { Subscribable } from "../message/channel.ts";
import type { LocateOptions, NameKind, RegisterOptions } from "../message/names.ts";
import type { Named } from "../message/registry.ts";
import type { Runtime } from "../task/runtime.ts";
import type { Bulk } from "./bulk.ts";
import type { PeerEvent } from "./events.ts";
import type { FilePlaceOptions, FileRemoved, FileSent, SendFileOptions } from "./files.ts";
import type { NamedBytes } from "./files-source.ts";
import type { FileStore } from "./files-store.ts";
import type { Naps } from "./naps.ts";
import type { NetworkHost, NetworkHostOptions } from "./network.ts";
import type { PeerStore } from "./peer-store.ts";
import type { LinkInfo } from "./traffic.ts";
import type { InviteRequest } from "./standing.ts";

/** A peer that is connected now. */
export interface PeerInfo {
  readonly peer: PeerId;
  readonly name: string;
  /** What it was given to be told apart by. Its own word: nothing is proved by them. */
  readonly labels: Labels;
  readonly roles: readonly Role[];
  readonly addresses: readonly Address[];
  /** What carries the connection: "tcp", "ws", "wss", "webrtc", "relay", "memory". */
  readonly transport: string;
  /** Whether nothing was heard of it for a while, or its connection dropped; it may come back. */
  readonly suspected: boolean;
}

export interface PeerOptions {
  /** What others see it as. Default: the first characters of its id. */
  readonly name?: string;
  /** What it is told apart by, shown in `peers()` of others: at most 64, of up to 256 characters. */
  readonly labels?: Labels;
  /** The text or link of an invite into a cluster. */
  readonly invite?: string;
  /**
   * The secret of a cluster, at least 80 bits (`skein secret` makes one): it gives the cluster's id and proves membership.
   * Whoever has it holds every role but `tab` and `viewer`. Not together with `invite`: those are other clusters.
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
   * Whether connections of peers that nobody can dial, such as pages, may become direct ones by WebRTC. Default true,
   * where the host has it.
   */
  readonly webRtc?: boolean;
  /** Ports of UDP that WebRTC may use, the first and the last, for a firewall. Default: any. Only on Node. */
  readonly udpPorts?: readonly [first: number, last: number];
  /**
   * Which multiaddrs may be dialled, where a page's content security policy blocks the others: those are passed over.
   * Default: all.
   */
  readonly mayDial?: (address: Address) => boolean;
  /** A certificate and its key, as PEM text, for listening on `wss://`. */
  readonly tls?: { readonly cert: string; readonly key: string };
  /** Peers to keep connected, for ever. */
  readonly peers?: readonly Address[];
  /** Addresses to join at, instead of those of the invite. */
  readonly addresses?: readonly Address[];
  /** Where identity and certificates are kept. Default: in memory, so that identity is fresh. */
  readonly store?: PeerStore;
  /**
   * Whether to make a new cluster when there is neither an invite nor one in the store. Default true; with false that
   * is the error `NO_CLUSTER`.
   */
  readonly newCluster?: boolean;
  /** Roles of the owner of a cluster's key. Default: all but "tab" and "viewer". */
  readonly roles?: readonly Role[];
  /** The runtime to join to the network. Default: the default runtime. */
  readonly runtime?: Runtime;
  readonly logger?: Logger;
  /**
   * How long a peer whose connection dropped, or that is silent, may stay away before it is lost, in milliseconds.
   * Meanwhile what is sent to it waits, and nothing is lost. Default 30 s; a tab whose connection has ended is waited
   * for 8 s, or as long as this says where that is more than the default.
   */
  readonly lingerMs?: number;
  /** How often it is asked whether it is there, in milliseconds. Default 5 s, or a sixth of `lingerMs` if that is less. */
  readonly heartbeatMs?: number;
  /** Where files of other peers go. Default: nowhere, they are refused. */
  readonly files?: FileStore;
  /** Largest file taken from another peer, in bytes. Default 4 GiB. */
  readonly maxFileBytes?: number;
  /** For tests and the simulator: another network than libp2p. */
  readonly network?: (options: NetworkHostOptions) => Promise<NetworkHost>;
}

/** A runtime's place among others: it finds, reaches and is reached by peers of its cluster. */
export interface Peer {
  readonly id: PeerId;
  readonly name: string;
  readonly cluster: ClusterId;
  /** What this peer may do, by its certificate. */
  readonly roles: readonly Role[];
  /** Its id and the addresses others reach it by, now. */
  readonly location: Location;
  /** Everybody connected now. */
  peers(): readonly PeerInfo[];
  /**
   * Every change; a new reader or subscriber first gets how things stand, a `connected` for each peer that is. Slow
   * readers lose the oldest first.
   */
  readonly events: Subscribable<PeerEvent>;
  /**
   * Connects to a peer of the cluster. Acts at once.
   *
   * @throws {SkeinError} `PEER_UNREACHABLE`, `NOT_A_MEMBER` when it is of another cluster, `OPTION_INVALID`
   */
  connect(target: Address | Location, options?: WaitOptions): Operation<PeerInfo>;
  /**
   * Ends the session with a peer, and does not reconnect; what is still connecting to it fails. What was sent to it
   * before may arrive first, for up to 5 s.
   */
  disconnect(target: PeerId | Location): void;
  /**
   * A text that lets others join. Here when this peer holds the cluster's key, else by asking a connected peer that does.
   *
   * @throws {SkeinError} `ROLE_FORBIDS` when this peer is no operator, `NO_CLUSTER` when nobody who can is connected
   */
  invite(request: InviteRequest, options?: WaitOptions): Operation<string>;
  /**
   * Sends a peer away for good, by its id, everywhere within moments; it can't come back, and the invite it joined by ends.
   * Or an invite, by its text or id: nobody can use it any more, and everybody who joined by it is sent away.
   *
   * @throws {SkeinError} `ROLE_FORBIDS` when this peer is no operator, `NO_CLUSTER` when nobody who holds the cluster's key
   *   is connected, `OPTION_INVALID` for what is neither, or holds the key itself
   */
  revoke(target: PeerId | string, options?: WaitOptions): Operation<void>;
  /** The functions of the same names, for this peer's runtime. */
  readonly register: (name: string, thing: Named, options?: RegisterOptions) => void;
  readonly unregister: (name: string, options?: { readonly kind?: NameKind }) => void;
  readonly locate: <T extends Named>(name: string, options?: LocateOptions) => Operation<T>;
  /**
   * Where the peer of this name is; waits for one that joins later. Of several, one of them.
   *
   * @throws {SkeinError} `TIMEOUT`
   * @example
   * const there = yield* peer.locatePeer("backup", { timeoutMs: 5000 });
   */
  locatePeer(name: string, options?: WaitOptions): Operation<Location>;
  /**
   * Sends a file to a peer: one of this host by its path, or bytes or a Blob under a name. It is there whole or not at
   * all, with its time and whether it is executable. What is the same already is not sent, and a transfer that was
   * interrupted goes on where it was. Acts at once, and ends with its time, its signal or the task that waits for it;
   * only one may wait.
   *
   * @throws {SkeinError} `FILE_EXISTS` when another file of that name is there and not to be replaced: `cause` says of
   *   what size and time; `FILE_TOO_LARGE`, `PATH_FORBIDDEN`, `FILE_FAILED` with the system's reason on either side;
   *   `ROLE_FORBIDS` for tabs and viewers, and when somebody else's file would be replaced; `ABILITY_NOT_GRANTED` when
   *   that peer takes no files; `PEER_LOST`, `PEER_UNREACHABLE`, `TIMEOUT`
   * @example
   * yield* peer.sendFile(there, "report.csv", { to: "reports/2026", timeoutMs: MINUTE_MS });
   * await peer.sendFile(there, { name: "greeting.txt", bytes: new TextEncoder().encode("hello") });
   */
  sendFile(to: Location | PeerId, file: string | NamedBytes, options?: SendFileOptions): Operation<FileSent>;
  /**
   * Removes a file that was sent to a peer, and the folders that are empty then.
   *
   * @throws {SkeinError} `ROLE_FORBIDS` when somebody else sent it; `PATH_FORBIDDEN`, `FILE_FAILED`,
   *   `ABILITY_NOT_GRANTED`, `PEER_LOST`, `PEER_UNREACHABLE`, `TIMEOUT`
   * @example
   * yield* peer.removeFile(there, "report.csv", { to: "reports/2026" });
   */
  removeFile(at: Location | PeerId, name: string, options?: FilePlaceOptions): Operation<FileRemoved>;
  /**
   * Ends its sessions and stops listening, once what was sent has arrived: it waits for that up to `timeoutMs` (default
   * 5 s), and not at all with `cancel`. A peer that is away is waited for only when messages or large values to it are
   * under way. Then everybody is told goodbye, and has half a second to hear it. Answers to what was asked of others are
   * not waited for. Twice does nothing.
   */
  close(options?: CloseOptions): Operation<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** A peer as host packages and the cluster layer use it. */
export interface PeerHost extends Peer {
  /** Undoes {@link Peer.connect}: a session there is stays, but is not made again when it ends. */
  release(peer: PeerId): void;
  readonly runtime: Runtime;
  readonly platform: Platform;
  readonly router: Router;
  readonly procedures: Procedures;
  /** Transfers piece by piece, for what is too large for a message. */
  readonly bulk: Bulk;
  /** The connections to those connected now, with what went over them. */
  links(): readonly LinkInfo[];
  /** Whether this peer holds the cluster's key: it makes invites itself. */
  readonly ownsCluster: boolean;
  /** Calls back whenever an invite was made, redeemed or ended here, where the cluster's key is held. */
  onInvites(listener: () => void): Disposable;
  /** Calls back when nothing is heard of a connected peer for a while, and when it is back. */
  onSuspected(listener: (peer: PeerId, suspected: boolean) => void): Disposable;
  /** The network in which a connected peer was seen, as a text that is the same for its neighbours, where that can be told. */
  networkOf(peer: PeerId): string | undefined;
  /** Roles of a connected peer; none when it isn't. */
  rolesOf(peer: PeerId): readonly Role[];
  /** For a host that may sleep: says so to the others, and looks after all connections when it is back. */
  readonly naps: Pick<Naps, "mayBeSilent" | "wake">;
  /** Remembers how to reach a peer: it is dialled when something is sent to it. */
  learn(location: Location): void;
  /**
   * Puts a server process behind this peer, as `id/server`. Frames to and from it are forwarded by their header;
   * procedures reach it only from whom `allowControl` lets through. Disposing is {@link PeerHost.serverLost}.
   */
  attachServer(server: number, link: Link, allowControl: (from: Endpoint) => boolean): Disposable;
  /** Tells everybody who talked with this server process that it is gone. */
  serverLost(server: number, error: Error): void;
}
