/** Turns: a first-in-first-out ready queue, a time budget per turn, all timers behind one timer of the host. */
import type { Router } from "../contracts/router.ts";
import { TURN_BUDGET_MS } from "../defaults.ts";
import { type ChannelId, type TaskId, randomText } from "../ids.ts";
import { type Logger, silentLogger } from "../logger.ts";
import type { Platform, TimerHandle } from "../platform.ts";
import type { TaskCell } from "./cell.ts";
import type { Failure } from "./failures.ts";
import { notATimeError } from "./limits.ts";
import { Ring } from "./run-queue.ts";
import { running } from "./running.ts";
import type { LocalTarget } from "./target.ts";
import { type TimerLink, TimerWheel } from "./timers.ts";

/** What stands in the ready queue. */
export interface Runnable {
  step(): void;
}

export interface EngineOptions {
  readonly platform: Platform;
  readonly logger?: Logger;
  readonly trace?: boolean;
}

/** Steps between two looks at the clock; a look costs as much as a step. */
const STEPS_PER_LOOK = 32;
/** Longest time given to a timer of the host; those that take 32 bits fire at once beyond 24.8 days. */
const LONGEST_TIMER_MS: number = 2 ** 30;
const INSTANCE_LENGTH = 16;
const SERIAL_LENGTH = 10;

/** Makes the part of an engine that a higher folder hangs on it; the function itself is the key. */
export type MakePart<T> = (engine: Engine) => T;

/** The inside of a runtime. Plain fields where every step goes by. */
export class Engine {
  readonly platform: Platform;
  logger: Logger;
  /** For tasks started from now on. */
  trace: boolean;
  readonly timers: TimerWheel;
  /** First of the tasks without a parent; they are linked like children. */
  firstChild: TaskCell | undefined = undefined;
  /** Tasks that keep the process alive, and those that don't. */
  foregroundTasks = 0;
  backgroundTasks = 0;
  /** Failures that nobody waited for at the time; judged when the turn is over. */
  private failures: Failure[] = [];
  router: Router | undefined = undefined;
  closed = false;
  watchesDrain = false;
  private stopDrain: (() => void) | undefined = undefined;
  /** Looks for a cancel that came while the task computes, where the host can see one. */
  poll: (() => void) | undefined = undefined;
  /** Told each time the last foreground task ends. */
  idleWatchers: Set<() => void> = new Set();
  /** Messages sent to tasks that had ended. */
  droppedMessages = 0;

  private readonly queue: Ring<Runnable> = new Ring(1024);
  /** In a turn, or one is on its way. */
  private awake = false;
  private turnNext = false;
  /** When the present turn has to give way to the host. */
  private turnEndMs = 0;
  /** A promise's callbacks ran: they go on before the next round. */
  private thenables = false;
  private hostTimer: TimerHandle = undefined;
  private hostTimerAtMs: number = Number.POSITIVE_INFINITY;
  private keptAlive = false;
  private instanceText: string | undefined = undefined;
  private serial = 0;
  readonly #targets = new Map<TaskId, LocalTarget>();
  readonly #parts = new Map<MakePart<unknown>, unknown>();

  constructor(options: EngineOptions) {
    this.platform = options.platform;
    this.logger = options.logger ?? silentLogger;
    this.trace = options.trace ?? false;
    this.timers = new TimerWheel(options.platform.now(), (error) => this.platform.reportUnhandled(error));
  }

  /** Puts `runnable` at the end of the ready queue. */
  ready(runnable: Runnable): void {
    this.queue.push(runnable);
    if (!this.awake) this.wakeUp();
  }

  /** The same for the callbacks of a promise. */
  readyThen(runnable: Runnable): void {
    this.thenables = true;
    this.queue.push(runnable);
    if (!this.awake) this.wakeUp();
  }

  get queued(): number {
    return this.queue.size;
  }

  /** Sets `timer`. Unless it says otherwise, it keeps the process alive when the task that runs does. */
  setTimer(
    timer: TimerLink,
    delayMs: number,
    foreground: boolean = !(running.cell?.background ?? this.inBackground()),
  ): void {
    if (Number.isNaN(delayMs)) throw notATimeError();
    timer.foreground = foreground;
    this.timers.set(timer, this.platform.now(), delayMs);
    if (!this.awake) this.wakeUp();
  }

  /** Outside of a turn async functions go on: the host may know those of background tasks. */
  private inBackground(): boolean {
    return running.engine === undefined && this.platform.inBackground?.() === true;
  }

  stopTimer(timer: TimerLink): void {
    this.timers.stop(timer);
    if (this.keptAlive && !this.awake && this.timers.foreground === 0) this.wakeUp();
  }

  /** Asks for the end of turn: failures are judged, timers armed. */
  wakeUp(): void {
    if (this.awake) return;
    this.awake = true;
    this.askForHostTurn();
    this.platform.microtask(this.onMicrotask);
  }

  newTaskId(): TaskId {
    // The form that isTaskId accepts.
    return `t_${this.newIdText()}` as TaskId;
  }

  newChannelId(): ChannelId {
    // The form that isChannelId accepts.
    return `c_${this.newIdText()}` as ChannelId;
  }

  /** 16 characters that say whose it is and 10 that count. */
  private newIdText(): string {
    this.instanceText ??= randomText(INSTANCE_LENGTH, (count) => this.platform.randomBytes(count));
    this.serial += 1;
    return this.instanceText + this.serial.toString(36).padStart(SERIAL_LENGTH, "0");
  }

