/** How a task ends: its function first, then its children, then what it opened; then its watchers are told. */
import type { Exit } from "../contracts/exit.ts";
import { CANCEL_GRACE_MS } from "../defaults.ts";
import { SkeinError, errorFrom, isSkeinError } from "../errors.ts";
import type { TaskCell } from "./cell.ts";
import type { Engine } from "./engine.ts";
import type { Failure } from "./failures.ts";
import * as flag from "./flags.ts";
import { cancelledError } from "./cancelled.ts";
import { Timer } from "./timers.ts";
import { noteSpawner } from "./trace.ts";

/** The function has returned `value`. */
export function bodyReturned(cell: TaskCell, value: unknown): void {
  if ((cell.flags & flag.BODY_ENDED) !== 0) return;
  if ((cell.flags & flag.CANCELLED) !== 0) endBody(cell, { type: "cancelled", reason: cell.more?.reason });
  else if (cell.more?.upgrade === undefined || !takeUpgrade(cell, undefined))
    endBody(
      cell,
      isUnwaited(value, cell) ? { type: "failed", error: unwaitedError(cell) } : { type: "returned", value },
    );
}

/** Whether a generator task returned what is still to be waited for: joining it would wait outside of the task. */
function isUnwaited(value: unknown, cell: TaskCell): boolean {
  if (typeof value !== "object" || value === null || (cell.flags & flag.HIDDEN) !== 0) return false;
  return "then" in value && typeof value.then === "function";
}

function unwaitedError(cell: TaskCell): SkeinError {
  return new SkeinError("TASK_FAILED", `task ${cell.name} returned an operation that nobody has waited on`, {
    hint: "write return yield* operation (for a promise: return yield* until(promise)); hand a task out as its ref",
  });
}

/** The function has thrown `thrown`. */
export function bodyThrew(cell: TaskCell, thrown: unknown): void {
  if ((cell.flags & flag.BODY_ENDED) !== 0) return;
  if ((cell.flags & (flag.CANCELLED | flag.CANCEL_PENDING)) !== 0 && saysCancelled(thrown)) {
    endBody(cell, { type: "cancelled", reason: cell.more?.reason });
  } else if (cell.more?.upgrade === undefined || !takeUpgrade(cell, thrown)) {
    const error = errorFrom(thrown);
    if (cell.engine.trace) noteSpawner(cell, error);
    endBody(cell, { type: "failed", error });
  }
}

/**
 * Its function ends as the promise `given` does. In a function of its own: what the callbacks hold while the task waits is
 * the cell, and not the call's arguments.
 */
export function follow(cell: TaskCell, given: PromiseLike<unknown>): void {
  const tell = (): void =>
    void given.then(
      (value) => bodyReturned(cell, value),
      (error: unknown) => bodyThrew(cell, error),
    );
  // One callback for both ends; how it ended is asked when it has. Others than promises may not be asked twice.
  if (given instanceof Promise) void given.then(tell, tell);
  else tell();
}

/** Whether an error is what a cancel causes: ours, what hosts throw for an aborted signal, or for new code it passed. */
function saysCancelled(thrown: unknown): boolean {
  if (isSkeinError(thrown, "TASK_CANCELLED")) return true;
  return thrown instanceof Error && (thrown.name === "AbortError" || thrown.name === "TaskUpgrade");
}

/** New code waits for the old one's end: an uncaught `TaskUpgrade` is no failure. */
function takeUpgrade(cell: TaskCell, thrown: unknown): boolean {
  return cell.more?.upgrade?.begin(cell, thrown) ?? false;
}

/** The function is over, one way or another; what is left is waited for or cancelled. */
export function endBody(cell: TaskCell, exit: Exit<unknown>): void {
  // A failed child nobody took is found before its parent can end well.
  const failed = cell.more?.failedChild;
  if (exit.type === "returned" && failed !== undefined && (failed.flags & flag.OBSERVED) === 0) {
    failed.flags |= flag.OBSERVED;
    markFault(cell, failed);
    endBody(cell, { type: "cancelled", reason: cell.more?.reason });
    return;
  }
  cell.flags =
    (cell.flags | flag.BODY_ENDED) & ~(flag.PARKED | flag.RECEIVING | flag.THROW | flag.TELL_CANCEL | flag.FRESH);
  cell.slot = exit;
  cell.gen = undefined;
  if (exit.type !== "returned") cancelChildren(cell, exit.type === "cancelled" ? exit.reason : exit.error);
  endWhenAlone(cell);
}

