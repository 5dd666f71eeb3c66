/**
 * Opens connections: to whom something is to be sent, to who should stay connected for ever, again for sessions whose
 * connection dropped, and better ones where there are any.
 */
import type { Address } from "../contracts/endpoint.ts";
import { DIAL_TIMEOUT_MS, RECONNECT_FIRST_MS, RESUME_DIAL_MS } from "../defaults.ts";
import type { SkeinError } from "../errors.ts";
import type { PeerId } from "../ids.ts";
import { redialMs } from "../link/heartbeat.ts";
import type { Logger } from "../logger.ts";
import type { Platform } from "../platform.ts";
import type { Connector, Joined } from "./connector.ts";
import type { Member } from "./handshake.ts";
import { peerText } from "./identity.ts";
import { Improving } from "./improving.ts";
import { ABANDONED, KeptPlaces } from "./kept-places.ts";
import type { Dial, Known } from "./known-peers.ts";
import type { NetworkHost } from "./network.ts";
import { Seeking } from "./seeking.ts";
import { unreachable } from "./unreachable.ts";

export interface DiallerOptions {
  readonly platform: Platform;
  readonly self: PeerId;
  readonly logger: Logger;
  readonly host: () => NetworkHost;
  readonly connector: () => Connector;
  readonly find: (peer: PeerId) => Known | undefined;
  /** Takes a joined connection. @throws {SkeinError} */
  readonly establish: (joined: Joined) => Member;
  /** Ends the session with a peer, if there is one. */
  readonly end: (peer: PeerId) => void;
  /** Connects to whoever is there. */
  readonly connect: (addresses: readonly Address[], peer: PeerId | undefined) => Promise<Member>;
  /** Asks others where a peer is that can't be reached at what is known. */
  readonly whereIs?: (peer: PeerId) => Promise<readonly Address[]>;
  /** Whether the timers of this peer may come much too late. */
  readonly isNapping?: () => boolean;
}

export class Dialler {
  readonly #options: DiallerOptions;
  readonly #kept: KeptPlaces;
  readonly #seeking: Seeking;
  readonly #improving: Improving;
  /** Attempts under way: each knows who was disconnected from since it began. */
  readonly #opening = new Set<Set<PeerId>>();
  #closed = false;