  /** Who gets what is sent to `id`; a second one for the same id takes its place. */
  addTarget(id: TaskId, target: LocalTarget): Disposable {
    this.#targets.set(id, target);
    return { [Symbol.dispose]: () => this.removeTarget(id, target) };
  }

  removeTarget(id: TaskId, target: LocalTarget): void {
    if (this.#targets.get(id) === target) this.#targets.delete(id);
  }

  /** The task of this id has ended. */
  forgetTask(id: TaskId): void {
    this.#targets.delete(id);
  }

  target(id: TaskId): LocalTarget | undefined {
    return this.#targets.get(id);
  }

  /** What a higher folder keeps for this engine, made at the first use. */
  part<T>(make: MakePart<T>): T {
    // What stands under a key is what that key made.
    if (this.#parts.has(make)) return this.#parts.get(make) as T;
    const part = make(this);
    this.#parts.set(make, part);
    return part;
  }

  attach(router: Router): void {
    this.router = router;
    this.wakeUp();
  }

  detach(router: Router): void {
    if (this.router === router) this.router = undefined;
    this.wakeUp();
  }

  /** Called by the first foreground task: from then on an end of the process is looked at. */
  watchDrain(report: () => string): void {
    if (this.watchesDrain) return;
    this.watchesDrain = true;
    this.stopDrain = this.platform.onDrain?.(() => {
      if (this.foregroundTasks > 0 && !this.keptAlive && this.queue.size === 0) this.platform.endStuck?.(report());
    });
  }

  /** Closed for good: the host need not know it any more. */
  unwatchDrain(): void {
    this.stopDrain?.();
    this.stopDrain = undefined;
  }

  private askForHostTurn(): void {
    if (this.turnNext) return;
    this.turnNext = true;
    this.turnEndMs = 0;
    this.platform.nextTurn(this.onHostTurn);
  }

  /** The host's event loop had its turn: every microtask of the turn before has run. */
  private readonly onHostTurn = (): void => {
    this.turnNext = false;
    if (this.failures.length > 0) this.judgeFailures();
    if (this.queue.size === 0 && !this.awake) return;
    this.awake = true;
    this.askForHostTurn();
    this.turn();
  };

  private readonly onMicrotask = (): void => {
    // Past the budget, what is left waits for the host's turn.
    if (this.turnEndMs !== 0 && this.platform.now() >= this.turnEndMs) return;
    this.turn();
  };

  private readonly onTimer = (): void => {
    this.hostTimer = undefined;
    this.hostTimerAtMs = Number.POSITIVE_INFINITY;
    if (this.awake) return;
    this.awake = true;
    this.askForHostTurn();
    this.turn();
  };

  /** Has `failure` judged when the present turn of the host is over. */
  addFailure(failure: Failure): void {
    this.failures.push(failure);
    this.askForHostTurn();
  }

  private judgeFailures(): void {
    const failures = this.failures;
    this.failures = [];
    for (const failure of failures) failure.judge();
  }

  private turn(): void {
    const outerEngine = running.engine;
    const outerCell = running.cell;
    running.engine = this;
    running.cell = undefined;
    try {
      this.runRounds();
    } finally {
      running.engine = outerEngine;
      running.cell = outerCell;
      this.endTurn();
    }
  }

  private runRounds(): void {
    const { queue, platform } = this;
    const startMs = platform.now();
    if (this.turnEndMs === 0) this.turnEndMs = startMs + TURN_BUDGET_MS;
    if (this.timers.size > 0) this.timers.advance(startMs);
    this.thenables = false;
    let steps = 0;
    while (queue.size > 0) {
      for (let left = queue.size; left > 0; left -= 1) {
        queue.shift().step();
        steps += 1;
        if (steps === STEPS_PER_LOOK) {
          steps = 0;
          if (platform.now() >= this.turnEndMs) return;
        }
      }
      if (this.thenables) return;
    }
  }

  private endTurn(): void {
    if (this.queue.size > 0) {
      // `awake` stays: the host's turn is on its way, and unless the budget is used up it goes on before that.
      this.askForHostTurn();
      if (this.thenables && this.platform.now() < this.turnEndMs) this.platform.microtask(this.onMicrotask);
      return;
    }
    this.awake = false;
    this.armTimer();
    this.updateKeepAlive();
  }

  private armTimer(): void {
    const nowMs = this.platform.now();
    const delayMs = this.timers.nextDelayMs(nowMs);
    const atMs = delayMs === undefined ? Number.POSITIVE_INFINITY : nowMs + delayMs;
    // One that comes too early is cheap: it finds nothing due and is set again.
    if (atMs >= this.hostTimerAtMs && delayMs !== undefined) return;
    if (this.hostTimer !== undefined) this.platform.stopTimer(this.hostTimer);
    this.hostTimer = undefined;
    this.hostTimerAtMs = Number.POSITIVE_INFINITY;
    if (delayMs === undefined) return;
    this.hostTimerAtMs = atMs;
    this.hostTimer = this.platform.startTimer(Math.min(Math.ceil(delayMs), LONGEST_TIMER_MS), this.onTimer);
  }

  private updateKeepAlive(): void {
    // While a foreground task waits, whatever may come can end its wait: also what a background task does when it wakes.
    const mayCome = this.router !== undefined || this.timers.size > 0;
    const keep = this.timers.foreground > 0 || (this.foregroundTasks > 0 && mayCome);
    if (keep === this.keptAlive) return;
    this.keptAlive = keep;
    this.platform.keepAlive(keep);
  }
}
