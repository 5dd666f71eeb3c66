/** A map through a pool: takes items as workers have room, hands them out in portions, and gives the results to who reads. */
import type { Exit } from "../contracts/exit.ts";
import { POOL_QUEUE } from "../defaults.ts";
import { Deque } from "../deque.ts";
import { errorFrom, isSkeinError } from "../errors.ts";
import { abortError, timeoutError } from "../task/limits.ts";
import { bytesFit } from "./call-bytes.ts";
import type { Lane } from "./lane.ts";
import { MapAhead } from "./map-ahead.ts";
import type { MapHome } from "./map-home.ts";
import { type MapOfPortions, MapPortion, type Results } from "./map-portion.ts";
import type { MapWait, ReadMap, Step } from "./map-results.ts";
import { type MapSettings, notAsMany, wholeChunks } from "./map-settings.ts";
import { MapTimers } from "./map-timers.ts";
import type { PoolFunction, PoolWork, Portion } from "./portion.ts";
import type { MapSource } from "./sources.ts";
import { PoolWord } from "./pool-word.ts";

/** Stands where no result is yet. */
const NONE: unique symbol = Symbol("no result");

/** An item whose call failed. */
class Failed {
  readonly error: Error;

  constructor(error: Error) {
    this.error = error;
  }
}

export class PoolMap implements PoolWork, MapOfPortions, ReadMap {
  listed = false;
  readonly #home: MapHome;
  readonly #fn: PoolFunction;
  readonly settings: MapSettings;
  readonly #source: MapSource;
  /** In order: those of all items that were taken from the source; else as they come. */
  readonly #results = new Deque<Results>();
  /** To be sent again before others. */
  readonly #again: MapPortion[] = [];
  readonly #open = new Set<MapPortion>();
  readonly #waits: MapWait[] = [];
  readonly #ahead: MapAhead;
  /** For whole chunks: how many items, found by what they take. */
  #size = 1;
  #error: Error | undefined;
  /** Thrown by the source: told after the results of what came before. */
  #sourceError: Error | undefined;
  #isOver = false;
  #isRead = false;
  #offering = false;
  /** Looks whether the rest of a chunk comes. */
  #isWaiting = false;
  #isPatient = true;
  readonly #timers: MapTimers;
  readonly #onAbort: (() => void) | undefined;

