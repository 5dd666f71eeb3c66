/** A worker as its pool sees it: what it has been given, how much more it may have, and what came of it. */
import type { Link } from "../contracts/link.ts";
import { POOL_ASYNC_QUEUE, POOL_QUEUE, POOL_WINDOW_MS } from "../defaults.ts";
import { errorFrom, SkeinError } from "../errors.ts";
import { Codec } from "../wire/codec.ts";
import type { PoolFunction, Portion } from "./portion.ts";
import { PoolWord } from "./pool-word.ts";
import { serverLost } from "./server-lost.ts";
import { decodePoolFrame, encodePoolFrame, type PoolEntry, poolEntry, refusalOf } from "./words.ts";

/** So much time of a function's calls is remembered, in milliseconds: one hiccup changes little, another cost shows soon. */
const REMEMBERED_MS = 20;

const TINY_MS = 1e-6;
/** Calls that take longer are told one by one in any case. */
const EXACT_FROM_MS = 1;

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
  /** Each end is told before the next begins. */
  readonly exact: boolean;
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
  /** Batches of which something was cancelled, with its number: until it is heard of, the worker may have to be ended. */
  readonly #cancelled = new Map<number, number | undefined>();
  #batches = 0;
  #calls = 0;
  #loadMs = 0;
  #out: PoolEntry[] = [];
  #lost = false;
  #left = false;
  /** The portion for which it is ended by us, where that is of one. */
  #over: Portion | undefined;

  constructor(process: PoolProcess, queueSize: number | undefined, events: LaneEvents) {
    this.process = process;
    this.#queueSize = queueSize;
    this.#events = events;
    this.#codec = new Codec();
    process.link.receive((frame) => this.#hear(frame));
    void process.exited.then((why) => this.#end(why));
    // A process that can't be heard any more is of no use.
    void process.link.closed.then(() => (this.#lost || this.#left ? undefined : this.process.kill()));
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
    const { fn, values } = portion;
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
    this.#put(portion, eachMs);
  }

  /** What takes long is told one by one: it costs little then, and who has to be ended takes nothing else along. */
  #put(portion: Portion, eachMs: number): void {
    const { fn, word, values } = portion;
    const isLong = fn.tookMs >= fn.tookCalls * EXACT_FROM_MS; // or nothing is known of it
    const exact = portion.exact || isLong;
    this.#sent.set(portion.batch, { portion, exact, left: values.length, eachMs });
    this.#out.push(poolEntry([word, fn.id, portion.batch, exact ? 1 : 0], values));
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
    this.#cancelled.set(portion.batch, index);
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
    this.#left = true;
    if (this.process.leave === undefined) this.process.kill();
    else this.process.leave();
  }

  /** Ends its process, for the sake of `over` alone where that is given; its calls are told, and whoever is free goes on. */
  kill(why: Error, over?: Portion): void {
    if (this.why === undefined) [this.why, this.#over] = [why, over];
    this.process.kill();
  }

  #sendApart(entry: PoolEntry): void {
    const [, [word = 0, , batch = 0]] = entry;
    const sent = word > PoolWord.whole ? undefined : this.#sent.get(batch);
    // They stand in the order in which they are sent.
    if (sent !== undefined && this.#sent.delete(batch)) this.#sent.set(batch, sent);
    try {
      this.process.link.send(encodePoolFrame(this.#codec, [entry]));
    } catch (error) {
      if (sent === undefined) throw error;
      // Each call in a batch of its own, and those that can't go are told why.
      const { portion, eachMs } = sent;
      this.#sent.delete(batch);
      for (const one of portion.apart()) this.#sendAlone(one, eachMs);
    }
  }

  #sendAlone(portion: Portion, eachMs: number): void {
    const refusal = refusalOf(this.#codec, portion.values[0]);
    if (refusal !== undefined) {
      this.#ended(eachMs, 1);
      portion.failed(0, refusal);
      return;
    }
    this.#batches += 1;
    portion.lane = this;
    portion.batch = this.#batches;
    this.#put(portion, eachMs);
    const entries = this.#out;
    this.#out = [];
    this.process.link.send(encodePoolFrame(this.#codec, entries));
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
    if (this.#cancelled.size > 0) this.#heardOf(batch, sent.left <= 0 || word === PoolWord.dropped, first, count);
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

  /** What was cancelled may have ended before that was read. */
  #heardOf(batch: number, isOver: boolean, first: number, count: number): void {
    const index = this.#cancelled.get(batch) ?? -1;
    if (isOver || (index >= first && index < first + count)) this.#cancelled.delete(batch);
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
    // What it was not ended for has done nothing wrong.
    const others = this.#over === undefined ? error : serverLost(this.process.name, error.message);
    // Batches run one after another: past the first exact one that has not ended nothing was begun.
    let begun = true;
    for (const { portion, exact, left } of this.#sent.values()) {
      const ended = portion.values.length - left;
      const isRunning = begun && exact && !portion.fn.isAsync;
      const sure = begun ? (isRunning ? ended + 1 : portion.values.length) : 0;
      portion.lost(portion === this.#over ? error : others, sure);
      if (isRunning) begun = false;
    }
    this.#sent.clear();
    this.#calls = 0;
    this.#events.lost(this, others);
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
