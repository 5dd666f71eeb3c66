/** The peers this one knows: their addresses, roles and sessions. */
import type { Address, Location, Role } from "../contracts/endpoint.ts";
import type { SkeinError } from "../errors.ts";
import type { PeerId } from "../ids.ts";
import type { Carrier } from "../link/carrier.ts";
import { ADDRESSES_LIMIT } from "../wire/limits.ts";
import type { SessionWords } from "../wire/messages.ts";
import { toMultiaddr, peerOfAddress, withPeer } from "./address.ts";
import { BulkPaths } from "./bulk-paths.ts";
import type { Greeting, Joined, Sessions } from "./connector.ts";
import { unreachable } from "./unreachable.ts";
import { Dialler } from "./dialler.ts";
import type { Member } from "./handshake.ts";
import { type Known, KnownPeers } from "./known-peers.ts";
import { LOST_AFTER_MS, TAB_GONE_AFTER_MS } from "../defaults.ts";
import { dropOldest } from "../drop-oldest.ts";
import { rolesToMask } from "./membership.ts";
import { isTab } from "./server-roles.ts";
import { BULK_PROTOCOL, type LimitedLink } from "./network.ts";
import { Naps } from "./naps.ts";
import { networkOf } from "./network-of.ts";
import { PeerSession } from "./peer-session.ts";
import { greetingOf, isSameSession } from "./greetings.ts";
import { TrafficDials } from "./traffic-dials.ts";
import type { ConnectedMember, LinkHandler, PeerTableOptions, Way } from "./peer-table-options.ts";
import { carriedBy } from "./reconnect.ts";
import { type SessionTold, connectedAnew, connectionGone } from "./session-errors.ts";
import { type LinkInfo, linkInfos } from "./traffic.ts";
import { within } from "./within.ts";

export class PeerTable implements Sessions {
  readonly #options: PeerTableOptions;
  readonly #known: KnownPeers;
  readonly #dialler: Dialler;
  readonly #suspicions = new Set<(peer: PeerId, suspected: boolean) => void>();
  readonly #handlers = new Map<string, LinkHandler>();
  readonly #bulk: BulkPaths;
  readonly #traffic: TrafficDials;
  readonly naps: Naps;

