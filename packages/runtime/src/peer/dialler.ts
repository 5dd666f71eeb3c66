/**
 * Opens connections: to whom something is to be sent, to who should stay connected for ever, again for sessions whose
 * connection dropped, and better ones where there are any.
 */
import type { Address } from "../contracts/endpoint.ts";
import { DIAL_TIMEOUT_MS, RECONNECT_FIRST_MS, RESUME_DIAL_MS } from "../defaults.ts";
import { type SkeinError, errorFrom } from "../errors.ts";
import type { PeerId } from "../ids.ts";
import type { Logger } from "../logger.ts";
import type { Platform, TimerHandle } from "../platform.ts";
import { hostOf } from "./address.ts";
import { type Connector, type Joined, unreachable } from "./connector.ts";
import type { Member } from "./handshake.ts";
import { peerText } from "./identity.ts";
import { ABANDONED, KeptPlaces } from "./kept-places.ts";
import type { Dial, Known } from "./known-peers.ts";
import { NobodyAnswers, type NetworkHost } from "./network.ts";
import { betterAddresses, kindOf, resumeDelayMs } from "./reconnect.ts";
import { nobodyListens } from "./session-errors.ts";

export interface DiallerOptions {
  readonly platform: Platform;
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
}

/** Pause before a better connection is looked for; ten times longer after each that came to nothing. */
const IMPROVE_AFTER_MS = 1000;
const IMPROVE_ATTEMPTS = 4;
/** Tries at which nobody listened any more where a peer was: then it is lost. */
const REFUSALS_OF_THE_LOST = 2;
/** Of the tries to bring a session back, each of these has others asked where its peer is now. */
const ASK_EACH = 3;

export class Dialler {
  readonly #options: DiallerOptions;
  readonly #kept: KeptPlaces;
  /** Attempts under way: each knows who was disconnected from since it began. */
  readonly #opening = new Set<Set<PeerId>>();
  #closed = false;

  constructor(options: DiallerOptions) {
    this.#options = options;
    this.#kept = new KeptPlaces(options);
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
    if (known.seeking !== undefined || this.#closed) return;
    // One that dials and listens nowhere comes by itself, or not at all.
    if (known.addresses.size === 0 && !known.dialledLast) return;
    known.seeking = { attempt: 0, timer: undefined, refusals: 0 };
    this.#seekLater(known);
  }

  /** There is a connection: what was tried to that end is over. */
  arrived(known: Known, member: Member): void {
    known.dial?.arrived(member);
    known.dial = undefined;
    if (known.carrier.session?.suspected !== true) this.stopSeeking(known);
    this.#kept.arrived(known.peer);
    this.improve(known);
  }

  stopSeeking(known: Known): void {
    this.#stop(known.seeking?.timer);
    known.seeking = undefined;
  }

  /** Its session is over. */
  lost(known: Known): void {
    this.stopSeeking(known);
    this.#stopImproving(known);
    this.#kept.lost(known.peer);
  }

  /** Looks for a better connection, if any known address promises one. To be asked again when there are new ones. */
  improve(known: Known): void {
    const { connection } = known.carrier.session ?? {};
    this.#stopImproving(known);
    if (connection === undefined || betterAddresses(known.addresses, kindOf(connection)).length === 0) return;
    known.improving = { attempt: 0, timer: undefined };
    this.#improveLater(known);
  }

  close(known: Iterable<Known>): void {
    this.#closed = true;
    this.#kept.close();
    for (const one of known) {
      this.stopSeeking(one);
      this.#stopImproving(one);
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

  #seekLater(known: Known): void {
    const { platform, logger } = this.#options;
    const seeking = known.seeking;
    if (seeking === undefined) return;
    const delayMs = resumeDelayMs(seeking.attempt, known.dialledLast, () => platform.random());
    seeking.attempt += 1;
    seeking.timer = platform.startTimer(delayMs, () => {
      if (known.seeking !== seeking) return;
      if (known.carrier.session?.suspected !== true) return this.stopSeeking(known);
      const again = (): void => {
        if (known.seeking === seeking) this.#seekLater(known);
      };
      const dialling = this.#dial(known, true, (signal) =>
        this.#open([...known.addresses], known, RESUME_DIAL_MS, signal, false),
      );
      if (seeking.attempt % ASK_EACH === 0) void this.#ask(known);
      dialling.then(again, (error: unknown) => {
        logger.debug("peer.unreachable", { peer: known.peer, error: errorFrom(error).message });
        seeking.refusals = isRefusedBy(known, error) ? seeking.refusals + 1 : 0;
        // Its machine is there, and says twice that nobody listens: the process has ended, so nothing can come of waiting.
        if (seeking.refusals < REFUSALS_OF_THE_LOST || known.seeking !== seeking) again();
        else known.carrier.session?.abort(nobodyListens(whoIs(known)));
      });
    });
  }

  /** Has others say where a peer is that doesn't answer where it was; whom to ask may be gone as well. */
  async #ask(known: Known): Promise<void> {
    try {
      for (const address of (await this.#options.whereIs?.(known.peer)) ?? []) known.addresses.add(address);
    } catch (error) {
      this.#options.logger.debug("peer.unknown", { peer: known.peer, error: errorFrom(error).message });
    }
  }

  #improveLater(known: Known): void {
    const { platform } = this.#options;
    const { improving } = known;
    if (improving === undefined || improving.attempt >= IMPROVE_ATTEMPTS) return;
    const waitMs = IMPROVE_AFTER_MS * 10 ** improving.attempt * (0.5 + platform.random() / 2);
    improving.attempt += 1;
    improving.timer = platform.startTimer(waitMs, () => {
      const { connection } = known.carrier.session ?? {};
      if (known.improving !== improving || connection === undefined) return;
      const addresses = betterAddresses(known.addresses, kindOf(connection));
      if (addresses.length === 0) return;
      // What it makes is told by the session; when it comes to nothing, the connection there is stays.
      const again = (): void => {
        if (known.improving === improving) this.#improveLater(known);
      };
      this.#open(addresses, known, DIAL_TIMEOUT_MS, undefined, true).then(again, again);
    });
  }

  #stopImproving(known: Known): void {
    this.#stop(known.improving?.timer);
    known.improving = undefined;
  }

  #stop(timer: TimerHandle): void {
    if (timer !== undefined) this.#options.platform.stopTimer(timer);
  }
}

const abandoned = (addresses: readonly string[]): SkeinError => unreachable(addresses, ABANDONED);

const whoIs = ({ peer, name }: Known): string => peerText(peer, name);

/** Whether nobody listens at any of the peer's addresses on the host that it was connected from, or to. */
function isRefusedBy(known: Known, error: unknown): boolean {
  const { cause } = errorFrom(error);
  const refused = cause instanceof NobodyAnswers ? cause.refused : [];
  const host = hostOf(known.lastAddress);
  const there = [...known.addresses].filter((address) => hostOf(address) === host);
  return host !== undefined && there.length > 0 && there.every((address) => refused.includes(address));
}
