/** `task.use`: what is opened is closed when the task ends, last opened first. */
import type { Effect, Operation } from "../contracts/operation.ts";
import type { TaskCell } from "./cell.ts";
import type { Closable } from "./context.ts";
import { BODY_ENDED } from "./flags.ts";
import { op, opIn, waitOf } from "./op.ts";
import { runIn } from "./run-in.ts";

export function useIn<T extends Closable>(cell: TaskCell, opening: PromiseLike<T> | T): Operation<T> {
  return opIn(cell.engine, openAndKeep<T>, [cell, opening]);
}

function* openAndKeep<T extends Closable>(cell: TaskCell, opening: PromiseLike<T> | T): Generator<Effect, T, unknown> {
  const opened = yield* waitOf(opening);
  // It came too late to be used: closed at once.
  if ((cell.flags & BODY_ENDED) !== 0) yield* close(opened);
  else keep(cell, opened);
  return opened;
}

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
