/** Waiting for a runtime's tasks, and closing it. */
import type { Effect, Operation } from "../contracts/operation.ts";
import type { CloseOptions, WaitOptions } from "../contracts/wait.ts";
import { SkeinError } from "../errors.ts";
import { Deferred } from "./deferred.ts";
import type { Engine } from "./engine.ts";
import type { TaskCell } from "./cell.ts";
import { BACKGROUND, HIDDEN } from "./flags.ts";
import { limitsFrom } from "./limits.ts";
import { op, waitOf } from "./op.ts";
import { runIn } from "./run-in.ts";
import { running } from "./running.ts";
import { PromiseWait } from "./until.ts";
import { Wait, type Waitable } from "./wait.ts";
import { EndedWait } from "./watch.ts";

/** Waits until no task but background ones is left. */
export function joinTasks(engine: Engine, options?: WaitOptions): Operation<void> {
  return new IdleWait(engine, options);
}

class IdleWait extends Wait<void> {
  readonly #engine: Engine;
  readonly #told = (): void => {
    this.#engine.idleWatchers.delete(this.#told);
    this.settle(undefined);
  };

  constructor(engine: Engine, options?: WaitOptions) {
    super(limitsFrom(options));
    this.#engine = engine;
  }

  protected begin(): boolean {
    if (this.#engine.foregroundTasks === 0) return true;
    this.#engine.idleWatchers.add(this.#told);
    return false;
  }

  protected abandon(): void {
    this.#engine.idleWatchers.delete(this.#told);
  }

  override home(): Engine {
    return this.#engine;
  }

  describe(): string {
    return `the end of ${this.#engine.foregroundTasks} tasks`;
  }
}

interface AtExit {
  readonly fn: () => unknown;
  readonly priority: number;
}

export class Closing {
  readonly #engine: Engine;
  readonly #atExit = new Set<AtExit>();
  #closed: Deferred<void> | undefined;
  #watchesDrain = false;
  #stopDrain: (() => void) | undefined;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  atExit(fn: () => unknown, priority: number): Disposable {
    const entry: AtExit = { fn, priority };
    this.#atExit.add(entry);
    this.#watchDrain();
    return { [Symbol.dispose]: () => this.#atExit.delete(entry) };
  }

  close(options: CloseOptions = {}): Operation<void> {
    if (this.#closed === undefined) {
      const closed = new Deferred<void>("close", this.#engine);
      this.#closed = closed;
      this.#engine.closed = true;
      // No part of the task that calls: that one would wait for the closing, which waits for it.
      const caller = running.cell;
      running.cell = undefined;
      runIn(
        this.#engine,
        op(closeSteps, [this.#engine, options, this.#atExit]),
        () => {
          this.#stopDrain?.();
          this.#engine.unwatchDrain();
          closed.resolve();
        },
        (error) => closed.reject(error),
      );
      running.cell = caller;
    }
    // A later call that cancels hurries the first one.
    if (options.cancel === true) cancelRoots(this.#engine, false);
    return new ClosingOperation(this.#closed, this.#engine);
  }

  /** The process is about to end by itself, with no task left: what was left for the exit is done now. */
  #watchDrain(): void {
    if (this.#watchesDrain) return;
    this.#watchesDrain = true;
    const { platform } = this.#engine;
    this.#stopDrain = platform.onDrain?.(() => {
      // Called again whenever the host had work to do since, so also after this work.
      if (this.#closed !== undefined || this.#engine.foregroundTasks > 0 || this.#atExit.size === 0) return;
      runIn(
        this.#engine,
        op(exitSteps, [this.#atExit]),
        () => undefined,
        (error) => platform.reportUnhandled(error),
      );
    });
  }
}

/** The end of a closing, for all but the tasks that it waits for. */
class ClosingOperation implements Waitable<void> {
  readonly #closed: Deferred<void>;
  readonly #engine: Engine;

  constructor(closed: Deferred<void>, engine: Engine) {
    this.#closed = closed;
    this.#engine = engine;
  }

  skeinWait(): Wait<void> {
    for (let cell = running.cell; cell !== undefined; cell = cell.parent) {
      if (cell.engine === this.#engine && !cell.background && (cell.flags & HIDDEN) === 0)
        throw ownCloseError(cell.name);
    }
    const { cell } = running;
    // Another runtime's end is what a task of this one may wait for.
    if (cell !== undefined && cell.engine !== this.#engine) return new PromiseWait(Promise.resolve(this.#closed));
    return this.#closed.skeinWait();
  }

  [Symbol.iterator](): Iterator<Effect, void, unknown> {
    return this.skeinWait()[Symbol.iterator]();
  }

  then<A = void, B = never>(
    onValue?: ((value: void) => A | PromiseLike<A>) | null,
    onError?: ((error: unknown) => B | PromiseLike<B>) | null,
  ): PromiseLike<A | B> {
    return this.#closed.then(onValue, onError);
  }
}

function ownCloseError(name: string): SkeinError {
  return new SkeinError("RUNTIME_WRONG", `task ${name} waits for the closing of its own runtime, which waits for it`, {
    hint: "call close() without waiting, or wait for it outside of the runtime's tasks",
  });
}

function* closeSteps(engine: Engine, options: CloseOptions, atExit: Set<AtExit>): Generator<Effect, void, unknown> {
  const { timeoutMs } = options;
  try {
    yield* joinTasks(engine, timeoutMs === undefined ? undefined : { timeoutMs });
  } finally {
    for (const cell of cancelRoots(engine, true)) yield* new EndedWait(cell);
    yield* exitSteps(atExit);
  }
}

/** Calls each once, the highest priority first; when one fails, the others are called all the same. */
function* exitSteps(atExit: Set<AtExit>): Generator<Effect, void, unknown> {
  const entries = [...atExit].toSorted((a, b) => b.priority - a.priority);
  atExit.clear();
  const failures: unknown[] = [];
  for (const { fn } of entries) {
    try {
      yield* waitOf(fn());
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length === 1) throw failures[0];
  if (failures.length > 1) throw new AggregateError(failures, `${failures.length} functions given to atExit failed`);
}

/** Cancels the tasks without a parent, the background ones or the others; gives those. */
function cancelRoots(engine: Engine, background: boolean): readonly TaskCell[] {
  const cells: TaskCell[] = [];
  for (let cell = engine.firstChild; cell !== undefined; cell = cell.next) {
    const isBackground = (cell.flags & BACKGROUND) !== 0;
    if ((cell.flags & HIDDEN) === 0 && isBackground === background) cells.push(cell);
  }
  for (const cell of cells) cell.cancelNow("the runtime closes");
  return cells;
}
