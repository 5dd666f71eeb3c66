/** A worker as its pool sees it: what it has been given, how much more it may have, and what came of it. */
import type { Link } from "../contracts/link.ts";
import { POOL_ASYNC_QUEUE, POOL_QUEUE, POOL_WINDOW_MS } from "../defaults.ts";
import { errorFrom, SkeinError } from "../errors.ts";
import { Codec } from "../wire/codec.ts";
import type { PoolFunction, Portion } from "./portion.ts";
import { PoolWord } from "./pool-word.ts";
import { decodePoolFrame, encodePoolFrame, type PoolEntry, poolEntry, refusalOf } from "./words.ts";

/** So much time of a function's calls is remembered, in milliseconds: one hiccup changes little, another cost shows soon. */
const REMEMBERED_MS = 20;

const TINY_MS = 1e-6;

/** A worker process, as its host starts it. */
export interface PoolProcess {
  readonly link: Link;
  /** For people: `pid 123`, `maxi pid 7`. */
  readonly name: string;
  /** Resolves with the reason when it has ended. */
  readonly exited: Promise<string>;
  /** Ends it at once. Twice does nothing. */
  kill(): void;
  /** What it is told of a function in place of `code`, which the pool's host describes it with; what that needs is there then. */
  readonly codeFor?: (code: unknown) => unknown;
  /** Ends it, which has nothing to do. Default: as `kill`. */
  leave?(): void;
  /** Sets who is told that others need its place: it is to end what it has, and go. */
  onWanted?(tell: () => void): void;
}

interface Sent {
  readonly portion: Portion;
  /** Calls that have not ended. */
  left: number;
  /** What each counts for, of what the worker may have at once. */
  eachMs: number;
}

export interface LaneEvents {
  /** Milliseconds, monotonic. */
  now(): number;
  /** What it is told of where a function is. */
  codeOf(fn: PoolFunction): unknown;
  /** A frame came: it has ended some calls, or says that it lives. */
  heard(lane: Lane): void;
  /** One of its calls has thrown this. */
  threw(error: Error): void;
  /** It has ended; what it had is given back first. */
  lost(lane: Lane, error: Error): void;
}

export class Lane {
  readonly process: PoolProcess;
  /** In the list of those that take calls. */
  listed = false;
  /** It has spoken: its process runs. */
  spoke = false;
  /** Its set-up has begun. */
  settingUp = false;
  /** It is set up, and may get calls. */
  ready = false;
  /** It gets no more, and ends when it has none. */
  leaving = false;
  /** Why it is ended by us. */
  why: Error | undefined;
  /** Ends that came, for statistics. */
  done = 0;
  /** What it said last of its memory. */
  memoryBytes = 0;
  /** When it was heard last. */
  heardMs = 0;
  readonly #queueSize: number | undefined;
  readonly #events: LaneEvents;
  readonly #codec: Codec;
  readonly #known = new Set<number>();
  readonly #functions = new Map<number, PoolFunction>();
  readonly #sent = new Map<number, Sent>();
  /** Batches of which something was cancelled: until it is heard of, the worker may have to be ended. */
  readonly #cancelled = new Set<number>();
  #batches = 0;
  #calls = 0;
  #loadMs = 0;
  #out: PoolEntry[] = [];
  #lost = false;

