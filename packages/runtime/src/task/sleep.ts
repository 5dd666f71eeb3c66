/** Waits for time: `sleep`, a task's own `sleep`, and `suspend`, which a wake ends. */
import type { Operation } from "../contracts/operation.ts";
import type { WaitOptions } from "../contracts/wait.ts";
import { wakeCell } from "./cancel.ts";
import type { TaskCell } from "./cell.ts";
import type { Engine, Runnable } from "./engine.ts";
import { RECEIVES } from "./flags.ts";
import { limitsFrom } from "./limits.ts";
import { OwnedWait } from "./owned-wait.ts";
import type { TimerLink, TimerList } from "./timers.ts";
import { Wait } from "./wait.ts";

/**
 * Waits for `ms` milliseconds; 0 or less gives other ready tasks their turn.
 *
 * @example
 * yield* sleep(100);
 */
export function sleep(ms: number): Operation<void> {
  return new Sleep(ms);
}

class Sleep extends Wait<void> implements TimerLink, Runnable {
  private readonly ms: number;
  timerBefore: TimerLink | undefined = undefined;
  timerAfter: TimerLink | undefined = undefined;
  timerList: TimerList | undefined = undefined;
  dueTick = 0;
  foreground = true;
  private engine: Engine | undefined = undefined;

  constructor(ms: number) {
    super();
    this.ms = ms;
  }

  protected begin(engine: Engine): boolean {
    if (this.ms <= 0) {
      engine.ready(this);
      return false;
    }
    this.engine = engine;
    engine.setTimer(this, this.ms);
    return false;
  }

  protected abandon(): void {
    this.engine?.stopTimer(this);
  }

  timeUp(): void {
    this.settle(undefined);
  }

  step(): void {
    this.settle(undefined);
  }

  describe(): string {
    return `sleep ${this.ms} ms`;
  }
}

/** A task's own sleep: it ends early with the value of a `wake`. */
export class TaskSleep extends OwnedWait<unknown> implements TimerLink, Runnable {
  private readonly ms: number;
  timerBefore: TimerLink | undefined = undefined;
  timerAfter: TimerLink | undefined = undefined;
  timerList: TimerList | undefined = undefined;
  dueTick = 0;
  foreground = true;

  constructor(owner: TaskCell, ms: number) {
    super(owner);
    this.ms = ms;
  }

  protected beginOwned(engine: Engine): boolean {
    if (this.ms <= 0) {
      engine.ready(this);
      return false;
    }
    engine.setTimer(this, this.ms, !this.owner.background);
    return false;
  }

  protected abandonOwned(): void {
    this.owner.engine.stopTimer(this);
  }

  timeUp(): void {
    this.settle(undefined);
  }

  step(): void {
    this.settle(undefined);
  }

  override wakeWith(value: unknown, owner: TaskCell): boolean {
    if (!this.waiting || owner !== this.owner) return false;
    this.stopWith(value);
    return true;
  }

  /** Where a task works on messages, a sleep is a part of that work. */
  override cuts(owner: TaskCell): boolean {
    return owner === this.owner && (owner.flags & RECEIVES) === 0 && owner.mailbox === undefined;
  }

  describe(): string {
    return `sleep ${this.ms} ms`;
  }
}

/** What `suspend` takes: without `else` a timeout throws `TIMEOUT`. */
export interface SuspendOptions extends WaitOptions {
  readonly else?: unknown;
}

/** Waits for a `wake`; one that came before is taken at once. */
export class Suspend extends OwnedWait<unknown> {
  private woken = false;

  constructor(owner: TaskCell, options?: SuspendOptions) {
    super(owner, limitsFrom(options));
  }

  protected beginOwned(): boolean {
    this.owner.flags |= RECEIVES;
    const kept = this.owner.takeWake();
    if (kept === undefined) return false;
    this.result = kept.value;
    this.woken = true;
    return true;
  }

  protected abandonOwned(): void {}

  override wakeWith(value: unknown, owner: TaskCell): boolean {
    if (!this.waiting || owner !== this.owner) return false;
    this.woken = true;
    this.settle(value);
    return true;
  }

  protected override unclaimed(value: unknown): void {
    if (this.woken) wakeCell(this.owner, value);
  }

  override cuts(owner: TaskCell): boolean {
    return owner === this.owner;
  }

  describe(): string {
    return "suspend";
  }
}
