/** Reaching into a task from outside: cancel, interrupt, wake. */
import type { Exit } from "../contracts/exit.ts";
import { CANCEL_GRACE_MS } from "../defaults.ts";
import type { TaskCell } from "./cell.ts";
import { endBody, endWhenAlone, endedError } from "./ending.ts";
import * as flag from "./flags.ts";
import type { More } from "./more.ts";
import type { OwnedWait } from "./owned-wait.ts";
import { running } from "./running.ts";
import { Timer } from "./timers.ts";
import { Wait } from "./wait.ts";
import { cancelledError } from "./cancelled.ts";

/** Waits of a clean-up that are cut when its task is dropped; a loop of them would go on for ever. */
const DROP_CUTS = 100;

/**
 * Ends `cell`: at its wait if it waits, else at its next one. After the grace it is dropped as it stands, and its
 * children with it: the grace is one time limit for all of them.
 */
export function cancelCell(cell: TaskCell, reason: unknown, graceMs: number | undefined, withParent: boolean): void {
  // Children of children by a list of what is left to do: a chain of tasks may be any length.
  const left: TaskCell[] = [];
  const hurries = graceMs !== undefined;
  cancelOne(cell, reason, graceMs, withParent, hurries, left);
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    cancelOne(next, reason, undefined, true, hurries, left);
  }
}

/**
 * @param withParent because its parent is cancelled
 * @param hurries gives also those their time anew that are cancelled already
 */
function cancelOne(
  cell: TaskCell,
  reason: unknown,
  graceMs: number | undefined,
  withParent: boolean,
  hurries: boolean,
  left: TaskCell[],
): void {
  const { flags, engine } = cell;
  if ((flags & flag.ENDED) !== 0) return;
  const more = cell.extra();
  const again = (flags & (flag.CANCELLED | flag.CANCEL_PENDING)) !== 0;
  if (!again || hurries) setGrace(cell, more, graceMs, withParent);
  if (again) {
    if (hurries && (flags & flag.BODY_ENDED) !== 0) addChildren(more, left);
    return;
  }
  if ((flags & flag.FAULT) === 0) more.reason = reason;
  // What was asked of the task before is not wanted any more, and must not hit its clean-up.
  cell.flags &= ~flag.INTERRUPT_PENDING;
  const { upgrade } = more;
  more.upgrade = undefined;
  upgrade?.done(endedError(cell.name));
  if ((flags & flag.BODY_ENDED) !== 0) {
    // It waits for its children. Had it returned, it is cancelled all the same; a failure stays one.
    cell.flags |= flag.CANCELLED;
    // From then on the slot holds its exit.
    if ((cell.slot as Exit<unknown>).type === "returned") cell.slot = { type: "cancelled", reason: more.reason };
    addChildren(more, left);
  } else if ((flags & flag.FRESH) !== 0) {
    cell.flags |= flag.CANCELLED;
    cell.gen?.return(undefined);
    endBody(cell, { type: "cancelled", reason: more.reason });
  } else if ((flags & flag.ASYNC) !== 0) {
    if (!stopOwned(cell, () => cancelledError(cell.name, more.reason))) cell.flags |= flag.CANCEL_PENDING;
    else cell.flags |= flag.CANCELLED | flag.TELL_CANCEL;
  } else if ((flags & flag.PARKED) !== 0) {
    // Set before the wait is given up: what that calls may reach back to this task.
    cell.flags |= flag.CANCELLED | flag.TELL_CANCEL;
    unpark(cell);
    engine.ready(cell);
  } else if ((flags & (flag.HIDDEN | flag.THROW)) !== 0 && running.cell !== cell) {
    // What a hidden one waited in has just ended: nobody wants that any more, and it is given back.
    // An error was about to be thrown into the others: the cancel comes in its place.
    cell.flags = (cell.flags | flag.CANCELLED | flag.TELL_CANCEL) & ~(flag.THROW | flag.PAUSED);
    unpark(cell);
  } else {
    cell.flags |= flag.CANCEL_PENDING;
  }
  // Last, because listeners run at once, and end waits or reach back to this task.
  more.controller?.abort(cancelledError(cell.name, more.reason));
}

function addChildren(more: More, left: TaskCell[]): void {
  for (let child = more.firstChild; child !== undefined; child = child.next) left.push(child);
}

/** Until when it may clean up: what was said, else the usual time from now on, and with its parent as long as that may. */
function setGrace(cell: TaskCell, more: More, graceMs: number | undefined, withParent: boolean): void {
  const { engine } = cell;
  const nowMs = engine.platform.now();
  const { graceUntilMs: parentMs, graceGiven: strict = false } = cell.parent?.more ?? {};
  more.graceGiven = graceMs !== undefined || strict;
  const ownMs = nowMs + (graceMs ?? more.ownGraceMs ?? CANCEL_GRACE_MS);
  if (graceMs !== undefined || parentMs === undefined) more.graceUntilMs = ownMs;
  // One that needs longer than others has its time, unless whoever cancelled said how long it may take.
  else if (more.ownGraceMs !== undefined && !strict) more.graceUntilMs = Math.max(parentMs, ownMs);
  else more.graceUntilMs = withParent ? parentMs : Math.min(parentMs, ownMs);
  more.graceTimer ??= new Timer(() => drop(cell));
  engine.setTimer(more.graceTimer, more.graceUntilMs - nowMs, !cell.background);
}

/** Throws `error` where `cell` waits, or at its next wait. */
export function interruptCell(cell: TaskCell, error: unknown): void {
  const { flags } = cell;
  // While it cleans up, nothing else interrupts it.
  if ((flags & (flag.BODY_ENDED | flag.CANCELLED | flag.CANCEL_PENDING)) !== 0) return;
  if ((flags & flag.ASYNC) !== 0 && (flags & flag.FRESH) === 0) {
    if (stopOwned(cell, error)) return;
  } else if ((flags & flag.PARKED) !== 0) {
    throwInto(cell, error);
    return;
  }
  cell.extra().interrupt = error;
  cell.flags |= flag.INTERRUPT_PENDING;
}