  constructor(process: PoolProcess, queueSize: number | undefined, events: LaneEvents) {
    this.process = process;
    this.#queueSize = queueSize;
    this.#events = events;
    this.#codec = new Codec();
    process.link.receive((frame) => this.#hear(frame));
    void process.exited.then((why) => this.#end(why));
  }

  /** Calls that it has and that have not ended. */
  get calls(): number {
    return this.#calls;
  }

  /** Whether it may have one more. */
  get hasRoom(): boolean {
    if (this.#calls === 0) return true;
    if (this.#cancelled.size > 0) return false;
    // Sums of small numbers are not exact.
    return this.#loadMs < POOL_WINDOW_MS - TINY_MS && this.#calls < (this.#queueSize ?? POOL_QUEUE);
  }

  /**
   * How many calls of `fn` go to it at once now, `share` at most: so many as keep it busy while an answer is under way,
   * in two portions.
   */
  portionOf(fn: PoolFunction, share: number): number {
    const limit = this.#limitOf(fn);
    const eachMs = this.#estimateOf(fn);
    const window = Math.min(limit, Math.floor(POOL_WINDOW_MS / eachMs));
    const room = Math.min(limit - this.#calls, Math.floor((POOL_WINDOW_MS - this.#loadMs) / eachMs));
    return Math.max(1, Math.min(room, Math.ceil(window / 2), share));
  }

  give(portion: Portion): void {
    const { fn, word, values, exact } = portion;
    if (!this.#known.has(fn.id)) {
      this.#known.add(fn.id);
      this.#functions.set(fn.id, fn);
      const code = this.#events.codeOf(fn);
      this.#out.push(poolEntry([PoolWord.code, fn.id], [this.process.codeFor?.(code) ?? code]));
    }
    portion.lane = this;
    portion.batch = this.#batches + 1;
    const eachMs = this.#estimateOf(fn);
    this.#batches += 1;
    this.#calls += values.length;
    this.#loadMs += eachMs * values.length;
    this.#sent.set(this.#batches, { portion, left: values.length, eachMs });
    this.#out.push(poolEntry([word, fn.id, this.#batches, exact ? 1 : 0], values));
  }

  /** Sends what was given since. */
  flush(): void {
    if (this.#out.length === 0) return;
    const entries = this.#out;
    this.#out = [];
    try {
      this.process.link.send(encodePoolFrame(this.#codec, entries));
    } catch {
      // One of the values can't be sent, or all together are too large: each entry goes by itself.
      for (const entry of entries) this.#sendApart(entry);
    }
  }

  /** Says that nobody waits for that call, or for any of the portion, any more. */
  cancel(portion: Portion, index?: number): void {
    if (!this.has(portion)) return;
    const values = index === undefined ? [] : [index];
    this.#cancelled.add(portion.batch);
    const entry = poolEntry([PoolWord.cancel, portion.batch], values);
    this.process.link.send(encodePoolFrame(this.#codec, [entry]));
  }

  /** Whether it has something of the portion still. */
  has(portion: Portion): boolean {
    return this.#sent.get(portion.batch)?.portion === portion;
  }

  /** Whether it computes that call, or (without a number) one of the portion: they run one after another. */
  runsNow(portion: Portion, index?: number): boolean {
    for (const { portion: first, left } of this.#sent.values()) {
      if (first.fn.isAsync && first !== portion) continue;
      return first === portion && (index === undefined || first.values.length - left === index);
    }
    return false;
  }

  /** Ends its process, which has nothing to do. */
  leave(): void {
    if (this.process.leave === undefined) this.process.kill();
    else this.process.leave();
  }

  /** Ends its process; its calls are told, and whoever is free goes on. */
  kill(why: Error): void {
    this.why ??= why;
    this.process.kill();
  }

  #sendApart(entry: PoolEntry): void {
    try {
      this.process.link.send(encodePoolFrame(this.#codec, [entry]));
    } catch (error) {
      const [, [word = 0, fn = 0, batch = 0, exact = 0], values] = entry;
      const sent = this.#sent.get(batch);
      if (word > PoolWord.whole || sent === undefined) throw error;
      // Each call in a batch of its own, and those that can't go are told why.
      const { portion, eachMs } = sent;
      this.#sent.delete(batch);
      values.forEach((value, index) => {
        const refusal = refusalOf(this.#codec, value);
        if (refusal !== undefined) {
          this.#ended(eachMs, 1);
          portion.failed(index, refusal);
          return;
        }
        this.#batches += 1;
        this.#sent.set(this.#batches, { portion: new Shifted(portion, index), left: 1, eachMs });
        const one = poolEntry([word, fn, this.#batches, exact], [value]);
        this.process.link.send(encodePoolFrame(this.#codec, [one]));
      });
    }
  }

  #hear(frame: Uint8Array): void {
    this.spoke = true;
    this.heardMs = this.#events.now();
    for (const entry of decodePoolFrame(this.#codec, frame)) this.#take(entry);
    this.#events.heard(this);
  }

  #take([, head, values]: PoolEntry): void {
    const [word, batch = 0, first = 0, backCount = 0] = head;
    if (word === PoolWord.took) return this.#took(head);
    if (word === PoolWord.memory) {
      this.memoryBytes = batch;
      return;
    }
    const sent = this.#sent.get(batch);
    if (sent === undefined) return;
    const { portion, eachMs } = sent;
    const count = word === PoolWord.back ? backCount : word === PoolWord.done ? values.length : 1;
    const isMore = word !== PoolWord.back && first + count > portion.values.length;
    if (isMore || count > sent.left || !(count >= 0)) return this.kill(tooMany(this.process.name));
    sent.left -= count;
    if (sent.left <= 0) this.#sent.delete(batch);
    if (sent.left <= 0 || word === PoolWord.dropped) this.#cancelled.delete(batch);
    this.#ended(eachMs, count);
    if (word === PoolWord.done) portion.done(first, values);
    else if (word === PoolWord.failed) {
      const error = errorFrom(values[0]);
      this.#events.threw(error);
      portion.failed(first, error);
    } else if (word === PoolWord.back) portion.back(first);
    else portion.dropped(first);
    if (word !== PoolWord.back) this.done += count;
  }

  #took([, id = 0, calls = 0, ms = 0, waited = 0, batch = 0]: readonly number[]): void {
    const fn = this.#functions.get(id);
    if (fn === undefined) return;
    measured(fn, calls, ms, waited === 1);
    // What is left of it computes no more: it waits, as others can beside it.
    const sent = this.#sent.get(batch);
    if (sent === undefined) return;
    const waitsMs = POOL_WINDOW_MS / this.#limitOf(fn);
    this.#loadMs = Math.max(0, this.#loadMs + (waitsMs - sent.eachMs) * sent.left);
    sent.eachMs = waitsMs;
  }

  #limitOf({ isAsync }: PoolFunction): number {
    return this.#queueSize ?? (isAsync ? POOL_ASYNC_QUEUE : POOL_QUEUE);
  }

  /** What one call is thought to compute; of a function that nothing is known of so much that each worker gets two. */
  #estimateOf(fn: PoolFunction): number {
    const eachMs = fn.tookCalls === 0 ? POOL_WINDOW_MS / 2 : fn.tookMs / fn.tookCalls;
    return Math.max(eachMs, POOL_WINDOW_MS / this.#limitOf(fn));
  }

  #ended(eachMs: number, count: number): void {
    this.#calls -= count;
    this.#loadMs = this.#calls === 0 ? 0 : Math.max(0, this.#loadMs - eachMs * count);
  }

  #end(why: string): void {
    if (this.#lost) return;
    this.#lost = true;
    const error = this.why ?? serverLost(this.process.name, why);
    // Batches run one after another: past the first exact one that has not ended nothing was begun.
    let begun = true;
    for (const { portion, left } of this.#sent.values()) {
      const ended = portion.values.length - left;
      const isRunning = begun && portion.exact && !portion.fn.isAsync;
      portion.lost(error, begun ? (isRunning ? ended + 1 : portion.values.length) : 0);
      if (isRunning) begun = false;
    }
    this.#sent.clear();
    this.#calls = 0;
    this.#events.lost(this, error);
  }
}

/** One call of a portion that had to be sent by itself. */
class Shifted implements Portion {
  readonly #whole: Portion;
  readonly #at: number;
  readonly fn: PoolFunction;
  readonly word: PoolWord;
  readonly values: readonly unknown[];
  readonly exact: boolean;
  lane: Lane | undefined;
  batch = 0;

  constructor(whole: Portion, at: number) {
    this.#whole = whole;
    this.#at = at;
    this.fn = whole.fn;
    this.word = whole.word;
    this.values = [whole.values[at]];
    this.exact = whole.exact;
    this.lane = whole.lane;
  }

  done(_first: number, results: readonly unknown[]): void {
    this.#whole.done(this.#at, results);
  }

  failed(_index: number, error: Error): void {
    this.#whole.failed(this.#at, error);
  }

  back(): void {
    this.#whole.dropped(this.#at);
  }

  dropped(): void {
    this.#whole.dropped(this.#at);
  }

  lost(error: Error, sure: number): void {
    if (sure === 0) this.#whole.dropped(this.#at);
    else this.#whole.failed(this.#at, error);
  }
}

function measured(fn: PoolFunction, calls: number, ms: number, waited: boolean): void {
  if (waited) fn.isAsync = true;
  fn.tookCalls += calls;
  fn.tookMs += ms;
  if (fn.tookMs <= REMEMBERED_MS) return;
  fn.tookCalls *= REMEMBERED_MS / fn.tookMs;
  fn.tookMs = REMEMBERED_MS;
}

const tooMany = (name: string): SkeinError =>
  new SkeinError("WIRE_INVALID", `a worker of the pool (${name}) gave more results than it has calls`, {
    hint: "its program has been changed: see what runs there",
  });

function serverLost(name: string, why: string): SkeinError {
  return new SkeinError("SERVER_LOST", `a worker of the pool (${name}) ended: ${why}`, {
    hint: "give retries, where running it twice does no harm; see what the function does to its process",
  });
}
