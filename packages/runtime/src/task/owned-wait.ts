/** A wait made by a task's context: the task's cancel, interrupt and wake reach it, wherever it is waited on. */
import type { TaskCell } from "./cell.ts";
import { cancelledError } from "./cancelled.ts";
import { checkHome } from "./check-home.ts";
import type { Engine } from "./engine.ts";
import { ASYNC, BODY_ENDED, PENDING, UPGRADE_PENDING } from "./flags.ts";
import type { Limits } from "./limits.ts";
import { running } from "./running.ts";
import { Wait } from "./wait.ts";

/**
 * A generator task finds its wait by itself, because it is suspended in it. An async task may have several at once,
 * so they hang in a list of the task's.
 */
export abstract class OwnedWait<T> extends Wait<T> {
  protected readonly owner: TaskCell;
  nextOwned: OwnedWait<unknown> | undefined = undefined;
  previousOwned: OwnedWait<unknown> | undefined = undefined;

  constructor(owner: TaskCell, limits?: Limits) {
    super(limits);
    this.owner = owner;
  }

  protected abstract beginOwned(engine: Engine): boolean;
  protected abstract abandonOwned(): void;

  protected override begin(engine: Engine): boolean {
    const { owner } = this;
    // An async function may still run when its task has been dropped.
    if ((owner.flags & BODY_ENDED) !== 0) throw cancelledError(owner.name, owner.more?.reason);
    checkHome(owner.engine, engine, () => this.describe());
    if ((owner.flags & ASYNC) === 0) {
      // A part of what its task waits in: new code that was asked for meanwhile may take over here.
      if ((owner.flags & UPGRADE_PENDING) !== 0 && running.cell !== owner && this.cuts(owner))
        owner.more?.upgrade?.cutSoon(owner);
      return this.beginOwned(engine);
    }
    if ((owner.flags & PENDING) !== 0) owner.throwPending(this.cuts(owner));
    if (this.beginOwned(engine)) return true;
    owner.addOwned(this);
    return false;
  }

  protected override abandon(): void {
    if ((this.owner.flags & ASYNC) !== 0) this.owner.removeOwned(this);
    this.abandonOwned();
  }

  /** Takes a message, where it is a wait for one that wants it. */
  offer(_message: unknown): boolean {
    return false;
  }

  override settle(value: unknown): void {
    if (this.waiting && (this.owner.flags & ASYNC) !== 0) this.owner.removeOwned(this);
    super.settle(value);
  }

  override fail(error: unknown): void {
    if (this.waiting && (this.owner.flags & ASYNC) !== 0) this.owner.removeOwned(this);
    super.fail(error);
  }

  override home(): Engine {
    return this.owner.engine;
  }
}
