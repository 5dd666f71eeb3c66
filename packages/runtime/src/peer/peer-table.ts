/** The peers this one knows: their addresses, roles and sessions; dials them when needed, and again when they should stay. */
import type { Address, Location, Role } from "../contracts/endpoint.ts";
import { SkeinError, isSkeinError, errorFrom } from "../errors.ts";
import type { PeerId } from "../ids.ts";
import type { Carrier } from "../link/carrier.ts";
import type { Logger } from "../logger.ts";
import type { Platform, TimerHandle } from "../platform.ts";
import type { Codec } from "../wire/codec.ts";
import { RECONNECT_FIRST_MS } from "../defaults.ts";
import { toMultiaddr, peerOfAddress, withPeer } from "./address.ts";
import { type Connector, type Joined, unreachable } from "./connector.ts";
import type { PeerEvent } from "./events.ts";
import type { Member } from "./handshake.ts";
import type { EndpointTable } from "./identity.ts";
import { type Known, KnownPeers } from "./known-peers.ts";
import { rolesToMask } from "./membership.ts";
import type { NetworkConnection, NetworkHost } from "./network.ts";
import { PeerSession } from "./peer-session.ts";
import { reconnectDelayMs } from "./reconnect.ts";

export interface PeerTableOptions {
  readonly platform: Platform;
  readonly logger: Logger;
  readonly self: PeerId;
  readonly table: EndpointTable;
  readonly codec: Codec;
  readonly host: () => NetworkHost;
  readonly connector: () => Connector;
  readonly onFrame: (frame: Uint8Array, from: PeerId, rolesMask: number) => void;
  readonly onEvent: (event: PeerEvent) => void;
  /** What was for this peer, or waits for its answer, fails. */
  readonly onLost: (peer: PeerId, error: SkeinError) => void;
}

/** A place that should stay connected, for ever. */
interface Desired {
  readonly addresses: readonly string[];
  peer: PeerId | undefined;
  attempt: number;
  timer: TimerHandle;
}

export class PeerTable {
  readonly #options: PeerTableOptions;
  readonly #known: KnownPeers;
  readonly #desired: Desired[] = [];
  #closed = false;

