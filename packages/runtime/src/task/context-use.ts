/** `task.use`: what is opened is closed when the task ends, last opened first. */
import type { Effect, Operation } from "../contracts/operation.ts";
import type { TaskCell } from "./cell.ts";
import type { Closable } from "./context.ts";
import { Deferred } from "./deferred.ts";
import type { Engine } from "./engine.ts";
import { BODY_ENDED } from "./flags.ts";
import { op, opIn, waitOf } from "./op.ts";
import { runIn } from "./run-in.ts";
import { PromiseWait } from "./until.ts";

export function useIn<T extends Closable>(cell: TaskCell, opening: PromiseLike<T> | T): Operation<T> {
  return opIn(cell.engine, openAndKeep<T>, [cell, opening]);
}

function* openAndKeep<T extends Closable>(cell: TaskCell, opening: PromiseLike<T> | T): Generator<Effect, T, unknown> {
  const wait = waitOf(opening);
  // What goes on by itself opens also when nobody waits any more.
  const goesOn = wait instanceof PromiseWait || opening instanceof Deferred;
  const opened: T = yield* goesOn ? new OpeningWait<T>(cell.engine, Promise.resolve(opening)) : wait;
  // It came too late to be used: closed at once.
  if ((cell.flags & BODY_ENDED) !== 0) yield* close(opened);
  else keep(cell, opened);
  return opened;
}

/** Waits for what a promise opens; given up before, it closes that when it comes. */
class OpeningWait<T extends Closable> extends PromiseWait<T> {
  readonly #engine: Engine;
  #begun = false;

  constructor(engine: Engine, promise: Promise<T>) {
    super(promise);
    this.#engine = engine;
  }

  protected override begin(engine: Engine): boolean {
    this.#begun = true;
    return super.begin(engine);
  }

  override giveUp(): void {
    // A cancel was pending: it never began, and what it is to wait for opens all the same.
    if (this.#begun) super.giveUp();
    else this.abandon();
    this.#begun = true;
  }

  protected override abandon(): void {
    this.promise.then(
      (opened) => this.unclaimed(opened),
      () => undefined,
    );
  }

  protected override unclaimed(opened: T): void {
    const engine = this.#engine;
    runIn(engine, op(close, [opened]), nothing, (error) => engine.platform.reportUnhandled(error));
  }
}

const nothing = (): void => {};

function keep(cell: TaskCell, opened: Closable): void {
  const more = cell.extra();
  const before = more.closeOpened;
  more.closeOpened = (done) => {
    const next = (error?: unknown): void => {
      if (before === undefined) done(error);
      else before((earlier) => done(error ?? earlier));
    };
    runIn(cell.engine, op(close, [opened]), () => next(), next);
  };
}

function* close(opened: Closable): Generator<Effect, void, unknown> {
  if ("close" in opened) yield* waitOf(opened.close({ cancel: true }));
  else if (Symbol.asyncDispose in opened) yield* waitOf(opened[Symbol.asyncDispose]());
  else opened[Symbol.dispose]();
}
