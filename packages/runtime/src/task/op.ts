/** Operations made of generator functions, and the wait behind any operation. */
import type { Exit } from "../contracts/exit.ts";
import type { Effect, Operation } from "../contracts/operation.ts";
import { cancelledError } from "./cancelled.ts";
import { TaskCell, isBody, isThenable } from "./cell.ts";
import { checkHome } from "./check-home.ts";
import { refuseFailure } from "./ending.ts";
import type { Engine } from "./engine.ts";
import { BACKGROUND, HIDDEN } from "./flags.ts";
import { running } from "./running.ts";
import { PromiseWait } from "./until.ts";
import { Wait, type Waitable, reusedError } from "./wait.ts";
import type { Watch } from "./watch.ts";

type Body<T> = Generator<Effect, T, unknown>;

/**
 * Makes an operation of a generator function: work that may wait, for libraries. It starts when it is waited on, runs
 * in the task that waits, and is used once.
 *
 * @param fn the generator function; hoist it and pass `args` where many are made
 * @throws {SkeinError} `OPERATION_REUSED` when it is waited on a second time
 * @example
 * function countMessages(task: TaskContext<string>): Operation<number> {
 *   return op(function* () {
 *     let count = 0;
 *     while ((yield* task.receive()) !== "stop") count += 1;
 *     return count;
 *   });
 * }
 */
export function op<T>(fn: () => Generator<Effect, T, unknown>): Operation<T>;
export function op<A extends readonly unknown[], T>(
  fn: (...args: A) => Generator<Effect, T, unknown>,
  args: A,
): Operation<T>;
export function op<T>(
  fn: (...args: never[]) => Generator<Effect, T, unknown>,
  args: readonly unknown[] = [],
): Operation<T> {
  // The overloads have checked that `args` are what `fn` takes.
  return new GeneratorOperation(fn as (...args: unknown[]) => Body<T>, args);
}

/** The same for an operation that belongs to `engine`, wherever it is awaited. */
export function opIn<A extends readonly unknown[], T>(
  engine: Engine,
  fn: (...args: A) => Body<T>,
  args: A,
): Operation<T> {
  // As above.
  return new GeneratorOperation(fn as unknown as (...given: unknown[]) => Body<T>, args, engine);
}

class GeneratorOperation<T> implements Waitable<T> {
  private fn: ((...args: unknown[]) => Body<T>) | undefined;
  private readonly args: readonly unknown[];
  private readonly engine: Engine | undefined;

  constructor(fn: (...args: unknown[]) => Body<T>, args: readonly unknown[], engine?: Engine) {
    this.fn = fn;
    this.args = args;
    this.engine = engine;
  }

  /** In a generator task it runs as a part of that task, with nothing in between. */
  [Symbol.iterator](): Body<T> {
    const { fn } = this;
    if (fn === undefined) throw reusedError();
    this.fn = undefined;
    const { cell } = running;
    if (this.engine !== undefined && cell !== undefined) checkHome(this.engine, cell.engine, () => "an operation");
    return fn(...this.args);
  }

  skeinWait(): Wait<T> {
    return new BodyWait(this[Symbol.iterator](), this.engine);
  }

  then<A = T, B = never>(
    onValue?: ((value: T) => A | PromiseLike<A>) | null,
    onError?: ((error: unknown) => B | PromiseLike<B>) | null,
  ): PromiseLike<A | B> {
    let wait: Wait<T>;
    try {
      wait = this.skeinWait();
    } catch (error) {
      return Promise.reject(error).then(onValue, onError);
    }
    return wait.then(onValue, onError);
  }
}

/** Runs a generator in a hidden task, a child of the task that waits. */
class BodyWait<T> extends Wait<T> implements Watch {
  nextWatch: Watch | undefined = undefined;
  previousWatch: Watch | undefined = undefined;
  private readonly body: Body<T>;
  private cell: TaskCell | undefined = undefined;
  private readonly engine: Engine | undefined;

  constructor(body: Body<T>, engine?: Engine) {
    super();
    this.body = body;
    this.engine = engine;
  }

  protected begin(engine: Engine): boolean {
    const parent = running.cell;
    const inherited = parent === undefined ? 0 : parent.flags & BACKGROUND;
    const cell = new TaskCell(engine, parent, "operation", HIDDEN | inherited);
    cell.gen = this.body;
    this.cell = cell;
    cell.addWatch(this);
    engine.ready(cell);
    return false;
  }

  protected abandon(): void {
    const { cell } = this;
    if (cell === undefined) return;
    // Its value is nobody's concern any more, but its cleaning up belongs to the task that waited.
    cell.cancelNow("the wait was given up", undefined, true);
  }

  /** What an operation made belongs to who waits for it: here to nobody. */
  protected override unclaimed(value: T): void {
    disposeOf(value, this.cell?.engine);
  }

  ended(exit: Exit<unknown>): void {
    if (!this.waiting) {
      if (exit.type === "returned") disposeOf(exit.value, this.cell?.engine);
      else if (exit.type !== "cancelled" && this.cell !== undefined) refuseFailure(this.cell);
    } else if (exit.type === "returned") this.settle(exit.value);
    else if (exit.type === "cancelled") this.fail(() => cancelledError("operation", exit.reason));
    else this.fail(exit.error);
  }

  override home(): Engine | undefined {
    return this.engine;
  }

  override cuts(owner: TaskCell): boolean {
    const slot = this.cell?.slot;
    return slot instanceof Wait && slot.waiting && slot.cuts(owner);
  }

  override inner(): readonly Wait<unknown>[] {
    const slot = this.cell?.slot;
    return slot instanceof Wait ? [slot] : [];
  }

  describe(): string {
    const slot = this.cell?.slot;
    return slot instanceof Wait ? slot.describe() : "an operation";
  }
}

/** Nobody takes `value`: if it says how it is disposed of, it is. */
function disposeOf(value: unknown, engine: Engine | undefined): void {
  if (typeof value !== "object" || value === null) return;
  const report = (error: unknown): void => engine?.platform.reportUnhandled(error);
  try {
    if (Symbol.dispose in value) (value as Disposable)[Symbol.dispose]();
    else if (Symbol.asyncDispose in value) (value as AsyncDisposable)[Symbol.asyncDispose]().then(undefined, report);
  } catch (error) {
    report(error);
  }
}

/** The wait behind any operation, promise or plain value. */
export function waitOf<T>(operation: PromiseLike<T> | T): Wait<T> {
  if (typeof operation === "object" && operation !== null) {
    // Whoever has it is a Waitable of the T that its type says.
    if ("skeinWait" in operation) return (operation as Waitable<T>).skeinWait();
    if (isThenable(operation) && Symbol.iterator in operation) {
      // A class that is an operation by delegating to one of ours.
      const iterator = (operation as Operation<T>)[Symbol.iterator]();
      if (iterator instanceof Wait) return iterator as Wait<T>;
      return new BodyWait(isBody(iterator) ? (iterator as Body<T>) : iterate(iterator));
    }
    if (isBody(operation)) return new BodyWait(operation as Body<T>);
  }
  return new PromiseWait(Promise.resolve(operation));
}

function* iterate<T>(iterator: Iterator<Effect, T, unknown>): Body<T> {
  return yield* { [Symbol.iterator]: () => iterator };
}
