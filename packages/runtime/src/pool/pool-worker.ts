/** The inside of a worker process of a pool: runs functions over what it is sent, in order, and answers in batches. */
import type { Link } from "../contracts/link.ts";
import { Deque } from "../deque.ts";
import { errorFrom, SkeinError } from "../errors.ts";
import { Codec } from "../wire/codec.ts";
import { argumentList } from "./argument-list.ts";
import { PoolWord } from "./pool-word.ts";
import { decodePoolFrame, encodePoolFrame, type PoolEntry, poolEntry, refusalOf } from "./words.ts";

/** What is done is told after so long while a batch goes on: who reads need not wait for all of it. */
const TELL_EVERY_MS = 1;
/** A batch that takes longer gives back what it has not begun: another worker may be free. */
const BATCH_LONGEST_MS = 8;

/** Memory is told at most so often. */
const MEMORY_EVERY_MS = 100;

export type AnyFunction = (...args: readonly unknown[]) => unknown;

export interface PoolWorkerOptions {
  readonly link: Link;
  /** Milliseconds, monotonic. */
  readonly now: () => number;
  /** Calls back when the present callback has ended. */
  readonly soon: (callback: () => void) => void;
  /** Finds the function that the pool's host has described. */
  readonly load: (code: unknown) => AnyFunction | PromiseLike<AnyFunction>;
  /** Bytes of memory that this worker has, where that can be told. */
  readonly memoryBytes?: () => number;
  /** Says more in an error of a function, in place. */
  readonly explain?: (error: Error) => void;
  /** What is sent leaves the process only once this turn of its host has ended. */
  readonly isApart?: boolean;
}

interface Batch {
  readonly word: PoolWord;
  readonly fn: number;
  readonly id: number;
  /** Each end is told before the next begins: the pool has to know which one runs. */
  readonly exact: boolean;
  readonly values: readonly unknown[];
  /** Those before this number have begun, or were given back. */
  begun: number;
  /** Of those that have not begun: they are not wanted any more. */
  dropped: Set<number> | undefined;
  /** Those that gave promises which are waited for. */
  pending: Set<number> | undefined;
}

type Loaded = { readonly fn: AnyFunction } | { readonly error: Error } | { readonly waiting: Batch[] };

/** Serves a pool until its link closes. */
export class PoolWorker {
  readonly #options: PoolWorkerOptions;
  readonly #codec = new Codec();
  readonly #loaded = new Map<number, Loaded>();
  /** Those that wait for their function, or for promises. */
  readonly #open = new Map<number, Batch>();
  /** Those that came while an exact one runs, one call a turn. */
  readonly #later = new Deque<() => void>();
  #isExact = false;
  #out: PoolEntry[] = [];
  #telling = false;
  #memoryMs = 0;

  constructor(options: PoolWorkerOptions) {
    this.#options = options;
    options.link.receive((frame) => {
      for (const entry of decodePoolFrame(this.#codec, frame)) this.#take(entry);
      this.#tell();
    });
  }

  /** Says that it is there. */
  hello(): void {
    this.#out.push(poolEntry([PoolWord.dropped, 0, 0], []));
    this.#tell();
  }

  #take([, head, values]: PoolEntry): void {
    const [word, second = 0, third = 0, exact] = head;
    if (word === PoolWord.code) this.#load(second, values[0]);
    else if (word === PoolWord.cancel) this.#cancel(second, values);
    else if (word === PoolWord.call || word === PoolWord.each || word === PoolWord.whole) {
      const state = { begun: 0, dropped: undefined, pending: undefined };
      this.#begin({ word, fn: second, id: third, exact: exact === 1, values, ...state });
    }
  }

  #load(id: number, code: unknown): void {
    const waiting: Batch[] = [];
    const loaded = (now: Loaded): void => {
      this.#loaded.set(id, now);
      for (const batch of waiting.splice(0)) {
        this.#open.delete(batch.id);
        this.#begin(batch);
      }
    };
    this.#loaded.set(id, { waiting });
    try {
      const found = this.#options.load(code);
      if (typeof found === "function") return loaded({ fn: found });
      const later = (now: Loaded): void => {
        loaded(now);
        this.#tell();
      };
      void found.then(
        (fn) => later({ fn }),
        (error: unknown) => later({ error: errorFrom(error) }),
      );
    } catch (error) {
      loaded({ error: errorFrom(error) });
    }
  }