  constructor(options: PeerTableOptions) {
    const { platform, finder } = options;
    this.#options = options;
    this.#dialler = new Dialler({
      ...options,
      find: (peer) => this.#known.get(peer),
      establish: (joined) => this.establish(joined),
      end: (peer) => this.sessionOf(peer)?.close("disconnected"),
      connect: (addresses, peer) => this.connect(addresses, peer),
      whereIs: async (peer) => await finder().whereIs(peer),
      isNapping: () => this.naps.silent,
    });
    this.#known = new KnownPeers({
      platform,
      dial: (known) => this.#traffic.dial(known),
      isWanted: (peer) => this.#dialler.isDesired(peer),
      forgotten: (peer) => options.onLost(peer, connectionGone(this.#show(peer))),
    });
    this.naps = new Naps(this.#known, this.#dialler);
    this.#traffic = new TrafficDials({
      dialler: this.#dialler,
      failed: ({ peer }, error) => options.onLost(peer, error),
    });
    this.#bulk = new BulkPaths({
      ...options,
      sessionOf: (peer) => this.sessionOf(peer),
      onFrame: (frame, from) => options.onFrame(frame, from, this.#known.get(from)?.rolesMask ?? 0),
    });
    this.handleLinks(BULK_PROTOCOL, (link, from) => this.#bulk.linked(link, from));
  }

  /** Everybody connected now. */
  members(): readonly ConnectedMember[] {
    const members: ConnectedMember[] = [];
    for (const { member, carrier, transport } of this.#known.all()) {
      const { session } = carrier;
      if (member !== undefined && session !== undefined)
        members.push({ ...member, transport, suspected: session.suspected });
    }
    return members;
  }

  /** What went over the connections to them. */
  readonly links = (): readonly LinkInfo[] => linkInfos(this.members(), (peer) => this.sessionOf(peer));

  member(peer: PeerId): Member | undefined {
    return this.#known.get(peer)?.member;
  }

  /** The session with a peer; another one after a loss. */
  sessionOf(peer: PeerId): PeerSession | undefined {
    return this.#known.get(peer)?.carrier.session;
  }

  /** Round trip to a connected peer in milliseconds, once it was measured. */
  rttOf(peer: PeerId): number | undefined {
    return this.sessionOf(peer)?.rttMs;
  }

  /** Whether this peer has been connected, or is. */
  isKnown(peer: PeerId): boolean {
    return this.#known.get(peer)?.joinedBefore ?? false;
  }

  nearing(peer: PeerId): void {
    this.sessionOf(peer)?.nearing();
  }

  rolesOf(peer: PeerId): readonly Role[] {
    return this.#known.get(peer)?.member?.roles ?? [];
  }

  readonly networkOf = (peer: PeerId): string | undefined => this.#known.get(peer)?.network;

  /** Whether it should stay connected, also while it can't be reached. */
  readonly isKept = (peer: PeerId): boolean => this.#dialler.isDesired(peer);

  locationOf(peer: PeerId): Location {
    return { peer, addresses: [...(this.#known.get(peer)?.addresses ?? [])] };
  }

  /** Remembers how to reach a peer, without dialling it. */
  learn(location: Location): void {
    if (location.peer === this.#options.self) return;
    const known = this.#known.find(location.peer);
    const before = known.addresses.size;
    for (const address of location.addresses) known.addresses.add(withPeer(address, location.peer));
    // The oldest make room: whoever tells of ever new ones fills nothing.
    dropOldest(known.addresses, ADDRESSES_LIMIT);
    if (known.addresses.size > before) this.#dialler.improve(known);
  }

  carrierTo(peer: PeerId): Carrier {
    const { carrier } = this.#known.find(peer);
    carrier.bulk ??= this.#bulk.carrierTo(peer);
    return carrier;
  }

  /** Connects to whoever is at these addresses; when it is connected already, that is it. @throws {SkeinError} */
  async connect(addresses: readonly Address[], peer?: PeerId): Promise<Member> {
    const multiaddrs = addresses.map(toMultiaddr);
    const expected = peer ?? multiaddrs.map(peerOfAddress).find((id) => id !== undefined);
    if (expected === undefined) return await this.#dialler.open(multiaddrs);
    this.learn({ peer: expected, addresses: multiaddrs });
    return await this.#dialler.reach(this.#known.find(expected));
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
    const expected =
      peer ??
      addresses
        .map(toMultiaddr)
        .map(peerOfAddress)
        .find((id) => id !== undefined);
    return await this.#dialler.keep(addresses, expected, options.retry ?? false);
  }

  /** What to tell a peer about the session with it, on a connection that one of the two has opened. */
  greet(remote: PeerId, theirs?: SessionWords): Greeting {
    const known = this.#known.find(remote);
    // It has ended what this side still holds, or was started anew.
    if (theirs !== undefined && !isSameSession(known, theirs))
      known.carrier.session?.abort(connectedAnew(this.#show(remote)));
    return greetingOf(known, theirs);
  }

  /** Whether both sides mean the same session. If not, this side's is over: the other one has ended it. */
  agrees(remote: PeerId, greeting: Greeting, theirs: SessionWords): boolean {
    const known = this.#known.find(remote);
    if (known.token === greeting.words.own && isSameSession(known, theirs)) return true;
    known.carrier.session?.abort(connectedAnew(this.#show(remote)));
    return false;
  }

  /** Calls back when nothing is heard of a connected peer for a while, and when it is back. */
  onSuspected(listener: (peer: PeerId, suspected: boolean) => void): Disposable {
    // Each registration by itself, also of the same function.
    const entry: typeof listener = (peer, suspected) => listener(peer, suspected);
    this.#suspicions.add(entry);
    return { [Symbol.dispose]: () => this.#suspicions.delete(entry) };
  }

  /** A connection that another has opened, and on which both have joined. */
  joined(joined: Joined): void {
    try {
      this.establish(joined);
    } catch (error) {
      this.#options.logger.debug("peer.unreachable", { address: joined.connection.address, error });
    }
  }

  /** A connection, ours or the other's, on which both have joined. @throws {SkeinError} `PEER_UNREACHABLE` */
  establish(joined: Joined): Member {
    const { member, greeting, connection } = joined;
    const known = this.#known.find(member.peer);
    const theirs = member.session;
    if (this.#dialler.closed || known.token !== greeting.words.own || !isSameSession(known, theirs)) {
      connection.close();
      throw unreachable([connection.address], "its session ended meanwhile");
    }
    known.member = member;
    known.name = member.name;
    this.#options.table.named(known.peer, member.name);
    known.rolesMask = rolesToMask(member.roles);
    known.joinedBefore = true;
    known.dialledLast = connection.dialled;
    known.network = networkOf(connection.address) ?? known.network;
    // What it says itself stands, with what was seen to work; older addresses are of earlier starts.
    if (member.addresses.length > 0) known.addresses.clear();
    for (const address of member.addresses) known.addresses.add(withPeer(address, member.peer));
    if (connection.dialled) known.addresses.add(withPeer(connection.address, member.peer));
    const before = known.carrier.session;
    if (known.parted !== undefined && known.parted !== member.instance) {
      // It was started anew since, and knows nothing of what was said.
      this.#options.onLost(known.peer, connectedAnew(this.#show(known.peer)));
    }
    known.parted = undefined;
    const session = before ?? this.#newSession(known, theirs.own);
    if (before === undefined) known.transport = carriedBy(connection);
    session.attach(joined, theirs.received, greeting.replaces);
    this.#options.connector().taken(connection);
    this.naps.attached(session);
    if (before === undefined) {
      const { peer, name, roles } = member;
      this.#options.onEvent({ type: "connected", peer, name, roles, transport: known.transport });
      known.carrier.connected(session);
    }
    this.#dialler.arrived(known, member);
    return member;
  }

  /** Has `handler` take the links that others open by one of our further protocols. */
  handleLinks(protocol: string, handler: LinkHandler): Disposable {
    this.#handlers.set(protocol, handler);
    return {
      [Symbol.dispose]: () => {
        if (this.#handlers.get(protocol) === handler) this.#handlers.delete(protocol);
      },
    };
  }

  linked(from: PeerId, protocol: string, link: LimitedLink): void {
    const handler = this.#handlers.get(protocol);
    if (handler === undefined) link.abort(connectionGone(this.#show(from)));
    else handler(link, from);
  }

  /** The way to that peer, or those to everybody. */
  ways(peer?: PeerId): readonly Way[] {
    return this.#known.those(peer);
  }

  /** Ends the session with a peer that breaks the rules. */
  abort(peer: PeerId, error: SkeinError): void {
    this.sessionOf(peer)?.abort(error);
  }

  /** Ends everything with a peer that is no member any more, and does not connect again by itself. */
  expel(peer: PeerId, error: SkeinError): void {
    this.#dialler.abandon(peer);
    this.#options.connector().refuse(peer);
    this.sessionOf(peer)?.expel(error);
  }

  /** Ends an idle session, if the other side agrees: nobody is told, and what is sent makes another one. */
  part(peer: PeerId): void {
    this.sessionOf(peer)?.part();
  }

  /** Does not connect again by itself; the session stays. */
  release(peer: PeerId): void {
    this.#dialler.release(peer);
  }

  /** The same, and what is under way to it comes to nothing. */
  abandon(peer: PeerId): void {
    this.#dialler.abandon(peer);
  }

  disconnect(peer: PeerId): void {
    this.abandon(peer);
    this.sessionOf(peer)?.close("disconnected");
  }

  /** Ends all sessions; resolves when the others have heard it, as far as that can be known within `timeoutMs`. */
  async close(timeoutMs: number): Promise<void> {
    this.#dialler.close(this.#known.all());
    const { platform } = this.#options;
    const carriers = this.#known.those().map(({ carrier }) => carrier);
    const sessions = carriers.flatMap(({ session }) => session ?? []);
    // Whoever carries others' connections cuts them when it hears goodbye itself: those are told first.
    const carried = sessions.filter(({ connection }) => connection?.relayed === true);
    for (const told of [carried, sessions]) {
      const farewells = told.map(async (session) => await session.farewell("closed"));
      if (told.length > 0) await within(platform, timeoutMs, Promise.all(farewells));
    }
    for (const carrier of carriers) carrier.close();
  }

  #show(peer: PeerId): string {
    return this.#options.table.show({ peer, server: 0 });
  }

  #newSession(known: Known, otherToken: string): PeerSession {
    const { table, self, platform, codec, times } = this.#options;
    const { peer } = known;
    const session: PeerSession = new PeerSession({
      platform,
      codec,
      self,
      remote: peer,
      show: () => this.#show(peer),
      selfBytes: table.bytesOf({ peer: self, server: 0 }),
      remoteBytes: table.bytesOf({ peer, server: 0 }),
      ownToken: known.token,
      otherToken,
      times,
      // Whoever waits for others longer than usual waits for tabs as long.
      ...(isTab(known.rolesMask) && times.lostAfterMs <= LOST_AFTER_MS ? { goneAfterMs: TAB_GONE_AFTER_MS } : {}),
      onFrame: (frame) => this.#options.onFrame(frame, peer, known.rolesMask),
      onTold: (event) => this.#told(known, session, event),
      onDial: () => this.#dialler.seek(known),
      mayPart: () => this.#options.finder().mayPart(peer),
      onEnd: (error, waiting) => this.#ended(known, session, error, waiting),
    });
    return session;
  }

  #told(known: Known, session: PeerSession, event: SessionTold): void {
    const { peer, name } = known;
    if (session.connection !== undefined) known.transport = carriedBy(session.connection);
    if (event === "path-changed") this.#options.onEvent({ type: event, peer, name, transport: known.transport });
    else this.#options.onEvent({ type: event, peer, name });
    // It may have fallen back to a worse one.
    if (event === "path-changed") {
      this.#bulk.moved(peer);
      return this.#dialler.improve(known);
    }
    if (event === "back") this.#dialler.stopSeeking(known);
    for (const listener of this.#suspicions) listener(peer, event === "suspected");
  }

  #ended(known: Known, session: PeerSession, error: SkeinError | undefined, waiting: readonly (() => void)[]): void {
    known.token = this.#known.newToken();
    if (known.carrier.session !== session) return;
    const { instance } = known.member ?? {};
    known.member = undefined;
    if (session.idle) {
      // What was said is said: conversations go on in the next session, with the same start of the other side.
      known.parted = instance;
      this.#options.finder().lost(known.peer);
      known.carrier.parted(waiting);
    } else {
      const reason = error ?? connectionGone(this.#show(known.peer));
      known.carrier.disconnected();
      this.#options.onLost(known.peer, reason);
      this.#options.onEvent({ type: "lost", peer: known.peer, name: known.name, error: reason });
    }
    this.#dialler.lost(known);
  }
}
