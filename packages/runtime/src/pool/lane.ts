/** A worker as its pool sees it: what it has been given, how much more it may have, and what came of it. */
import { POOL_QUEUE, POOL_WINDOW_MS, POOL_WORKER_BYTES } from "../defaults.ts";
import { errorFrom, SkeinError } from "../errors.ts";
import { Codec } from "../wire/codec.ts";
import { estimateOf, limitOf, measured, takesLong } from "./call-times.ts";
import { type Batch, LaneLoad } from "./lane-load.ts";
import type { PoolProcess } from "./pool-process.ts";
import type { PoolFunction, Portion } from "./portion.ts";
import { PoolWord } from "./pool-word.ts";
import { serverLost } from "./server-lost.ts";
import { decodePoolFrame, encodePoolFrame, type PoolEntry, poolEntry, refusalOf } from "./words.ts";

const TINY_MS = 1e-6;

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

/** One for all workers of a pool: its buffer and its texts stay at hand, however many these are. */
export const newCodec = (): Codec => new Codec();

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
  readonly #load = new LaneLoad();
  /** Its link takes no more for now. */
  #isFull = false;
  #out: PoolEntry[] = [];
  #lost = false;
  #left = false;
  /** The portion for which it is ended by us, where that is of one. */
  #over: Portion | undefined;

  constructor(process: PoolProcess, queueSize: number | undefined, codec: Codec, events: LaneEvents) {
    this.process = process;
    this.#queueSize = queueSize;
    this.#events = events;
    this.#codec = codec;
    process.link.receive((frame) => this.#hear(frame));
    void process.exited.then((why) => this.#end(why));
    // A process that can't be heard any more is of no use.
    void process.link.closed.then(() => (this.#lost || this.#left ? undefined : this.process.kill()));
  }

  /** Calls that it has and that have not ended. */
  get calls(): number {
    return this.#load.calls;
  }

  /** Whether it may have one more. */
  get hasRoom(): boolean {
    const { calls, ms, bytes, isInDoubt } = this.#load;
    if (calls === 0) return true;
    if (isInDoubt || this.#isFull || bytes >= POOL_WORKER_BYTES) return false;
    // Sums of small numbers are not exact.
    return ms < POOL_WINDOW_MS - TINY_MS && calls < (this.#queueSize ?? POOL_QUEUE);
  }

  /**
   * How many calls of `fn` go to it at once now, `share` at most: so many as keep it busy while an answer is under way,
   * in two portions.
   */
  portionOf(fn: PoolFunction, share: number): number {
    const limit = limitOf(fn, this.#queueSize);
    const eachMs = estimateOf(fn, limit);
    const window = Math.min(limit, Math.floor(POOL_WINDOW_MS / eachMs));
    const { calls, ms } = this.#load;
    const room = Math.min(limit - calls, Math.floor((POOL_WINDOW_MS - ms) / eachMs));
    return Math.max(1, Math.min(room, Math.ceil(window / 2), share));
  }

  give(portion: Portion): void {
    const { fn } = portion;
    if (!this.#known.has(fn.id)) {
      this.#known.add(fn.id);
      this.#functions.set(fn.id, fn);
      const code = this.#events.codeOf(fn);
      this.#out.push(poolEntry([PoolWord.code, fn.id], [this.process.codeFor?.(code) ?? code]));
    }
    this.#out.push(this.#entryOf(portion, estimateOf(fn, limitOf(fn, this.#queueSize))));
  }

  /** Sends what was given since. */
  flush(): void {
    if (this.#out.length === 0) return;
    const entries = this.#out;
    this.#out = [];
    try {
      this.#send(entries);
    } catch {
      // One of the values can't be sent, or all together are too large: each entry goes by itself.
      for (const entry of entries) this.#sendApart(entry);
    }
  }

  /** Says that nobody waits for that call, or for any of the portion, any more. */
  cancel(portion: Portion, index?: number): void {
    if (!this.has(portion)) return;
    this.#load.cancel(portion, index);
    const entry = poolEntry([PoolWord.cancel, portion.batch], index === undefined ? [] : [index]);
    this.process.link.send(encodePoolFrame(this.#codec, [entry]));
  }

  /** Whether it has something of the portion still. */
  has(portion: Portion): boolean {
    return this.#load.has(portion);
  }

  /** Whether it computes that call, or (without a number) one of the portion. */
  runsNow(portion: Portion, index?: number): boolean {
    return this.#load.runsNow(portion, index);
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

  /** Counts it. What takes long is told one by one: it costs little then, and who has to be ended takes nothing else along. */
  #entryOf(portion: Portion, eachMs: number): PoolEntry {
    const { fn, word, values } = portion;
    const exact = portion.exact || takesLong(fn);
    portion.lane = this;
    this.#load.add(portion, exact, eachMs);
    return poolEntry([word, fn.id, portion.batch, exact ? 1 : 0], values);
  }

  /** @throws {SkeinError} when one of the values can't be sent, or all together are too large */
  #send(entries: readonly PoolEntry[]): void {
    const sizes: number[] = [];
    const frame = encodePoolFrame(this.#codec, entries, sizes);
    for (let index = 0; index < entries.length; index += 1) {
      const batch = this.#batchOf(entries[index]);
      if (batch !== undefined) this.#load.weigh(batch, sizes[index] ?? 0);
    }
    if (!this.process.link.send(frame) && !this.#isFull) void this.#waitForRoom();
  }

  async #waitForRoom(): Promise<void> {
    this.#isFull = true;
    await this.process.link.drained();
    this.#isFull = false;
    if (!this.#lost) this.#events.heard(this);
  }

  /** The calls that it has. */
  #batchOf(entry: PoolEntry | undefined): Batch | undefined {
    const [word = PoolWord.code, , number = 0] = entry?.[1] ?? [];
    return word > PoolWord.whole ? undefined : this.#load.find(number);
  }

  #sendApart(entry: PoolEntry): void {
    const batch = this.#batchOf(entry);
    // They stand in the order in which they are sent.
    if (batch !== undefined) this.#load.putLast(batch);
    try {
      this.#send([entry]);
    } catch (error) {
      if (batch === undefined) throw error;
      // Each call in a batch of its own, and those that can't go are told why.
      this.#load.ended(batch, batch.left);
      const parts = [...batch.portion.apart()];
      for (let one = parts.shift(); one !== undefined; one = parts.shift()) {
        this.#sendAlone(one, batch.eachMs);
        if (this.#load.bytes >= POOL_WORKER_BYTES) break;
      }
      // What would be too much now goes to whoever is free: the last first, as each goes before all others.
      for (const one of parts.toReversed()) one.back(0);
    }
  }

  #sendAlone(portion: Portion, eachMs: number): void {
    const entry = this.#entryOf(portion, eachMs);
    try {
      this.#send([entry]);
    } catch (error) {
      const batch = this.#batchOf(entry);
      if (batch !== undefined) this.#load.ended(batch, 1);
      portion.failed(0, refusalOf(this.#codec, portion.values[0]) ?? errorFrom(error));
    }
  }

  #hear(frame: Uint8Array): void {
    this.spoke = true;
    this.heardMs = this.#events.now();
    const sizes: number[] = [];
    try {
      const entries = decodePoolFrame(this.#codec, frame, sizes);
      for (let index = 0; index < entries.length; index += 1) this.#take(entries[index], sizes[index] ?? 0);
    } catch (error) {
      // What it has is told when it has ended.
      this.kill(errorFrom(error));
    }
    this.#events.heard(this);
  }

  #take(entry: PoolEntry | undefined, bytes: number): void {
    if (entry === undefined) return;
    const [, head, values] = entry;
    const [word = 0, batch = 0, first = 0, backCount = 0] = head;
    if (word === PoolWord.took) return this.#took(head);
    if (word === PoolWord.memory) {
      this.memoryBytes = batch;
      return;
    }
    const sent = this.#load.find(batch);
    if (sent === undefined) return;
    const { portion, left } = sent;
    const count = word === PoolWord.back ? backCount : word === PoolWord.done ? values.length : 1;
    const isMore = word !== PoolWord.back && first + count > portion.values.length;
    if (isMore || count > left || !(count >= 0)) return this.kill(tooMany(this.process.name));
    this.#load.ended(sent, count);
    if (this.#load.isInDoubt) this.#load.heardOf(batch, count >= left || word === PoolWord.dropped, first, count);
    try {
      if (word <= PoolWord.failed) portion.cameAs(count, bytes);
      if (word === PoolWord.done) portion.done(first, values);
      else if (word === PoolWord.failed) portion.failed(first, this.#explained(errorFrom(values[0])));
      else if (word === PoolWord.back) portion.back(first);
      else portion.dropped(first);
    } catch (error) {
      // Some may have been told: nothing else comes for the others.
      if (sent.left > 0) this.#load.ended(sent, sent.left);
      portion.lost(errorFrom(error), portion.values.length);
      throw error;
    }
    if (word !== PoolWord.back) this.done += count;
  }

  /** One that can't be explained goes as it is. */
  #explained(error: Error): Error {
    try {
      this.#events.threw(error);
    } catch {
      // It belongs to the program, which may have made anything of it.
    }
    return error;
  }

  #took([, id = 0, calls = 0, ms = 0, waited = 0, batch = 0]: readonly number[]): void {
    const fn = this.#functions.get(id);
    if (fn === undefined) return;
    measured(fn, calls, ms, waited === 1);
    // What is left of it computes no more: it waits, as others can beside it.
    const sent = this.#load.find(batch);
    if (sent !== undefined) this.#load.waits(sent, POOL_WINDOW_MS / limitOf(fn, this.#queueSize));
  }

  #end(why: string): void {
    if (this.#lost) return;
    this.#lost = true;
    const error = this.why ?? serverLost(this.process.name, why);
    // What it was not ended for has done nothing wrong.
    const others = this.#over === undefined ? error : serverLost(this.process.name, error.message);
    this.#load.lose(error, others, this.#over);
    this.#events.lost(this, others);
  }
}

const tooMany = (name: string): SkeinError =>
  new SkeinError("WIRE_INVALID", `a worker of the pool (${name}) gave more results than it has calls`, {
    hint: "its program has been changed: see what runs there",
  });
