/** `deadline`: waiting for an operation so long and no longer. */
import type { Operation } from "../contracts/operation.ts";
import type { TaskCell } from "./cell.ts";
import type { Engine } from "./engine.ts";
import { notATimeError, timeoutError } from "./limits.ts";
import { waitOf } from "./op.ts";
import { Timer } from "./timers.ts";
import { Wait, type Waiter } from "./wait.ts";

/**
 * Waits for `operation`, at most `ms` milliseconds; then it is given up.
 *
 * @throws {SkeinError} `TIMEOUT`
 * @example
 * const line = yield* deadline(1000, connection.receiveLine());
 */
export function deadline<T>(ms: number, operation: PromiseLike<T>): Operation<T> {
  return new Deadline(ms, operation);
}

class Deadline<T> extends Wait<T> implements Waiter {
  private readonly ms: number;
  private readonly wait: Wait<T>;
  private readonly timer: Timer;
  private engine: Engine | undefined = undefined;

  constructor(ms: number, operation: PromiseLike<T>) {
    super();
    if (Number.isNaN(ms)) throw notATimeError();
    this.ms = ms;
    this.wait = waitOf(operation);
    this.timer = new Timer(() => this.timeUp());
  }

  protected begin(engine: Engine): boolean {
    this.engine = engine;
    if (this.wait.start(this, engine)) {
      this.result = this.wait.take();
      return true;
    }
    engine.setTimer(this.timer, this.ms);
    return false;
  }

  resume(): void {
    this.engine?.stopTimer(this.timer);
    let value: T;
    try {
      value = this.wait.take();
    } catch (error) {
      this.fail(error);
      return;
    }
    this.settle(value);
  }

  timeUp(): void {
    const what = this.wait.describe();
    this.wait.giveUp();
    this.fail(() => timeoutError(what, this.ms));
  }

  protected abandon(): void {
    this.engine?.stopTimer(this.timer);
    this.wait.giveUp();
  }

  protected override unclaimed(value: T): void {
    this.wait.giveBack(value);
  }

  override cuts(owner: TaskCell): boolean {
    return this.wait.cuts(owner);
  }

  override home(): Engine | undefined {
    return this.wait.home();
  }

  override inner(): readonly Wait<unknown>[] {
    return [this.wait];
  }

  describe(): string {
    return this.wait.describe();
  }
}