  constructor(options: PeerTableOptions) {
    this.#options = options;
    this.#known = new KnownPeers({
      platform: options.platform,
      dial: (known) => this.#dialForTraffic(known),
      isWanted: (peer) => this.#desired.some((desired) => desired.peer === peer),
    });
  }

  /** Everybody connected now. */
  members(): readonly (Member & { readonly transport: string })[] {
    const members: (Member & { readonly transport: string })[] = [];
    for (const { member, connection } of this.#known.all()) {
      if (member !== undefined && connection !== undefined)
        members.push({ ...member, transport: connection.transport });
    }
    return members;
  }

  member(peer: PeerId): Member | undefined {
    return this.#known.get(peer)?.member;
  }

  /** Whether this peer has been connected, or is. */
  isKnown(peer: PeerId): boolean {
    return this.#known.get(peer)?.joinedBefore ?? false;
  }

  rolesOf(peer: PeerId): readonly Role[] {
    return this.#known.get(peer)?.member?.roles ?? [];
  }

  locationOf(peer: PeerId): Location {
    return { peer, addresses: [...(this.#known.get(peer)?.addresses ?? [])] };
  }

  /** Remembers how to reach a peer, without dialling it. */
  learn(location: Location): void {
    if (location.peer === this.#options.self) return;
    const known = this.#known.find(location.peer);
    for (const address of location.addresses) known.addresses.add(withPeer(address, location.peer));
  }

  carrierTo(peer: PeerId): Carrier {
    return this.#known.find(peer).carrier;
  }

  /** Connects to whoever is at these addresses; when it is connected already, that is it. @throws {SkeinError} */
  async connect(addresses: readonly Address[], peer?: PeerId): Promise<Member> {
    const multiaddrs = addresses.map(toMultiaddr);
    const expected = peer ?? multiaddrs.map(peerOfAddress).find((id) => id !== undefined);
    if (expected === undefined) return this.#dial(multiaddrs, undefined);
    this.learn({ peer: expected, addresses: multiaddrs });
    return this.#reach(this.#known.find(expected));
  }

  /**
   * Keeps whoever is at these addresses connected, for ever. The promise tells how the first attempt went; unless
   * `retry` says otherwise, one that fails is the end of it.
   */
  async keep(
    addresses: readonly Address[],
    peer?: PeerId,
    options: { readonly retry?: boolean } = {},
  ): Promise<Member> {
    const before = this.#desired.find((one) => peer !== undefined && one.peer === peer);
    if (before !== undefined) return this.connect(addresses, peer);
    const desired: Desired = { addresses, peer, attempt: 0, timer: undefined };
    this.#desired.push(desired);
    try {
      const member = await this.connect(addresses, peer);
      desired.peer = member.peer;
      return member;
    } catch (error) {
      if (options.retry === true) this.#retryLater(desired);
      else this.#forget(desired);
      throw error;
    }
  }

  /** A connection, ours or the other's, on which both have joined. */
  establish({ member, connection, control, messages }: Joined): Member {
    const { table, self, platform, codec } = this.#options;
    const known = this.#known.find(member.peer);
    // The other side began anew (it lost the old connection before we noticed): its word counts.
    known.carrier.session?.abort(replaced(member.peer));
    known.member = member;
    known.joinedBefore = true;
    known.connection = connection;
    // What it says itself stands, with what was seen to work; older addresses are of earlier starts.
    if (member.addresses.length > 0) known.addresses.clear();
    for (const address of member.addresses) known.addresses.add(withPeer(address, member.peer));
    if (connection.dialled) known.addresses.add(withPeer(connection.address, member.peer));
    const rolesMask = rolesToMask(member.roles);
    const session = new PeerSession({
      platform,
      codec,
      remote: member.peer,
      selfBytes: table.bytesOf({ peer: self, server: 0 }),
      remoteBytes: table.bytesOf({ peer: member.peer, server: 0 }),
      control,
      messages,
      onFrame: (frame) => this.#options.onFrame(frame, member.peer, rolesMask),
      onLiveness: (state) => {
        if (state !== "lost") this.#options.onEvent({ type: state === "alive" ? "back" : state, peer: member.peer });
      },
      onEnd: (error) => this.#ended(known, session, connection, error),
    });
    void connection.closed.then(() => session.abort(goneError(member.peer)));
    for (const desired of this.#desired) if (desired.peer === member.peer) this.#settled(desired);
    this.#options.onEvent({
      type: "connected",
      peer: member.peer,
      name: member.name,
      roles: member.roles,
      transport: connection.transport,
    });
    known.carrier.connected(session);
    return member;
  }

  /** Whether we are dialling this peer and, of two connections, ours is to stay: the one of the lower PeerId. */
  prefersOwnDial(remote: PeerId): boolean {
    return this.#known.get(remote)?.dialling !== undefined && this.#options.self < remote;
  }

  /** Ends the session with a peer that breaks the rules. */
  abort(peer: PeerId, error: SkeinError): void {
    this.#known.get(peer)?.carrier.session?.abort(error);
  }

  /** Ends the session with a peer that is no member any more, and does not connect again. */
  expel(peer: PeerId, error: SkeinError): void {
    this.release(peer);
    this.abort(peer, error);
  }

  /** Does not connect again by itself; the session stays. */
  release(peer: PeerId): void {
    for (const desired of this.#desired.filter((one) => one.peer === peer)) this.#forget(desired);
  }

  disconnect(peer: PeerId): void {
    this.release(peer);
    const known = this.#known.get(peer);
    known?.carrier.session?.close("disconnected");
  }

  close(): void {
    this.#closed = true;
    for (const desired of this.#desired.slice()) this.#forget(desired);
    for (const { carrier } of this.#known.all()) {
      carrier.session?.close("closed");
      carrier.close();
    }
  }

  /** Something waits to be sent to a peer that isn't connected. */
  #dialForTraffic(known: Known): void {
    if (known.dialling !== undefined || this.#closed) return;
    const { platform } = this.#options;
    if (platform.now() - known.failedMs < RECONNECT_FIRST_MS) {
      // It was tried a moment ago: whoever keeps sending doesn't keep dialling.
      platform.microtask(() => {
        if (known.carrier.session === undefined) this.#fail(known, unreachable([...known.addresses], "tried just now"));
      });
      return;
    }
    this.#reach(known).catch((error: unknown) => {
      known.failedMs = platform.now();
      if (known.carrier.session === undefined) this.#fail(known, error);
    });
  }

  #fail(known: Known, error: unknown): void {
    known.carrier.disconnected();
    const reason = isSkeinError(error) ? error : unreachable([...known.addresses], error);
    this.#options.onLost(known.peer, reason);
  }

  #reach(known: Known): Promise<Member> {
    if (known.member !== undefined && known.carrier.session !== undefined) return Promise.resolve(known.member);
    known.dialling ??= this.#dial([...known.addresses], known).finally(() => {
      known.dialling = undefined;
    });
    return known.dialling;
  }

  async #dial(addresses: readonly string[], known: Known | undefined): Promise<Member> {
    if (addresses.length === 0) throw unreachable([], "ask a peer that knows it");
    try {
      return await this.#open(addresses);
    } catch (error) {
      // The other side may have sent us away because it is dialling us.
      const sentAway =
        known !== undefined && this.#options.self > known.peer && isSkeinError(error, "PEER_UNREACHABLE");
      const member = sentAway ? await this.#otherDial(known) : undefined;
      if (member !== undefined) return member;
      throw error;
    }
  }

  async #open(addresses: readonly string[]): Promise<Member> {
    const { host, connector } = this.#options;
    let here: Member | undefined;
    const joined = await connector().open(host(), addresses, (connection) => {
      const known = this.#known.get(connection.remote);
      here = known?.carrier.session === undefined ? undefined : known.member;
      if (here !== undefined && known?.connection !== connection) connection.close();
      return here !== undefined;
    });
    if (joined !== undefined) return this.establish(joined);
    if (here !== undefined) return here;
    throw unreachable(addresses, "the connection is gone");
  }

  #otherDial(known: Known): Promise<Member | undefined> {
    const { platform } = this.#options;
    if (known.carrier.session !== undefined) return Promise.resolve(known.member);
    return new Promise((resolve) => {
      const timer = platform.startTimer(OTHER_DIAL_MS, () => resolve(known.member));
      known.carrier.whenOpen(() => {
        platform.stopTimer(timer);
        resolve(known.member);
      });
    });
  }

  #ended(known: Known, session: PeerSession, connection: NetworkConnection, error: SkeinError | undefined): void {
    // Links flush what was sent before the connection goes.
    this.#options.platform.startTimer(CLOSE_LINGER_MS, () => connection.close());
    if (known.carrier.session !== session) return;
    known.member = undefined;
    known.connection = undefined;
    const reason = error ?? goneError(known.peer);
    known.carrier.disconnected();
    this.#options.onLost(known.peer, reason);
    this.#options.onEvent({ type: "lost", peer: known.peer, error: reason });
    for (const desired of this.#desired) if (desired.peer === known.peer) this.#retryLater(desired);
  }

  #retryLater(desired: Desired): void {
    if (this.#closed || desired.timer !== undefined || !this.#desired.includes(desired)) return;
    const { platform, logger } = this.#options;
    const delayMs = reconnectDelayMs(desired.attempt, () => platform.random());
    desired.attempt += 1;
    desired.timer = platform.startTimer(delayMs, () => {
      desired.timer = undefined;
      this.connect(desired.addresses, desired.peer).then(
        (member) => this.#settled(desired, member.peer),
        (error: unknown) => {
          logger.debug("peer.unreachable", { addresses: desired.addresses, error: errorFrom(error).message });
          this.#retryLater(desired);
        },
      );
    });
  }

  #settled(desired: Desired, peer = desired.peer): void {
    desired.peer = peer;
    desired.attempt = 0;
    if (desired.timer !== undefined) this.#options.platform.stopTimer(desired.timer);
    desired.timer = undefined;
  }

  #forget(desired: Desired): void {
    this.#settled(desired);
    const index = this.#desired.indexOf(desired);
    if (index >= 0) this.#desired.splice(index, 1);
  }
}

/** How long to wait for the connection of a peer that is dialling us at the same time. */
const OTHER_DIAL_MS = 3000;
/** How long a connection stays after its session, so that the goodbye arrives. */
const CLOSE_LINGER_MS = 100;

const replaced = (peer: PeerId): SkeinError =>
  new SkeinError("PEER_LOST", `peer ${peer} connected anew`, { hint: "it lost its connection, or was restarted" });

const goneError = (peer: PeerId): SkeinError =>
  new SkeinError("PEER_LOST", `the connection to peer ${peer} is gone`, {
    hint: "see peer.events for when it is back",
  });