  constructor(options: DiallerOptions) {
    this.#options = options;
    this.#kept = new KeptPlaces(options);
    const open = async (
      addresses: readonly string[],
      known: Known,
      timeoutMs: number,
      improves: boolean,
      signal?: AbortSignal,
    ): Promise<Member> => await this.#open(addresses, known, timeoutMs, signal, improves);
    this.#seeking = new Seeking({
      ...options,
      dial: async (known) => {
        // One that was too short for the way there is not tried again.
        const tries = (known.seeking?.attempt ?? 1) > 1 ? 2 : 1;
        const timeoutMs = Math.max(tries * RESUME_DIAL_MS, redialMs(known.carrier.session?.rttMs));
        return await this.#dial(known, true, (signal) => open([...known.addresses], known, timeoutMs, false, signal));
      },
    });
    this.#improving = new Improving({
      ...options,
      addresses: () => options.host().addresses(),
      open: async (addresses, known) => await open(addresses, known, DIAL_TIMEOUT_MS, true),
    });
  }

  get closed(): boolean {
    return this.#closed;
  }

  isDesired(peer: PeerId): boolean {
    return this.#kept.has(peer);
  }

  /** Connects to whoever is at these addresses. @throws {SkeinError} */
  async open(addresses: readonly string[]): Promise<Member> {
    return await this.#open(addresses, undefined, DIAL_TIMEOUT_MS, undefined, false);
  }

  /** A session with `known`: the one there is, or a new one. @throws {SkeinError} */
  reach(known: Known): Promise<Member> {
    if (known.member !== undefined && known.carrier.session !== undefined) return Promise.resolve(known.member);
    const { dial } = known;
    if (dial?.resumes === true) return dial.promise.catch(() => this.reach(known));
    return this.#dial(known, false, (signal) => this.#reach(known, signal));
  }

  /** As {@link Dialler.reach}, unless it was tried a moment ago: whoever keeps sending doesn't keep dialling. */
  async reachForTraffic(known: Known): Promise<Member> {
    const { platform } = this.#options;
    if (known.dial === undefined && platform.now() - known.failedMs < RECONNECT_FIRST_MS) {
      throw unreachable([...known.addresses], "tried just now", whoIs(known));
    }
    try {
      return await this.reach(known);
    } catch (error) {
      known.failedMs = platform.now();
      throw error;
    }
  }

  /**
   * Keeps whoever is at these addresses connected, for ever. The promise tells how the first attempt went; unless
   * `retry` says otherwise, one that fails is the end of it.
   */
  async keep(addresses: readonly Address[], peer: PeerId | undefined, retry: boolean): Promise<Member> {
    return await this.#kept.keep(addresses, peer, retry);
  }

  /** Does not connect again by itself; a session stays. */
  release(peer: PeerId): void {
    this.#kept.release(peer);
  }

  /** The same, and what is under way to it comes to nothing. */
  abandon(peer: PeerId): void {
    this.release(peer);
    for (const left of this.#opening) left.add(peer);
    this.#options.find(peer)?.dial?.abandon();
  }

  /** The session with `known` wants a connection, until it is no longer suspected. */
  seek(known: Known): void {
    if (!this.#closed) this.#seeking.seek(known);
  }

  /** What waits for its next try with `known` is tried now. */
  hurry(known: Known): void {
    this.#seeking.hurry(known);
    this.#kept.hurry(known.peer);
  }

  /** It is no longer suspected. */
  stopSeeking(known: Known): void {
    this.#seeking.stop(known);
  }

  /** Looks for a better connection, if any known address promises one. To be asked again when there are new ones. */
  improve(known: Known): void {
    this.#improving.improve(known);
  }

  /** There is a connection: what was tried to that end is over. */
  arrived(known: Known, member: Member): void {
    known.dial?.arrived(member);
    known.dial = undefined;
    if (known.carrier.session?.suspected !== true) this.stopSeeking(known);
    this.#kept.arrived(known.peer);
    this.improve(known);
  }

  /** Its session is over. */
  lost(known: Known): void {
    this.stopSeeking(known);
    this.#improving.stop(known);
    this.#kept.lost(known.peer);
  }

  close(known: Iterable<Known>): void {
    this.#closed = true;
    this.#kept.close();
    for (const one of known) {
      this.stopSeeking(one);
      this.#improving.stop(one);
    }
  }

  #dial(known: Known, resumes: boolean, reach: (signal: AbortSignal) => Promise<Member>): Promise<Member> {
    if (known.dial !== undefined) return known.dial.promise;
    const abort = new AbortController();
    const { promise, resolve, reject } = Promise.withResolvers<Member>();
    const dial: Dial = {
      promise,
      resumes,
      arrived: (member: Member): void => {
        resolve(member);
        abort.abort();
      },
      abandon: (): void => {
        reject(abandoned([...known.addresses]));
        if (known.dial === dial) known.dial = undefined;
      },
    };
    // Set before it begins: what finds no dial under way takes it for abandoned, and asks nobody where the peer is.
    known.dial = dial;
    void reach(abort.signal)
      .finally(() => {
        if (known.dial === dial) known.dial = undefined;
      })
      .then(resolve, reject);
    return promise;
  }

  async #reach(known: Known, signal: AbortSignal): Promise<Member> {
    const { whereIs } = this.#options;
    try {
      if (known.addresses.size === 0) throw unreachable([], "ask a peer that knows it", whoIs(known));
      return await this.#open([...known.addresses], known, DIAL_TIMEOUT_MS, signal, false);
    } catch (error) {
      if (whereIs === undefined || known.dial === undefined) throw error;
      const told = (await whereIs(known.peer)).filter((address) => !known.addresses.has(address));
      if (told.length === 0 || known.dial === undefined) throw error;
      for (const address of told) known.addresses.add(address);
      return await this.#open(told, known, DIAL_TIMEOUT_MS, signal, false);
    }
  }

  async #open(
    addresses: readonly string[],
    expected: Known | undefined,
    timeoutMs: number,
    signal: AbortSignal | undefined,
    improves: boolean,
  ): Promise<Member> {
    const left = new Set<PeerId>();
    this.#opening.add(left);
    try {
      return await this.#openUnless(left, addresses, expected, timeoutMs, signal, improves);
    } finally {
      this.#opening.delete(left);
    }
  }

  async #openUnless(
    left: ReadonlySet<PeerId>,
    addresses: readonly string[],
    expected: Known | undefined,
    timeoutMs: number,
    signal: AbortSignal | undefined,
    improves: boolean,
  ): Promise<Member> {
    const { host, connector, find, establish, end } = this.#options;
    let here: Member | undefined;
    let gone = false;
    const joined = await connector().open(host(), addresses, {
      timeoutMs,
      who: expected === undefined ? undefined : whoIs(expected),
      ...(signal === undefined ? {} : { signal }),
      isWanted: (remote) => {
        gone = left.has(remote);
        if (gone) return false;
        const known = find(remote) ?? expected;
        const session = known?.carrier.session;
        if (improves || session === undefined || session.suspected) return true;
        here = known?.member;
        return here === undefined;
      },
    });
    if (joined !== undefined) {
      const member = establish(joined);
      if (!left.has(member.peer)) return member;
      // The other side has the session by now: it is told that it is over.
      end(member.peer);
      gone = true;
    }
    if (gone) throw abandoned(addresses);
    if (here !== undefined) return here;
    throw unreachable(addresses, "it is no longer wanted");
  }
}

const abandoned = (addresses: readonly string[]): SkeinError => unreachable(addresses, ABANDONED);

const whoIs = ({ peer, name }: Known): string => peerText(peer, name);