/**
 * Ends `cell` once its function is over and no child is left; then perhaps its parent, which waited for it, and so on:
 * a loop, because a chain of tasks may be any length.
 */
export function endWhenAlone(cell: TaskCell): void {
  let next: TaskCell | undefined = cell;
  while (next !== undefined && mayEnd(next)) {
    finish(next);
    next = next.parent;
  }
}

function mayEnd(cell: TaskCell): boolean {
  if ((cell.flags & (flag.BODY_ENDED | flag.ENDED)) !== flag.BODY_ENDED) return false;
  const { more } = cell;
  if (more === undefined) return true;
  if (more.firstChild !== undefined) return false;
  const { closeOpened } = more;
  if (closeOpened === undefined) return !more.closing;
  more.closeOpened = undefined;
  more.closing = true;
  // What does not close in time is left behind.
  const { engine } = cell;
  const timer = (more.graceTimer ??= new Timer(() => closed()));
  if (timer.timerList === undefined) {
    const leftMs = more.graceUntilMs === undefined ? CANCEL_GRACE_MS : more.graceUntilMs - engine.platform.now();
    engine.setTimer(timer, leftMs, !cell.background);
  }
  const closed = (error?: unknown): void => {
    if (!more.closing) return;
    more.closing = false;
    // Until it has ended, the slot of a task whose body is over holds its exit.
    const exit = cell.slot as Exit<unknown>;
    if (error !== undefined && exit.type !== "failed" && !(exit.type === "cancelled" && saysCancelled(error)))
      cell.slot = { type: "failed", error: errorFrom(error) };
    endWhenAlone(cell);
  };
  closeOpened(closed);
  return false;
}

export function cancelChildren(cell: TaskCell, reason: unknown): void {
  let child = cell.more?.firstChild;
  while (child !== undefined) {
    const next: TaskCell | undefined = child.next;
    child.cancelNow(reason, undefined, true);
    child = next;
  }
}

/** Marks `cell` as cancelled because `child` failed. */
export function markFault(cell: TaskCell, child: TaskCell): void {
  const exit = child.exitNow;
  const more = cell.extra();
  more.reason =
    exit?.type === "failed" || exit?.type === "lost"
      ? exit.error
      : exit?.type === "cancelled"
        ? exit.reason
        : undefined;
  cell.flags |= flag.FAULT;
}

function finish(cell: TaskCell): void {
  const { engine, more, mailbox } = cell;
  // A task whose body is over holds its exit in the slot.
  const exit = cell.slot as Exit<unknown>;
  cell.flags |= flag.ENDED;
  cell.unlink();
  if ((cell.flags & flag.HIDDEN) === 0) {
    if ((cell.flags & flag.BACKGROUND) !== 0) engine.backgroundTasks -= 1;
    else engine.foregroundTasks -= 1;
  }
  if (mailbox !== undefined) {
    if (more !== undefined) more.mailbox = undefined;
    mailbox.close(() => endedError(cell.name));
  }
  if (more !== undefined) endMore(cell);
  const failing = exit.type === "failed" || (exit.type === "cancelled" && (cell.flags & flag.FAULT) !== 0);
  if (cell.firstWatch !== undefined) tellWatches(cell, exit);
  else if (failing && (cell.flags & flag.OBSERVED) === 0) noteFailure(cell);
  if (engine.foregroundTasks > 0) return;
  // An async task ends outside of a turn, and one is needed to let the process end.
  engine.wakeUp();
  for (const watcher of engine.idleWatchers) watcher();
}

function endMore(cell: TaskCell): void {
  const { more, engine } = cell;
  if (more === undefined) return;
  if (more.graceTimer !== undefined) engine.stopTimer(more.graceTimer);
  more.graceTimer = undefined;
  if (more.id !== undefined) engine.forgetTask(more.id);
  more.upgrade?.done(endedError(cell.name));
  more.upgrade = undefined;
  const { cleanups } = more;
  more.cleanups = undefined;
  if (cleanups !== undefined) for (const cleanup of cleanups) callOrReport(engine, cleanup);
}

