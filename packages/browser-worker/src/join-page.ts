/** A page that joins a cluster as a peer: it talks, or is a client, and runs nobody's code. */
import {
  type Address,
  createPeer,
  type Logger,
  type Operation,
  type Peer,
  type PeerHost,
  type PeerOptions,
  type PeerStore,
  type Runtime,
} from "@skein/runtime";
import { installedPlatform } from "@skein/runtime/host";
import { createBrowserPlatform } from "./platform.ts";

export interface JoinPageOptions {
  /** The text or link of an invite; a link may also be the page's own address. */
  readonly invite: string;
  /** Where to join, instead of the invite's addresses. */
  readonly addresses?: readonly Address[];
  /** What others see it as. Default: the first characters of its id. */
  readonly name?: string;
  /**
   * Whether connections may become direct ones by WebRTC: to programs, and to other pages, which are reached through a
   * program at first. Default true, where the browser has it.
   */
  readonly webRtc?: boolean;
  /** The runtime to join to the network. Default: the default runtime. */
  readonly runtime?: Runtime;
  /** Where its identity and certificate are kept. Default: in memory, so that each load of the page is a new peer. */
  readonly store?: PeerStore;
  readonly logger?: Logger;
}

/**
 * Joins the cluster of `invite` over WebSocket, with a fresh identity; connections become direct ones where they can. Acts at once. Later it reconnects for ever, with
 * pauses of up to 15 s; `peer.events` tells how it stands.
 *
 * @throws {SkeinError} `PEER_UNREACHABLE`, `INVITE_EXPIRED`, `INVITE_USED`, `NOT_A_MEMBER`
 * @example
 * await using peer = await joinPage({ invite: location.hash.slice(1) });
 * const board = await locate<Channel<Note>>("board");
 */
export function joinPage(options: JoinPageOptions): Operation<Peer> {
  return joinPageHost(options);
}

/** What packages may say beside that. */
export interface JoinPageHostOptions extends JoinPageOptions, Pick<PeerOptions, "mayDial"> {}

/** The same with the parts that packages need, such as the console. */
export function joinPageHost(options: JoinPageHostOptions): Operation<PeerHost> {
  const joined = createPeer(installedPlatform() ?? createBrowserPlatform(), { ...options, newCluster: false });
  joined.then(sayGoodbyeWhenLeft, () => {});
  return joined;
}

/** A page that goes for good tells so: the others need not wait whether it comes back. */
function sayGoodbyeWhenLeft(peer: PeerHost): void {
  addEventListener("pagehide", ({ persisted }) => {
    // A page in the back/forward cache may come back and go on.
    if (!persisted) void peer.close({ cancel: true });
  });
}
