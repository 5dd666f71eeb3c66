/** What a map takes its items from: anything that can be iterated, one item at a time and never too far ahead. */
import { shown } from "../check-options.ts";
import { errorFrom, SkeinError } from "../errors.ts";

/** A source that may be sync or async. */
export type AnyIterable<T> = Iterable<T> | AsyncIterable<T>;

/** Items for a map, as they come. */
export interface MapSource {
  /** Nothing more comes. */
  readonly ended: boolean;
  /** Items that came and were not taken. */
  readonly waiting: number;
  /**
   * Up to `limit` items that are there now; none where `least` are still waited for. @throws what the source throws
   */
  take(limit: number, least: number): unknown[];
  /** Goes and gets more, up to `limit` that wait, where items have to be waited for; `take` has them when `onItems` is told. */
  want(limit: number): void;
  /** Finds out whether there is another item, where that can be had at once. @throws what the source throws */
  look(): void;
  /** It is left before its end. */
  close(): void;
}

export function mapSource(items: AnyIterable<unknown>, onItems: () => void): MapSource {
  if (isAsync(items)) return new AsyncSource(items[Symbol.asyncIterator](), onItems);
  if (isSync(items)) return new SyncSource(items[Symbol.iterator]());
  throw new SkeinError("OPTION_INVALID", `a map can't go through ${shown(items)}`, {
    hint: "give an array, or anything else that for…of or for await goes through",
  });
}

// Programs in JavaScript have no compiler that checks.
const isAsync = (items: unknown): items is AsyncIterable<unknown> =>
  typeof items === "object" && items !== null && Symbol.asyncIterator in items;
const isSync = (items: unknown): items is Iterable<unknown> =>
  typeof items === "string" || (typeof items === "object" && items !== null && Symbol.iterator in items);

class SyncSource implements MapSource {
  readonly #iterator: Iterator<unknown>;
  #error: Error | undefined;
  /** Taken to see whether there is one. */
  readonly #seen: unknown[] = [];
  /** It is asked for an item, and may call us. */
  #isAsked = false;
  #isLeft = false;
  ended = false;

  constructor(iterator: Iterator<unknown>) {
    this.#iterator = iterator;
  }

  get waiting(): number {
    return this.#seen.length;
  }

  take(limit: number): unknown[] {
    if (this.#error !== undefined) {
      this.ended = true;
      throw this.#error;
    }
    const items = this.#seen.splice(0);
    if (this.ended || this.#isAsked) return items;
    const iterator = this.#iterator;
    this.#isAsked = true;
    try {
      while (items.length < limit) {
        const step = iterator.next();
        if (this.#isLeft) {
          this.#leave();
          return [];
        }
        if (step.done === true) {
          this.ended = true;
          break;
        }
        items.push(step.value);
      }
    } catch (error) {
      if (this.#isLeft) return [];
      // Those before it come first.
      this.#error = errorFrom(error);
      if (items.length === 0) {
        this.ended = true;
        throw this.#error;
      }
    } finally {
      this.#isAsked = false;
    }
    return items;
  }

  want(): void {}

  look(): void {
    if (this.#seen.length > 0 || this.ended || this.#isAsked) return;
    for (const item of this.take(1)) this.#seen.push(item);
  }

  close(): void {
    if (this.ended) return;
    this.ended = true;
    this.#isLeft = true;
    this.#seen.length = 0;
    if (!this.#isAsked) this.#leave();
  }

  /** What it throws then is told nowhere: nobody reads on. */
  #leave(): void {
    try {
      this.#iterator.return?.();
    } catch {
      // As above.
    }
  }
}

class AsyncSource implements MapSource {
  readonly #iterator: AsyncIterator<unknown>;
  readonly #onItems: () => void;
  #items: unknown[] = [];
  /** So many of them were taken. */
  #taken = 0;
  #asking = false;
  #over = false;
  #error: Error | undefined;
  #limit = 0;

  constructor(iterator: AsyncIterator<unknown>, onItems: () => void) {
    this.#iterator = iterator;
    this.#onItems = onItems;
  }

  get ended(): boolean {
    return this.#over && this.waiting === 0 && this.#error === undefined;
  }

  take(limit: number, least: number): unknown[] {
    const { waiting } = this;
    if (waiting < least && !this.#over) return [];
    if (waiting === 0 && this.#error !== undefined) {
      const error = this.#error;
      this.#error = undefined;
      throw error;
    }
    const end = this.#taken + Math.min(limit, waiting);
    const items = this.#taken === 0 && end === this.#items.length ? this.#items : this.#items.slice(this.#taken, end);
    if (end === this.#items.length) [this.#items, this.#taken] = [[], 0];
    else if (end * 2 < this.#items.length) this.#taken = end;
    else [this.#items, this.#taken] = [this.#items.slice(end), 0];
    return items;
  }

  get waiting(): number {
    return this.#items.length - this.#taken;
  }

  want(limit: number): void {
    this.#limit = limit;
    if (!this.#asking && !this.#over) void this.#ask();
  }

  close(): void {
    if (this.#over) return;
    this.#over = true;
    [this.#items, this.#taken] = [[], 0];
    // It may never answer, and nobody waits for it or hears what it throws.
    const leave = async (): Promise<unknown> => await this.#iterator.return?.();
    leave().catch(() => undefined);
  }

  look(): void {}

  async #ask(): Promise<void> {
    this.#asking = true;
    try {
      while (!this.#over && this.waiting < this.#limit) {
        const step = await this.#iterator.next();
        if (this.#over) return;
        if (step.done === true) this.#over = true;
        else this.#items.push(step.value);
        this.#onItems();
      }
    } catch (error) {
      this.#over = true;
      this.#error = errorFrom(error);
      this.#onItems();
    } finally {
      this.#asking = false;
    }
  }
}

/** Pairs the items of several sources, until the shortest ends; any of them may be async. */
export function zip<T extends readonly unknown[]>(
  ...sources: { readonly [K in keyof T]: AnyIterable<T[K]> }
): AnyIterable<T> {
  const list: readonly AnyIterable<unknown>[] = sources;
  // Each list has one item of each source, in their order.
  if (list.every(isSync)) return zipSync(list) as Iterable<T>;
  return zipAsync(list) as AsyncIterable<T>;
}

function* zipSync(sources: readonly Iterable<unknown>[]): Generator<readonly unknown[]> {
  const iterators = sources.map((source) => source[Symbol.iterator]());
  let open = iterators;
  try {
    for (;;) {
      const items: unknown[] = [];
      for (const iterator of iterators) {
        const step = iterator.next();
        if (step.done === true) {
          open = iterators.filter((one) => one !== iterator);
          return;
        }
        items.push(step.value);
      }
      yield items;
    }
  } finally {
    for (const iterator of open) iterator.return?.();
  }
}

async function* zipAsync(sources: readonly AnyIterable<unknown>[]): AsyncGenerator<readonly unknown[]> {
  const iterators = sources.map((source) =>
    isAsync(source) ? source[Symbol.asyncIterator]() : source[Symbol.iterator](),
  );
  let open = iterators;
  try {
    for (;;) {
      const steps = await Promise.all(iterators.map(async (iterator) => await iterator.next()));
      const ended = steps.findIndex((step) => step.done === true);
      if (ended >= 0) {
        open = iterators.filter((_, index) => steps[index]?.done !== true);
        return;
      }
      yield steps.map((step) => step.value);
    }
  } finally {
    for (const iterator of open) void iterator.return?.();
  }
}
