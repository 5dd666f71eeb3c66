/** `map` of a pipe: functions that may be async are called here, several at once, or in a pool's workers. */
import { PIPE_AHEAD, PIPE_CALLS } from "../defaults.ts";
import { Deque } from "../deque.ts";
import type { Stream } from "../contracts/operation.ts";
import { timeoutError } from "../task/limits.ts";
import { runIn } from "../task/run-in.ts";
import type { Timer } from "../task/timers.ts";
import type { MapExit, PlainFunction, PoolMapOptions } from "../pool/pool.ts";
import type { AnyIterable } from "../pool/sources.ts";
import { type Answer, END, type Flow, isThenable, type Run, type Step } from "./flow.ts";
import { Hub } from "./hub.ts";
import { flowOf } from "./sources.ts";

export interface PipeMapOptions {
  /** Results in the order of the values (default), or as they come. */
  readonly ordered?: boolean;
  /** Async calls that go on at once, results that wait for their turn included. Default 64. */
  readonly inFlight?: number;
  /** Milliseconds that an async call may take; then it fails with `TIMEOUT`, and its signal is aborted. */
  readonly timeoutMs?: number;
}

/** What a function of `map` is given beside its value. */
export interface PipeCall {
  /** Aborted when nobody waits for the call any more. */
  readonly signal: AbortSignal;
}

/** Runs functions over items elsewhere: a pool, a job. */
export interface PipeMapper {
  map(fn: never, items: AnyIterable<never>, options?: PoolMapOptions): Stream<unknown>;
}

/** Made for each value; a signal only for who asks. */
class Call implements PipeCall {
  #controller: AbortController | undefined;
  timer: Timer | undefined;
  /** Gives up waiting. */
  leave: (() => void) | undefined;
  /** How it ended, once it has. */
  tell: (() => void) | undefined;