  #cancel(id: number, values: readonly unknown[]): void {
    const batch = this.#open.get(id);
    if (batch === undefined) return; // it has ended, which was told
    for (const index of values.length === 0 ? batch.values.keys() : values) {
      if (typeof index !== "number") continue;
      if (index >= batch.begun) {
        if (batch.dropped?.has(index) === true) continue;
        (batch.dropped ??= new Set()).add(index);
      } else if (batch.pending?.delete(index) !== true) continue;
      this.#out.push(poolEntry([PoolWord.dropped, id, index], []));
    }
    this.#closeIfOver(batch);
  }

  #closeIfOver({ id, pending, begun, values }: Batch): void {
    if (begun >= values.length && (pending === undefined || pending.size === 0)) this.#open.delete(id);
  }

  #begin(batch: Batch): void {
    const loaded = this.#loaded.get(batch.fn);
    if (loaded === undefined || "error" in loaded) {
      const error = loaded?.error ?? unknownFunction();
      for (let index = 0; index < batch.values.length; index += 1) this.#fail(batch, index, error);
    } else if ("waiting" in loaded) {
      this.#open.set(batch.id, batch);
      loaded.waiting.push(batch);
    } else if (this.#isExact) {
      this.#open.set(batch.id, batch);
      this.#later.push(() => {
        this.#open.delete(batch.id);
        this.#runNow(batch, loaded.fn);
      });
    } else this.#runNow(batch, loaded.fn);
  }

  #runNow(batch: Batch, fn: AnyFunction): void {
    if (batch.exact && this.#options.isApart === true) this.#runApart(batch, fn);
    else this.#run(batch, fn);
  }

  /**
   * Runs an exact batch one call a turn: what is told of a call has left the process before the next begins. Batches that
   * come meanwhile wait.
   */
  #runApart(batch: Batch, fn: AnyFunction): void {
    const { values } = batch;
    const { now, soon } = this.#options;
    let index = 0;
    let tookMs = 0;
    let waits = 0;
    this.#isExact = true;
    this.#open.set(batch.id, batch);
    const end = (): void => {
      this.#out.push(poolEntry([PoolWord.took, batch.fn, index, tookMs, waits > 0 ? 1 : 0, batch.id], []));
      this.#tellMemory(now());
      batch.begun = values.length;
      this.#closeIfOver(batch);
      this.#isExact = false;
      for (let next = this.#later.shift(); next !== undefined; next = this.#isExact ? undefined : this.#later.shift()) {
        next();
      }
      this.#tell();
    };
    const next = (): void => {
      while (index < values.length && batch.dropped?.has(index) === true) index += 1;
      if (index < values.length && tookMs > BATCH_LONGEST_MS) {
        this.#giveBack(batch, index);
        return end();
      }
      if (index >= values.length) return end();
      const startMs = now();
      batch.begun = index + 1;
      try {
        const result = call(batch, fn, index);
        if (isThenable(result)) {
          waits += 1;
          this.#await(batch, index, result);
        } else this.#done(batch, index, [result]);
      } catch (error) {
        this.#fail(batch, index, error);
      }
      tookMs += now() - startMs;
      index += 1;
      this.#tell();
      soon(next);
    };
    // What was told of others leaves first.
    this.#tell();
    soon(next);
  }

  /** Runs a batch to its end, or until it has taken too long. Plain loops: hot path. */
  #run(batch: Batch, fn: AnyFunction): void {
    const { values, exact } = batch;
    const { now } = this.#options;
    const { length } = values;
    const startMs = now();
    let toldMs = startMs;
    let endMs = startMs;
    let first = 0;
    let results: unknown[] = [];
    let index = 0;
    let waits = 0;
    batch.begun = length;
    if (exact) this.#tell();
    for (; index < length; index += 1) {
      if (batch.dropped?.has(index) === true) {
        this.#done(batch, first, results);
        [first, results] = [index + 1, []];
        continue;
      }
      try {
        const result = call(batch, fn, index);
        if (isThenable(result)) {
          this.#done(batch, first, results);
          [first, results] = [index + 1, []];
          waits += 1;
          this.#await(batch, index, result);
        } else results.push(result);
      } catch (error) {
        this.#done(batch, first, results);
        [first, results] = [index + 1, []];
        this.#fail(batch, index, error);
      }
      endMs = now();
      if (exact || endMs - toldMs > TELL_EVERY_MS) {
        this.#done(batch, first, results);
        [first, results] = [index + 1, []];
        this.#tell();
        toldMs = endMs;
        if (endMs - startMs > BATCH_LONGEST_MS && index + 1 < length) {
          index += 1;
          this.#giveBack(batch, index);
          break;
        }
      }
    }
    this.#done(batch, first, results);
    this.#out.push(poolEntry([PoolWord.took, batch.fn, index, endMs - startMs, waits > 0 ? 1 : 0, batch.id], []));
    this.#tellMemory(now());
  }

  #giveBack({ id, values, dropped }: Batch, first: number): void {
    let count = values.length - first;
    for (const index of dropped ?? []) if (index >= first) count -= 1; // of these it was told
    this.#out.push(poolEntry([PoolWord.back, id, first, count], []));
  }

  #await(batch: Batch, index: number, promise: PromiseLike<unknown>): void {
    const pending = (batch.pending ??= new Set());
    pending.add(index);
    this.#open.set(batch.id, batch);
    const settled = (tell: () => void): void => {
      if (!pending.delete(index)) return; // nobody wants it any more
      this.#closeIfOver(batch);
      tell();
      this.#tellSoon();
    };
    promise.then(
      (value) => settled(() => this.#done(batch, index, [value])),
      (error: unknown) => settled(() => this.#fail(batch, index, error)),
    );
  }

  #done({ id }: Batch, first: number, results: readonly unknown[]): void {
    if (results.length > 0) this.#out.push(poolEntry([PoolWord.done, id, first], results));
  }

  #fail({ id }: Batch, index: number, error: unknown): void {
    const thrown = errorFrom(error);
    try {
      this.#options.explain?.(thrown);
    } catch {
      // It can't even be read or written: it goes as it is.
    }
    this.#out.push(poolEntry([PoolWord.failed, id, index], [thrown]));
  }

  /** Tells now and then how much memory the calls have left it with. */
  #tellMemory(nowMs: number): void {
    const { memoryBytes } = this.#options;
    if (memoryBytes === undefined || nowMs - this.#memoryMs < MEMORY_EVERY_MS) return;
    this.#memoryMs = nowMs;
    this.#out.push(poolEntry([PoolWord.memory, memoryBytes()], []));
  }

  #tellSoon(): void {
    if (this.#telling) return;
    this.#telling = true;
    this.#options.soon(() => {
      this.#telling = false;
      this.#tell();
    });
  }

  #tell(): void {
    if (this.#out.length === 0) return;
    const entries = this.#out;
    this.#out = [];
    try {
      this.#options.link.send(encodePoolFrame(this.#codec, entries));
    } catch {
      // One of the results can't be sent, or all together are too large: each goes by itself.
      for (const entry of entries) this.#tellApart(entry);
    }
  }

  #tellApart([kind, head, values]: PoolEntry): void {
    const [word, batch = 0, first = 0] = head;
    if (word !== PoolWord.done && word !== PoolWord.failed) {
      this.#options.link.send(encodePoolFrame(this.#codec, [[kind, head, values]]));
      return;
    }
    values.forEach((value, index) => {
      const refusal = refusalOf(this.#codec, value);
      const one =
        refusal === undefined
          ? poolEntry([word, batch, first + index], [value])
          : poolEntry([PoolWord.failed, batch, first + index], [refusal]);
      this.#options.link.send(encodePoolFrame(this.#codec, [one]));
    });
  }
}

function call({ word, values }: Batch, fn: AnyFunction, index: number): unknown {
  const value = values[index];
  return word === PoolWord.call ? fn(...argumentList(value)) : fn(value);
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    typeof value === "object" && value !== null && "then" in value && typeof Reflect.get(value, "then") === "function"
  );
}

const unknownFunction = (): SkeinError =>
  new SkeinError("CODE_UNKNOWN", "a worker of the pool was not told this function", {
    hint: "this is a fault of skein: please report it",
  });