  constructor(home: MapHome, fn: PoolFunction, source: (onItems: () => void) => MapSource, settings: MapSettings) {
    const { signal, timeoutMs, itemTimeoutMs } = settings;
    this.#home = home;
    this.#fn = fn;
    this.settings = settings;
    this.#timers = new MapTimers(home.engine);
    this.#ahead = new MapAhead(settings.inFlight, settings.chunk);
    this.#source = source(() => this.#offerSoon());
    if (timeoutMs !== undefined)
      this.#timers.after(timeoutMs, () => this.#stop(timeoutError(`the pool's map of ${fn.name}`, timeoutMs)));
    if (itemTimeoutMs !== undefined) this.#timers.watch(this.#open, itemTimeoutMs);
    if (signal !== undefined) {
      const stop = (): void => this.#stop(abortError(signal));
      this.#onAbort = stop;
      if (signal.aborted) stop();
      else signal.addEventListener("abort", stop, { once: true });
    }
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Lets it take items. */
  begin(): void {
    this.#want();
    this.#home.offer(this);
  }

  take(lane: Lane, lanes: number): Portion | undefined {
    if (this.#isOver) return undefined;
    const again = this.#again.shift();
    if (again !== undefined) return this.#give(again);
    const ahead = this.#ahead;
    ahead.lanes = lanes;
    if (!ahead.hasRoom) return undefined;
    const items = this.#items(lane, lanes, ahead.room);
    if (items.length === 0) {
      // Who waits for the end has to be told of it.
      if (this.#source.ended) this.#serve();
      return undefined;
    }
    const results: Results = { first: ahead.pulled, size: items.length, values: [], taken: 0 };
    ahead.took(items);
    if (this.settings.ordered) this.#results.push(results);
    const values = this.settings.word === PoolWord.whole ? [items] : items;
    return this.#give(new MapPortion(this, this.#fn, results, 0, values, 0));
  }

  fail(error: Error): void {
    this.#stop(error);
  }

  /** The next result, where there is one now; the end; or `undefined`. @throws what its call threw, or the map's end */
  next(): Step | undefined {
    if (!this.#isRead) this.#begins();
    const ahead = this.#ahead;
    const head = this.#results.peek();
    if (head !== undefined && head.taken < head.values.length) {
      const value = head.values[head.taken];
      if (value !== NONE) {
        const index = head.first + head.taken;
        head.values[head.taken] = undefined;
        head.taken += 1;
        ahead.read += 1;
        if (head.taken === head.size) this.#results.shift();
        if (ahead.count === ahead.refillAt && !this.#source.ended) this.begin();
        return this.#stepOf(value, index);
      }
    }
    if (this.#error !== undefined) throw this.#error;
    if (this.#isOver) return END;
    if (ahead.count === 0) this.#look();
    if (this.#source.ended && ahead.count === 0) {
      this.#error = this.#sourceError;
      this.#end();
      return this.next();
    }
    return undefined;
  }

  join(wait: MapWait): void {
    this.#waits.push(wait);
    if (!this.#source.ended) this.begin();
  }

  leave(wait: MapWait): void {
    const at = this.#waits.indexOf(wait);
    if (at >= 0) void this.#waits.splice(at, 1);
  }

  /** Nobody reads on. */
  close(): void {
    this.#stop(undefined);
  }

  sentAs(items: number, bytes: number): void {
    if (this.#ahead.sent(items, bytes)) this.#goOn();
  }

  cameAs(results: number, bytes: number): void {
    if (this.#ahead.came(results, bytes)) this.#goOn();
  }

  done(results: Results, first: number, values: readonly unknown[]): void {
    if (this.settings.word === PoolWord.whole) return this.#wholeDone(results, values[0]);
    this.#put(results, first, values);
  }

  failed(results: Results, index: number, error: Error): void {
    const isWhole = this.settings.word === PoolWord.whole;
    const failures = Array.from({ length: isWhole ? results.size : 1 }, () => new Failed(error));
    this.#put(results, isWhole ? 0 : index, failures);
  }

  /** These are to be sent once more. */
  again(portion: MapPortion): void {
    if (this.#isOver) return;
    // In order: the first of them are waited for.
    let at = this.#again.length;
    while (at > 0 && (this.#again[at - 1]?.first ?? 0) > portion.first) at -= 1;
    this.#again.splice(at, 0, portion);
    this.#home.offer(this);
  }

  /** All of it has ended here. */
  gone(portion: MapPortion): void {
    this.#open.delete(portion);
  }

  /** This one goes to a worker now. */
  sent(portion: MapPortion): void {
    this.#give(portion);
  }

  /** It may be further ahead than before. */
  #goOn(): void {
    if (!this.#isOver && !this.#source.ended) this.begin();
  }

  #begins(): void {
    this.#isRead = true;
    if (!this.#isOver) this.#home.read(this);
  }

  /** All is done that was taken: no worker is needed to find that there is nothing else. */
  #look(): void {
    try {
      this.#source.look();
    } catch (error) {
      this.#sourceError = errorFrom(error);
    }
  }

  #put(results: Results, first: number, values: readonly unknown[]): void {
    if (this.#isOver) return;
    if (this.settings.ordered) {
      const into = results.values;
      // Mostly they come in order.
      if (into.length === first) for (const value of values) into.push(value);
      else {
        while (into.length < first + values.length) into.push(NONE);
        values.forEach((value, index) => (into[first + index] = value));
      }
    } else this.#results.push({ first: results.first + first, size: values.length, values: [...values], taken: 0 });
    this.#serve();
  }

  #wholeDone(results: Results, value: unknown): void {
    const { tookCalls, tookMs } = this.#fn;
    const ms = tookMs / Math.max(1, tookCalls);
    // Twice as many while a call is too short to be worth its way, half when it keeps others waiting.
    if (ms < WHOLE_LEAST_MS) this.#size = Math.min(this.#size * 2, POOL_QUEUE);
    else if (ms > WHOLE_MOST_MS) this.#size = Math.max(1, this.#size >> 1);
    if (Array.isArray(value) && value.length === results.size) this.#put(results, 0, value);
    else this.failed(results, 0, notAsMany(this.#fn.name, results.size, value));
  }

  #items(lane: Lane, lanes: number, room: number): readonly unknown[] {
    const { chunk, word, itemTimeoutMs } = this.settings;
    const quick = lane.portionOf(this.#fn, Math.ceil(room / (2 * lanes)));
    let limit =
      word === PoolWord.whole ? (chunk ?? this.#size) : chunk === undefined ? quick : wholeChunks(chunk, quick);
    // Its time begins when it is sent.
    if (itemTimeoutMs !== undefined && !this.#fn.isAsync && chunk === undefined) limit = Math.min(limit, TIMED_PORTION);
    if (chunk === undefined) limit = Math.min(limit, bytesFit(this.#ahead.eachBytes));
    limit = Math.min(limit, chunk === undefined || room < chunk ? room : room - (room % chunk));
    try {
      const items = this.#source.take(limit, this.#isPatient ? Math.min(chunk ?? 1, limit) : 1);
      this.#want();
      if (items.length > 0) this.#isPatient = true;
      else if (this.#source.waiting > 0) this.#waitForMore();
      return items;
    } catch (error) {
      this.#sourceError = errorFrom(error);
      return [];
    }
  }

  /** What an async source gives in one turn goes together. */
  #offerSoon(): void {
    if (this.#offering) return;
    this.#offering = true;
    this.#home.engine.platform.nextTurn(() => {
      this.#offering = false;
      this.#home.offer(this);
    });
  }

  /** A chunk that does not fill goes as it is: what is to come may wait for what is in it. */
  #waitForMore(): void {
    if (this.#isWaiting) return;
    this.#isWaiting = true;
    const isWhole = this.settings.word === PoolWord.whole;
    this.#timers.after(isWhole ? WHOLE_WAIT_MS : CHUNK_WAIT_MS, () => {
      this.#isWaiting = false;
      this.#isPatient = false;
      this.#home.offer(this);
    });
  }

  #want(): void {
    if (!this.#isOver) this.#source.want(this.#ahead.room);
  }

  #give(portion: MapPortion): Portion {
    this.#open.add(portion);
    portion.sentMs = this.#home.engine.platform.now();
    return portion;
  }

  #stepOf(value: unknown, index: number): Step {
    if (!(value instanceof Failed)) {
      return { done: false, value: this.settings.yieldsErrors ? { type: "returned", value, index } : value };
    }
    const { error } = value;
    if (!this.settings.yieldsErrors) {
      this.#stop(error);
      throw error;
    }
    const type: Exit<unknown>["type"] = isSkeinError(error, "SERVER_LOST") ? "lost" : "failed";
    return { done: false, value: { type, error, index } };
  }

  #serve(): void {
    while (this.#waits.length > 0) {
      const [wait] = this.#waits;
      if (wait === undefined) return;
      let step: Step | undefined;
      try {
        step = this.next();
      } catch (error) {
        this.leave(wait);
        wait.fail(error);
        continue;
      }
      if (step === undefined) return;
      this.leave(wait);
      wait.settle(step);
    }
  }

  /** Its time, its signal, an error, or nobody who reads on. */
  #stop(error: Error | undefined): void {
    if (this.#isOver) return;
    this.#error = error;
    this.#end();
    for (const portion of this.#open) this.#home.withdraw(portion);
    this.#open.clear();
    this.#results.keep(() => false);
    this.#source.close();
    this.#serve();
  }

  #end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#again.length = 0;
    this.#timers.stop();
    if (this.#onAbort !== undefined) this.settings.signal?.removeEventListener("abort", this.#onAbort);
    this.#home.over(this);
  }
}

const END: Step = { done: true, value: undefined };
/** A call with a whole chunk should take at least so long, and at most. */
const WHOLE_LEAST_MS = 1;
const WHOLE_MOST_MS = 4;
/** Items in a portion whose items have a time each: the next one's begins when the one before has ended. */
const TIMED_PORTION = 256;
/** So long the rest of a chunk is waited for, and of a list for a function that takes lists. */
const CHUNK_WAIT_MS = 10;
const WHOLE_WAIT_MS = 1000;