  get signal(): AbortSignal {
    return (this.#controller ??= new AbortController()).signal;
  }

  giveUp(): void {
    this.leave?.();
    this.#controller?.abort();
  }
}

export function mappedHere<T, R>(
  source: Flow<T>,
  fn: (value: T, call: PipeCall) => R | PromiseLike<R>,
  { ordered = true, inFlight = PIPE_CALLS, timeoutMs }: PipeMapOptions,
  run: Run,
): Flow<R> {
  const calls = new Deque<Call>();
  const open = new Set<Call>();
  let isLast = false;
  const hub = new Hub<R>(run, () => {
    const tellDone = (): void => {
      for (let first = calls.peek(); first?.tell !== undefined; first = calls.peek()) {
        calls.shift();
        first.tell();
      }
      if (isLast && calls.size === 0 && open.size === 0) hub.end();
    };
    const ended = (call: Call, tell: () => void): void => {
      if (!open.delete(call)) return;
      hub.stop(call.timer);
      if (ordered) call.tell = tell;
      else tell();
      tellDone();
      hub.pump();
    };
    const wait = (call: Call, result: PromiseLike<R>): void => {
      open.add(call);
      if (ordered) calls.push(call);
      if (timeoutMs !== undefined) {
        call.timer = hub.after(timeoutMs, () => {
          ended(call, () => hub.fail(timeoutError("a pipe's call", timeoutMs)));
          call.giveUp();
        });
      }
      call.leave = runIn(
        run.engine,
        result,
        (value) => ended(call, () => hub.give(value)),
        (error) => ended(call, () => hub.fail(error)),
      );
    };
    const under = (): number => (ordered ? calls.size : open.size);
    /** In its turn, behind those that are under way. */
    const keep = (tell: () => void): void => {
      if (calls.size === 0) return tell();
      const call = new Call();
      call.tell = tell;
      calls.push(call);
    };
    hub.read(source, {
      value: (value) => {
        const call = new Call();
        let result: R | PromiseLike<R>;
        try {
          result = fn(value, call);
        } catch (error) {
          return keep(() => hub.fail(error));
        }
        // What waits is waited for; the others are what the type says.
        if (isThenable(result)) wait(call, result);
        else keep(() => hub.give(result));
      },
      error: (error) => keep(() => hub.fail(error)),
      end: () => {
        isLast = true;
        tellDone();
      },
      // Ahead only while calls are under way.
      wants: () => under() + hub.held < inFlight && (hub.isAsked || under() > 0),
    });
  });
  return closing(hub, () => {
    for (const call of open) call.giveUp();
    open.clear();
  });
}

/** Through a pool: an item that fails is an error in its place, as one that comes in the place of an item. */
export function mappedBy<T, R>(
  source: Flow<T>,
  mapper: PipeMapper,
  fn: PlainFunction,
  options: PoolMapOptions,
  run: Run,
): Flow<R> {
  const items = new Items(source, () => {
    tellDue();
    return hub.held;
  });
  const given = items as AsyncIterable<unknown> as AsyncIterable<never>; // their type was checked by `map`
  const exits = mapper.map(fn as never, given, { ...options, onError: "yield" }) as Stream<MapExit<R>>; // as asked
  const results = flowOf<MapExit<R>>(exits, run);
  let told = 0;
  const tellDue = (): void => {
    for (const error of items.failedBefore(told)) hub.fail(error);
  };
  const tell = (exit: MapExit<R>): void => {
    if (options.onError === "yield") hub.give(exit as unknown as R); // as asked, too
    else if (exit.type === "returned") hub.give(exit.value);
    else if (exit.type === "cancelled") hub.end();
    else hub.fail(exit.error);
  };
  const hub = new Hub<R>(run, () => {
    tellDue();
    hub.read(results, {
      value: (exit) => {
        told += 1;
        tell(exit);
        tellDue();
      },
      end: () => {
        told = Number.POSITIVE_INFINITY;
        tellDue();
        hub.end();
      },
    });
  });
  const next = (): Answer<R> => {
    const answer = hub.next();
    items.wake();
    return answer;
  };
  return { next, close: () => hub.close() ?? results.close() };
}

/** The values of a flow for a pool, for which an error would be the end: errors are kept apart, with their places. */
class Items<T> implements AsyncIterable<T, undefined> {
  readonly #source: Flow<T>;
  readonly #onFailed: () => number;
  readonly #failures = new Deque<{ readonly error: unknown; readonly before: number }>();
  #taken = 0;
  /** Resolves when there may be room for another error. */
  #room: PromiseWithResolvers<void> | undefined;

  /** `onFailed` says how many that were told wait to be read. */
  constructor(source: Flow<T>, onFailed: () => number) {
    this.#source = source;
    this.#onFailed = onFailed;
  }

  [Symbol.asyncIterator](): AsyncIterator<T, undefined> {
    return { next: () => this.#next(), return: () => this.#close() };
  }

  /** The errors that came before this item, which were not told yet. */
  failedBefore(item: number): readonly unknown[] {
    const due: unknown[] = [];
    for (
      let first = this.#failures.peek();
      first !== undefined && first.before <= item;
      first = this.#failures.peek()
    ) {
      this.#failures.shift();
      due.push(first.error);
    }
    return due;
  }

  async #next(): Promise<Step<T>> {
    for (;;) {
      try {
        const step = await this.#source.next();
        if (step.done !== true) this.#taken += 1;
        return step;
      } catch (error) {
        this.#failures.push({ error, before: this.#taken });
      }
      while (this.#onFailed() + this.#failures.size >= PIPE_AHEAD) {
        this.#room ??= Promise.withResolvers();
        await this.#room.promise;
      }
    }
  }

  async #close(): Promise<IteratorReturnResult<undefined>> {
    this.#failures.keep(() => false);
    this.wake();
    await this.#source.close();
    return END;
  }

  /** Somebody has read. */
  wake(): void {
    this.#room?.resolve();
    this.#room = undefined;
  }
}

/** The same flow; `call` is told when it is closed. */
function closing<T>(flow: Flow<T>, call: () => void): Flow<T> {
  return {
    next: () => flow.next(),
    close: () => {
      call();
      return flow.close();
    },
  };
}
