/** `map` of a pipe: functions that may be async are called here, several at once, or in a pool's workers. */
import { PIPE_CALLS } from "../defaults.ts";
import { Deque } from "../deque.ts";
import type { Stream } from "../contracts/operation.ts";
import { timeoutError } from "../task/limits.ts";
import { runIn } from "../task/run-in.ts";
import type { Timer } from "../task/timers.ts";
import type { MapExit, PlainFunction, PoolMapOptions } from "../pool/pool.ts";
import type { AnyIterable } from "../pool/sources.ts";
import { type Flow, isThenable, type Run } from "./flow.ts";
import { Hub } from "./hub.ts";
import { flowOf, iterableOf } from "./sources.ts";
import { type Out, StageFlow } from "./stage.ts";

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

/** Through a pool: an item that fails is an error in its place. */
export function mappedBy<T, R>(
  source: Flow<T>,
  mapper: PipeMapper,
  fn: PlainFunction,
  options: PoolMapOptions,
  run: Run,
): Flow<R> {
  const items: AnyIterable<never> = iterableOf(() => source) as AsyncIterable<never>; // their type was checked by `map`
  const results = mapper.map(fn as never, items, { ...options, onError: "yield" }) as Stream<MapExit<R>>; // as asked
  const flow = flowOf<MapExit<R>>(results, run);
  if (options.onError === "yield") return flow as Flow<unknown> as Flow<R>; // as asked, too
  return new StageFlow(flow, {
    on: (exit, out: Out<R>) => {
      if (exit.type === "returned") out.give(exit.value);
      else if (exit.type === "cancelled") out.stop();
      else throw exit.error;
    },
  });
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
