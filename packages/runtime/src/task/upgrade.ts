/** New code for a running task: it keeps its id, name, mailbox, monitors and children. */
import type { Operation } from "../contracts/operation.ts";
import { SkeinError } from "../errors.ts";
import { throwInto } from "./cancel.ts";
import type { Call, TaskCell } from "./cell.ts";
import { Deferred } from "./deferred.ts";
import { endedError } from "./ending.ts";
import * as flag from "./flags.ts";
import type { PendingUpgrade } from "./more.ts";
import type { OwnedWait } from "./owned-wait.ts";
import { PLAIN_RECEIVE } from "./receive.ts";
import { refusedUpgrade } from "./task-ref.ts";
import { Wait } from "./wait.ts";

/**
 * Thrown where a task waits that is to be given new code. Not catching it starts the new code at once; code that catches
 * it may finish what it does and throw it again (or return), or refuse and go on.
 *
 * @example
 * try {
 *   yield* handle(yield* task.receive());
 * } catch (error) {
 *   if (!(error instanceof TaskUpgrade) || error.functionName === "server") throw error;
 *   error.refuse("this task is a server");
 * }
 */
export class TaskUpgrade extends Error {
  override readonly name: string = "TaskUpgrade";
  /** The name of the new function. */
  readonly functionName: string;
  readonly #refuse: (reason: string | undefined) => void;

  /** Made by `upgrade`. */
  constructor(functionName: string, refuse: (reason: string | undefined) => void) {
    super(`new code is ready for this task: ${functionName}`);
    this.functionName = functionName;
    this.#refuse = refuse;
  }

  /** The old code stays: `upgrade` throws `UPGRADE_REFUSED` with `reason`. Once the new code has begun it does nothing. */
  refuse(reason?: string): void {
    this.#refuse(reason);
  }
}

/** Gives `cell` new code; the operation is done when that has begun. */
export function upgradeCell(
  cell: TaskCell,
  fn: (...args: never[]) => unknown,
  args: readonly unknown[],
): Operation<void> {
  const request = new UpgradeRequest(cell, fn, args);
  if ((cell.flags & (flag.BODY_ENDED | flag.CANCELLED | flag.CANCEL_PENDING)) !== 0)
    request.done(endedError(cell.name));
  else request.ask();
  return request.begun;
}

class UpgradeRequest implements PendingUpgrade {
  readonly begun: Deferred<void>;
  readonly #cell: TaskCell;
  readonly #call: Call;
  /** The old code knows; it may finish what it does. */
  #told = false;

  constructor(cell: TaskCell, fn: (...args: never[]) => unknown, args: readonly unknown[]) {
    this.#cell = cell;
    this.begun = new Deferred<void>("upgrade", cell.engine);
    // The types of `upgrade` have checked that `args` are what `fn` takes after its context.
    this.#call = { fn: fn as Call["fn"], args };
  }

  ask(): void {
    const cell = this.#cell;
    const more = cell.extra();
    more.upgrade?.done(refusedUpgrade(cell.name));
    more.upgrade = this;
    if ((cell.flags & flag.FRESH) !== 0) {
      cell.gen?.return(undefined);
      this.#begin();
      return;
    }
    if ((cell.flags & flag.NOT_UPGRADABLE) === 0 && this.#cutNow()) return;
    cell.flags |= flag.UPGRADE_PENDING;
  }

  tellAtWait(cell: TaskCell, cuts: boolean): boolean {
    if (!this.#mayTell(cell, cuts)) return false;
    cell.flags |= flag.THROW;
    cell.slot = this.#tell();
    cell.engine.ready(cell);
    return true;
  }

  throwAtWait(cell: TaskCell, cuts: boolean): void {
    if (this.#mayTell(cell, cuts)) throw this.#tell();
  }

  cutSoon(cell: TaskCell): void {
    if (this.#told) return;
    cell.engine.ready({
      step: () => {
        const asked = cell.more?.upgrade === this && !this.#told;
        if (asked && (cell.flags & flag.NOT_UPGRADABLE) === 0) this.#cutNow();
      },
    });
  }

  /** The old code has ended: by throwing what it was told, by finishing first, or by a failure of its own. */
  begin(_cell: TaskCell, thrown: unknown): boolean {
    if (!this.#told || (thrown !== undefined && !(thrown instanceof TaskUpgrade))) return false;
    this.#begin();
    return true;
  }

  done(error?: Error): void {
    this.#cell.flags &= ~flag.UPGRADE_PENDING;
    if (error === undefined) this.begun.resolve();
    else this.begun.reject(error);
  }

  #mayTell(cell: TaskCell, cuts: boolean): boolean {
    if ((cell.flags & flag.NOT_UPGRADABLE) !== 0) {
      // It was told, and says no.
      if (this.#told) this.#refuse();
      return false;
    }
    return cuts && !this.#told;
  }

  #refuse(reason?: string): void {
    const more = this.#cell.extra();
    if (more.upgrade !== this) return;
    more.upgrade = undefined;
    this.done(refusedByTask(this.#cell.name, reason));
  }

  #tell(): TaskUpgrade {
    this.#told = true;
    // From now on a wait with `upgradable` false is a refusal, so the flag stays.
    this.#cell.flags |= flag.UPGRADE_PENDING;
    return new TaskUpgrade(this.#call.fn.name, (reason) => this.#refuse(reason));
  }

  #cutNow(): boolean {
    const cell = this.#cell;
    if ((cell.flags & flag.ASYNC) !== 0) {
      // The slot of an async task that has begun holds the first of its waits.
      for (let wait = cell.slot as OwnedWait<unknown> | undefined; wait !== undefined; wait = wait.nextOwned) {
        if (!wait.cuts(cell)) continue;
        wait.stop(this.#tell());
        return true;
      }
      return false;
    }
    const { slot } = cell;
    if ((cell.flags & flag.PARKED) === 0) return false;
    if (slot !== PLAIN_RECEIVE && !(slot instanceof Wait && slot.cuts(cell))) return false;
    throwInto(cell, this.#tell());
    return true;
  }

  #begin(): void {
    const cell = this.#cell;
    const { fn, args } = this.#call;
    cell.extra().upgrade = undefined;
    cell.flags &= ~(flag.UPGRADE_PENDING | flag.PARKED | flag.RECEIVING | flag.PAUSED | flag.THROW | flag.TELL_CANCEL);
    cell.flags &= ~flag.NOT_UPGRADABLE;
    const queued = (cell.flags & flag.FRESH) !== 0;
    cell.flags |= flag.FRESH | flag.ASYNC | flag.MORE_RECEIVERS;
    cell.gen = undefined;
    cell.slot = { fn, args } satisfies Call;
    if (!queued) cell.engine.ready(cell);
    this.done();
  }
}

function refusedByTask(name: string, reason: string | undefined): SkeinError {
  return new SkeinError("UPGRADE_REFUSED", `task ${name} keeps its code${reason === undefined ? "" : `: ${reason}`}`, {
    hint: "upgrade it when its `upgradable` is true, with a function that it accepts",
  });
}
