/** One search for a name or a peer: asks those who keep the directory, takes the nearest holder, waits for one that appears later. */
import { RECONNECT_FIRST_MS } from "../defaults.ts";
import type { Procedures } from "../contracts/procedures.ts";
import type { Location } from "../contracts/endpoint.ts";
import { isSkeinError, SkeinError } from "../errors.ts";
import type { PeerId } from "../ids.ts";
import type { Platform, TimerHandle } from "../platform.ts";
import { Deferred } from "../task/deferred.ts";
import { type Directory, FIND } from "./directory.ts";
import { type FindAnswer, type FindRequest, type Found, parseFound } from "./directory-words.ts";
import { nearestFirst, type Surroundings, tierOf } from "./nearness.ts";
import { reconnectDelayMs } from "./reconnect.ts";

/** How long one holder may take to answer before another is asked. */
export const ASK_TIMEOUT_MS = 5000;
/** Holders at the same distance that are asked at once: the first that answers is the nearest. */
const ASKED_AT_ONCE = 3;

export interface SearchParts {
  readonly platform: Platform;
  readonly procedures: Procedures;
  readonly directory: Directory;
  readonly around: Surroundings;
  readonly learn: (location: Location) => void;
  /** The peers to ask, besides this one. */
  readonly targets: () => readonly PeerId[];
  /** Why the last connection came to nothing whose other end was reached. */
  readonly refusal: () => SkeinError | undefined;
}

/** What is looked for, where, and what is made of one that was found. */
export interface Sought<T> {
  readonly request: FindRequest;
  /** For people. */
  readonly what: string;
  /** Asked alone, and for what it holds itself; when it can't be reached, the search fails. */
  readonly only?: PeerId;
  /** `undefined` when there is nothing behind it after all. */
  readonly refer: (found: Found, signal: AbortSignal) => PromiseLike<T | undefined>;
}

export const keyOfFound = ({ peer, server, kind }: Found): string => `${peer}/${server} ${kind ?? ""}`;

export class Search<T> {
  readonly result: Deferred<T>;
  readonly #parts: SearchParts;
  readonly #sought: Sought<T>;
  readonly #abort = new AbortController();
  /** Peers that have been asked and have not answered. */
  readonly #asked = new Set<PeerId>();
  readonly #candidates = new Map<string, Found>();
  /** What waits at this peer's own directory. */
  #here: { readonly request: FindRequest; readonly answer: Deferred<FindAnswer> } | undefined;
  #trying = false;
  #failures = 0;
  /** The last one that was found and could not be reached. */
  #unreached: { readonly peer: PeerId; readonly cause: unknown } | undefined;
  #timer: TimerHandle = undefined;

  constructor(parts: SearchParts, sought: Sought<T>) {
    this.#parts = parts;
    this.#sought = sought;
    this.result = new Deferred<T>(sought.what).ignore();
    if (sought.only === undefined || sought.only === parts.around.self) void this.#askHere();
    this.askTargets();
  }

