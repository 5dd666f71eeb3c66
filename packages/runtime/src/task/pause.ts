/** Gives the other ready tasks a turn. */
import type { Effect } from "../contracts/operation.ts";
import type { Engine, Runnable } from "./engine.ts";
import { PAUSED, PENDING } from "./flags.ts";
import { PARK, running } from "./running.ts";
import { Wait, type Waitable, outsideError } from "./wait.ts";

const DONE: IteratorReturnResult<void> = { done: true, value: undefined };

/** One object for all tasks: its state is a flag of the task that runs. */
class Pause implements Waitable<void>, Iterator<Effect, void, unknown> {
  skeinWait(): Wait<void> {
    return new PauseWait();
  }

  [Symbol.iterator](): Iterator<Effect, void, unknown> {
    return this;
  }

  next(): IteratorResult<Effect, void> {
    const cell = running.cell;
    if (cell === undefined) throw outsideError();
    const flags = cell.flags;
    if ((flags & PAUSED) !== 0) {
      cell.flags = flags & ~PAUSED;
      return DONE;
    }
    if ((flags & PENDING) !== 0 && cell.tellPending(false)) return PARK;
    cell.flags = flags | PAUSED;
    cell.engine.ready(cell);
    return PARK;
  }

  throw(error: unknown): IteratorResult<Effect, void> {
    throw error;
  }

  return(): IteratorResult<Effect, void> {
    return DONE;
  }

  then<A = void, B = never>(
    onValue?: ((value: void) => A | PromiseLike<A>) | null,
    onError?: ((error: unknown) => B | PromiseLike<B>) | null,
  ): PromiseLike<A | B> {
    return new PauseWait().then(onValue, onError);
  }
}

class PauseWait extends Wait<void> implements Runnable {
  protected begin(engine: Engine): boolean {
    engine.ready(this);
    return false;
  }

  protected abandon(): void {}

  step(): void {
    this.settle(undefined);
  }

  describe(): string {
    return "pause";
  }
}

export const pause: Waitable<void> = new Pause();
