/** Operators of time: values at their times, later, not too many, not too late. */
import { PIPE_QUEUE } from "../defaults.ts";
import type { Channel } from "../message/channel.ts";
import { timeoutError } from "../task/limits.ts";
import type { Timer } from "../task/timers.ts";
import { type Answer, END, type Flow, type Run, type Step } from "./flow.ts";
import { Hub, type Input } from "./hub.ts";

/** Each value at its time after the first was asked for; it ends where `dueMs` gives none. */
export function paced<T>(source: Flow<T>, dueMs: (index: number) => number | undefined, run: Run): Flow<T> {
  return new Hub<T>(run, (hub) => {
    const startMs = run.now();
    let index = 0;
    const input: Input<T> = hub.read(source, {
      value: (value) => {
        const atMs = dueMs(index);
        index += 1;
        if (atMs === undefined) return hub.end();
        const waitMs = startMs + atMs - run.now();
        if (waitMs <= 0) return hub.give(value);
        input.pause();
        hub.after(waitMs, () => {
          hub.give(value);
          input.resume();
          if (input.isOver) hub.end();
        });
      },
    });
  });
}

/** Everything `ms` later, errors and the end too. */
export function delayed<T>(source: Flow<T>, ms: number, run: Run): Flow<T> {
  return new Hub<T>(run, (hub) => {
    let kept = 0;
    const later = (act: () => void): void => {
      kept += 1;
      hub.after(ms, () => {
        kept -= 1;
        act();
      });
    };
    hub.read(source, {
      value: (value) => later(() => hub.give(value)),
      error: (error) => later(() => hub.fail(error)),
      end: () => later(() => hub.end()),
      wants: () => kept + hub.held < PIPE_QUEUE,
    });
  });
}

export interface ThrottleOptions<T> {
  /** What a value counts. Default 1. */
  readonly cost?: (value: T) => number;
  /** Told `true` when values begin to wait, and `false` when none does any more. */
  readonly status?: Channel<boolean>;
}

/** At most so much in any interval; who comes too fast waits. */
export function throttled<T>(
  source: Flow<T>,
  maximum: number | (() => number),
  intervalMs: number,
  { cost = () => 1, status }: ThrottleOptions<T>,
  run: Run,
): Flow<T> {
  return new Hub<T>(run, (hub) => {
    const given: { readonly atMs: number; readonly cost: number }[] = [];
    let isThrottling = false;
    const tell = (now: boolean): void => {
      if (now !== isThrottling) status?.publish(now);
      isThrottling = now;
    };
    const attempt = (value: T): void => {
      const nowMs = run.now();
      while (given[0] !== undefined && nowMs - given[0].atMs >= intervalMs) given.shift();
      const costs = cost(value);
      const [oldest] = given;
      const limit = typeof maximum === "function" ? maximum() : maximum;
      // One that alone costs too much goes by itself.
      if (oldest !== undefined && given.reduce((sum, one) => sum + one.cost, costs) > limit) {
        tell(true);
        input.pause();
        hub.after(oldest.atMs + intervalMs - nowMs, () => attempt(value));
        return;
      }
      given.push({ atMs: nowMs, cost: costs });
      hub.give(value);
      tell(false);
      input.resume();
    };
    const input: Input<T> = hub.read(source, { value: attempt });
  });
}

/** Of values in rapid succession the first at once, or the last when `ms` have gone by. */
export function debounced<T>(source: Flow<T>, ms: number, onFirst: boolean, run: Run): Flow<T> {
  return new Hub<T>(run, (hub) => {
    let lastMs = Number.NEGATIVE_INFINITY;
    let timer: Timer | undefined;
    let isOver = false;
    hub.read(source, {
      value: (value) => {
        const nowMs = run.now();
        if (onFirst && nowMs - lastMs >= ms) hub.give(value);
        lastMs = nowMs;
        if (onFirst) return;
        hub.stop(timer);
        timer = hub.after(ms, () => {
          timer = undefined;
          hub.give(value);
          if (isOver) hub.end();
        });
      },
      end: () => {
        isOver = true;
        if (timer === undefined) hub.end();
      },
      wants: hub.ahead,
    });
  });
}

export interface PipeTimeoutOptions<E> {
  /** Given as the last value, instead of the error. */
  readonly else?: E;
}

/** Fails, or ends with another value, when who asks for a value waits longer than `ms`. */
export class TimedFlow<T, E> implements Flow<T | E> {
  readonly #source: Flow<T>;
  readonly #ms: number;
  readonly #options: PipeTimeoutOptions<E>;
  readonly #run: Run;
  #isOver = false;
  #timer: Timer | undefined;

  constructor(source: Flow<T>, ms: number, options: PipeTimeoutOptions<E>, run: Run) {
    this.#source = source;
    this.#ms = ms;
    this.#options = options;
    this.#run = run;
  }

  next(): Answer<T | E> {
    if (this.#isOver) return END;
    const answer = this.#source.next();
    return answer instanceof Promise ? this.#limited(answer) : answer;
  }

  close(): Promise<unknown> | undefined {
    this.#isOver = true;
    this.#stop();
    return this.#source.close();
  }

  #limited(answer: Promise<Step<T>>): Promise<Step<T | E>> {
    return new Promise((resolve, reject) => {
      let isLate = false;
      this.#timer = this.#run.after(this.#ms, () => {
        isLate = true;
        this.#isOver = true;
        this.#timer = undefined;
        const end = (): void => {
          // Whether it is there decides, not what it is.
          if ("else" in this.#options) resolve({ done: false, value: this.#options.else });
          else reject(timeoutError("a pipe's next value", this.#ms));
        };
        const closing = this.#source.close();
        if (closing === undefined) end();
        else closing.then(end, reject);
      });
      const inTime = (tell: () => void): void => {
        if (isLate) return;
        this.#stop();
        tell();
      };
      answer.then(
        (step) => inTime(() => resolve(step)),
        (error: unknown) => inTime(() => reject(error)),
      );
    });
  }

  #stop(): void {
    if (this.#timer !== undefined) this.#run.stop(this.#timer);
    this.#timer = undefined;
  }
}