  /** Asks those that have not been asked; also to be called when others can be asked. */
  askTargets(): void {
    const { only } = this.#sought;
    const targets = only === undefined ? this.#parts.targets() : [only];
    for (const peer of targets) {
      if (peer !== this.#parts.around.self && !this.#asked.has(peer)) void this.#ask(peer);
    }
  }

  /** Says in an error that time is up whether somebody was found who could not be reached, or why there is nobody to ask. */
  explain(error: Error): Error {
    if (!isSkeinError(error, "TIMEOUT")) return error;
    const { what } = this.#sought;
    if (this.#unreached === undefined) {
      const refusal = this.#parts.targets().length === 0 ? this.#parts.refusal() : undefined;
      if (refusal === undefined) return error;
      const { message, hint } = refusal;
      return new SkeinError("TIMEOUT", `${what}: this peer is connected to nobody; ${message}`, {
        hint,
        cause: refusal,
      });
    }
    const { peer, cause } = this.#unreached;
    return new SkeinError("TIMEOUT", `${what}: it is at peer ${peer}, which can't be reached from here`, {
      hint: "one of the two must listen where the other can dial it, or both be connected to a peer that listens",
      cause,
    });
  }

  stop(): void {
    this.#abort.abort();
    if (this.#here !== undefined) this.#parts.directory.giveUp(this.#here.request, this.#here.answer);
    this.#parts.platform.stopTimer(this.#timer);
  }

  get #over(): boolean {
    return this.#abort.signal.aborted || this.result.settled;
  }

  async #askHere(): Promise<void> {
    const { directory } = this.#parts;
    let after = 0;
    while (!this.#over) {
      const request: FindRequest = { ...this.#sought.request, after };
      const answer = directory.find(request, undefined);
      if (answer instanceof Deferred) this.#here = { request, answer };
      const { found, change } = await answer;
      after = change;
      this.#found(found);
    }
  }

  /** Until it fails: a name that nobody has may appear at any time. */
  async #ask(peer: PeerId): Promise<void> {
    const { request, only } = this.#sought;
    const { procedures, platform } = this.#parts;
    const options = { timeoutMs: Infinity, signal: this.#abort.signal };
    this.#asked.add(peer);
    let after = 0;
    try {
      while (!this.#over) {
        const asked: FindRequest = { ...request, after, ...(only === undefined ? {} : { own: true }) };
        const { found, change } = parseFound(await procedures.call({ peer, server: 0 }, FIND, asked, options));
        after = Math.max(after, change);
        this.#found(found);
      }
    } catch (error) {
      if (this.#over) return;
      if (only !== undefined && !isSkeinError(error, "PEER_LOST")) {
        this.result.reject(error);
        return;
      }
      // It is lost or overloaded: once more, if it is still one to ask.
      this.#asked.delete(peer);
      platform.startTimer(RECONNECT_FIRST_MS, () => {
        if (!this.#over) this.askTargets();
      });
    }
  }

  #found(found: readonly Found[]): void {
    for (const one of found) this.#candidates.set(keyOfFound(one), one);
    void this.#try();
  }

  /** Asks the candidates, those that are nearest first, until one gives the reference. */
  async #try(): Promise<void> {
    if (this.#trying) return;
    this.#trying = true;
    const { around, platform } = this.#parts;
    const unreached: Found[] = [];
    while (this.#candidates.size > 0 && !this.#over) {
      const sorted = nearestFirst([...this.#candidates.values()], around);
      const tier = sorted[0] === undefined ? 0 : tierOf(sorted[0], around);
      const group = sorted.filter((one) => tierOf(one, around) === tier).slice(0, ASKED_AT_ONCE);
      for (const one of group) this.#candidates.delete(keyOfFound(one));
      await this.#first(group, unreached);
    }
    this.#trying = false;
    if (this.#over || unreached.length === 0) return;
    // The directory says that they are there, and we don't reach them: the way may come back.
    platform.stopTimer(this.#timer);
    this.#timer = platform.startTimer(
      reconnectDelayMs(this.#failures, () => platform.random()),
      () => this.#found(unreached),
    );
    this.#failures += 1;
  }

  /** Waits for the first reference, or until all have answered. */
  async #first(group: readonly Found[], unreached: Found[]): Promise<void> {
    const { learn, around } = this.#parts;
    const found = Promise.withResolvers<void>();
    const refer = async (one: Found): Promise<void> => {
      if (one.peer !== around.self) learn(one);
      try {
        const value = await this.#sought.refer(one, this.#abort.signal);
        if (value === undefined) return;
        this.result.resolve(value);
        found.resolve();
      } catch (error) {
        if (!isSilence(error)) return;
        unreached.push(one);
        this.#unreached = { peer: one.peer, cause: error };
      }
    };
    await Promise.race([found.promise, Promise.all(group.map(refer))]);
  }
}

/** It did not answer: it may when it is asked again. Any other error is its answer. */
const isSilence = (error: unknown): boolean =>
  isSkeinError(error, "PEER_UNREACHABLE") || isSkeinError(error, "PEER_LOST") || isSkeinError(error, "TIMEOUT");