function tellWatches(cell: TaskCell, exit: Exit<unknown>): void {
  let watch = cell.firstWatch;
  cell.firstWatch = undefined;
  cell.flags |= flag.OBSERVED;
  while (watch !== undefined) {
    const next = watch.nextWatch;
    watch.nextWatch = undefined;
    watch.previousWatch = undefined;
    try {
      watch.ended(exit);
    } catch (error) {
      cell.engine.platform.reportUnhandled(error);
    }
    watch = next;
  }
}

/** One that throws keeps the others from nothing. */
function callOrReport(engine: Engine, call: () => void): void {
  try {
    call();
  } catch (error) {
    engine.platform.reportUnhandled(error);
  }
}

/** Whoever was told of this failure did not want it any more: it goes up as if nobody had been. */
export function refuseFailure(cell: TaskCell): void {
  cell.flags &= ~flag.OBSERVED;
  noteFailure(cell);
}

function noteFailure(cell: TaskCell): void {
  const { parent } = cell;
  if (parent !== undefined) parent.extra().failedChild ??= cell;
  cell.engine.addFailure(new TaskFailure(cell));
}

/** A failure nobody waited for when it came: by the end of the turn somebody has, or it goes up. */
class TaskFailure implements Failure {
  readonly #cell: TaskCell;

  constructor(cell: TaskCell) {
    this.#cell = cell;
  }

  judge(): void {
    const cell = this.#cell;
    const { parent, engine } = cell;
    if (parent?.more?.failedChild === cell) parent.more.failedChild = undefined;
    if ((cell.flags & flag.OBSERVED) !== 0) return;
    cell.flags |= flag.OBSERVED;
    if (parent === undefined) engine.platform.reportUnhandled(unhandledError(cell));
    else if ((parent.flags & flag.ENDED) === 0) failParent(parent, cell);
    // Two failed in one turn, and by the first their parent has ended.
    else if (parent.exitNow?.type === "failed" || (parent.flags & flag.FAULT) !== 0) logSecond(cell);
    else engine.platform.reportUnhandled(unhandledError(cell));
  }
}

/** The parent is cancelled for it; one that is cancelled already and only waits for its children has failed by it. */
function failParent(parent: TaskCell, child: TaskCell): void {
  if ((parent.flags & flag.FAULT) !== 0) return logSecond(child);
  markFault(parent, child);
  if ((parent.flags & (flag.BODY_ENDED | flag.CANCELLED)) !== (flag.BODY_ENDED | flag.CANCELLED)) {
    parent.cancelNow(parent.more?.reason);
    return;
  }
  // Until it has ended, the slot of a task whose body is over holds its exit.
  const exit = parent.slot as Exit<unknown>;
  if (exit.type === "cancelled") parent.slot = { type: "failed", error: errorFrom(parent.more?.reason) };
}

/** The failure of another child came first, and stands. */
function logSecond(child: TaskCell): void {
  child.engine.logger.warn("task.failed", { task: child.name, error: unhandledError(child).message });
}

function unhandledError(cell: TaskCell): Error {
  const exit = cell.exitNow;
  const cause = exit?.type === "failed" ? exit.error : exit?.type === "cancelled" ? exit.reason : undefined;
  const message = cause instanceof Error ? cause.message : String(cause);
  const error = new SkeinError("TASK_FAILED", `task ${cell.name} failed and nobody waits for it: ${message}`, {
    hint: "join the task (yield* or await), or watch its exit()",
    cause: cause ?? cancelledError(cell.name, undefined),
  });
  // Where it is reported says nothing; who spawned it does, where that is known.
  const spawnedBy = cell.more?.trace?.spawnedBy;
  if (spawnedBy !== undefined) error.stack = `${error.name}: ${error.message}\n${spawnedBy}`;
  return error;
}

export function closedError(): SkeinError {
  return new SkeinError("RUNTIME_CLOSED", "the runtime is closed and starts no more tasks", {
    hint: "spawn before close(), or use another runtime",
  });
}

export function endedError(name: string): SkeinError {
  return new SkeinError("TASK_UNKNOWN", `task ${name} has ended`, {
    hint: "monitor the task to learn of its end, or locate its successor by name",
  });
}