/** Throws `error` into the generator of a parked task. */
export function throwInto(cell: TaskCell, error: unknown): void {
  unpark(cell);
  cell.flags |= flag.THROW;
  cell.slot = error;
  cell.engine.ready(cell);
}

/** Ends its `suspend` or `sleep`; kept for the next `suspend` when it is in none. */
export function wakeCell(cell: TaskCell, value: unknown): void {
  if ((cell.flags & flag.BODY_ENDED) !== 0) return;
  if (wakeIn(cell, value, cell)) return;
  cell.flags |= flag.WAKE_KEPT;
  cell.extra().keptWake = { value };
}

/** A generator task begins a wait while something is pending: it is told from the ready queue. */
export function tellPending(cell: TaskCell, cuts: boolean): boolean {
  const { flags } = cell;
  if ((flags & flag.CANCEL_PENDING) !== 0) {
    cell.flags = (flags & ~flag.CANCEL_PENDING) | flag.CANCELLED | flag.TELL_CANCEL;
  } else if ((flags & flag.INTERRUPT_PENDING) !== 0) {
    cell.flags = (flags & ~flag.INTERRUPT_PENDING) | flag.THROW;
    cell.slot = cell.more?.interrupt;
  } else {
    return cell.more?.upgrade?.tellAtWait(cell, cuts) ?? false;
  }
  cell.engine.ready(cell);
  return true;
}

/** The same for an async task: thrown from the operation it begins. */
export function throwPending(cell: TaskCell, cuts: boolean): void {
  const { flags } = cell;
  if ((flags & flag.CANCEL_PENDING) !== 0) {
    cell.flags = (flags & ~flag.CANCEL_PENDING) | flag.CANCELLED;
    throw cancelledError(cell.name, cell.more?.reason);
  }
  if ((flags & flag.INTERRUPT_PENDING) !== 0) {
    cell.flags = flags & ~flag.INTERRUPT_PENDING;
    throw cell.more?.interrupt;
  }
  cell.more?.upgrade?.throwAtWait(cell, cuts);
}

/** Takes a task out of what it waits in, or has waited in. */
export function unpark(cell: TaskCell): void {
  const wait = cell.slot;
  cell.flags &= ~(flag.PARKED | flag.RECEIVING);
  cell.slot = undefined;
  if (wait instanceof Wait) wait.giveUp();
}

/** Lets its `finally` blocks and `using` run to their ends without waiting, so that what it holds is let go of. */
function unwind(cell: TaskCell): void {
  const { gen, engine } = cell;
  const { cell: outerCell, engine: outerEngine } = running;
  running.cell = cell;
  running.engine = engine;
  try {
    // A clean-up that waits for ever in a loop is left where it is.
    for (let left = DROP_CUTS; left > 0; left -= 1) {
      unpark(cell);
      cell.flags &= ~flag.PAUSED;
      if (gen === undefined || gen.return(undefined).done === true) return;
    }
    unpark(cell);
  } catch (error) {
    engine.logger.warn("task.dropped", { task: cell.name, error });
  } finally {
    running.cell = outerCell;
    running.engine = outerEngine;
  }
}

/** The grace is over: the task is dropped; what its clean-up still waits for is cut. */
function drop(cell: TaskCell): void {
  if ((cell.flags & flag.ENDED) !== 0) return;
  if ((cell.flags & flag.BODY_ENDED) !== 0) {
    // What it opened does not close in time.
    if (cell.more !== undefined) cell.more.closing = false;
    endWhenAlone(cell);
    return;
  }
  cell.engine.logger.warn("task.dropped", { task: cell.name });
  cell.flags |= flag.CANCELLED;
  if ((cell.flags & flag.ASYNC) !== 0) stopOwned(cell, () => cancelledError(cell.name, cell.more?.reason));
  else unwind(cell);
  endBody(cell, { type: "cancelled", reason: cell.more?.reason });
}

/** Ends every wait of an async task with `error`; false when it has none. */
function stopOwned(cell: TaskCell, error: unknown): boolean {
  if ((cell.flags & flag.FRESH) !== 0) return false;
  // The slot of an async task that has begun holds the first of its waits.
  let wait = cell.slot as OwnedWait<unknown> | undefined;
  if (wait === undefined) return false;
  while (wait !== undefined) {
    wait.stop(error);
    wait = cell.slot as OwnedWait<unknown> | undefined;
  }
  return true;
}

function wakeIn(cell: TaskCell, value: unknown, owner: TaskCell): boolean {
  if ((cell.flags & flag.ASYNC) !== 0) {
    if ((cell.flags & flag.FRESH) !== 0) return false;
    let wait = cell.slot as OwnedWait<unknown> | undefined;
    for (; wait !== undefined; wait = wait.nextOwned) if (wait.wakeWith(value, owner)) return true;
    return false;
  }
  if ((cell.flags & flag.PARKED) !== 0 && cell.slot instanceof Wait && wakeWait(cell.slot, value, owner)) return true;
  // An operation it waits in may run in a hidden task of its own.
  for (let child = cell.more?.firstChild; child !== undefined; child = child.next) {
    if ((child.flags & flag.HIDDEN) !== 0 && wakeIn(child, value, owner)) return true;
  }
  return false;
}

function wakeWait(wait: Wait<unknown>, value: unknown, owner: TaskCell): boolean {
  if (wait.wakeWith(value, owner)) return true;
  return wait.inner().some((inner) => wakeWait(inner, value, owner));
}
