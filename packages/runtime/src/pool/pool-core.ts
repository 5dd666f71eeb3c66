/** The inside of a pool: its calls and maps on their way to its workers, until each has ended. */
import { POOL_CANCEL_WAIT_MS } from "../defaults.ts";
import { errorFrom, type SkeinError } from "../errors.ts";
import type { Platform, TimerHandle } from "../platform.ts";
import { Deferred } from "../task/deferred.ts";
import type { Engine } from "../task/engine.ts";
import { Dispatcher } from "./dispatcher.ts";
import type { Lane } from "./lane.ts";
import type { CallHome, PoolCall } from "./pool-call.ts";
import type { MapHome } from "./map-home.ts";
import type { PoolMap } from "./pool-map.ts";
import type { PoolFunction, PoolWork, Portion } from "./portion.ts";
import { RunQueue } from "./run-queue.ts";
import { serverLost } from "./server-lost.ts";
import { Staff, type StaffOptions } from "./staff.ts";

interface Withdrawn {
  readonly portion: Portion;
  /** Absent: all of it. */
  readonly call: PoolCall<unknown> | undefined;
  readonly killAtMs: number;
}

export class PoolCore implements CallHome, MapHome {
  readonly engine: Engine;
  readonly queue: RunQueue;
  readonly staff: Staff;
  readonly #platform: Platform;
  readonly #dispatcher: Dispatcher;
  readonly #maps = new Set<PoolMap>();
  /** Those that are read. */
  readonly #read = new Set<PoolMap>();
  /** Calls whose function's code is under way. */
  readonly #making = new Set<PoolCall<unknown>>();
  /** What ends those calls that all workers are to make. */
  readonly #onAll = new Set<(error: Error) => void>();
  /** Calls and maps that have not ended. */
  #held = 0;
  #withdrawn: Withdrawn[] = [];
  #watch: TimerHandle = undefined;
  #idle: Deferred<void> | undefined;

  constructor(options: StaffOptions) {
    this.engine = options.engine;
    this.#platform = options.engine.platform;
    const dispatcher = new Dispatcher(this.#platform);
    this.#dispatcher = dispatcher;
    this.queue = new RunQueue(() => dispatcher.offer(this.queue));
    const room = (lane: Lane): void => {
      dispatcher.room(lane);
      dispatcher.give();
    };
    this.staff = new Staff(options, {
      room,
      joined: (lane) => {
        dispatcher.lanes += 1;
        room(lane);
      },
      left: (lane) => {
        dispatcher.lanes -= 1;
        dispatcher.remove(lane);
      },
      nobody: (error) => this.#failAll(error),
      waits: () => dispatcher.waits,
    });
  }

  get isIdle(): boolean {
    return this.#held === 0;
  }

  /** Calls that workers have, items of maps included. */
  get running(): number {
    let calls = 0;
    for (const lane of this.staff.lanes) calls += lane.calls;
    return calls;
  }

  /** Workers have been begun. */
  add(call: PoolCall<unknown>): void {
    call.added = true;
    this.#hold(1);
    this.#queue(call);
  }

  /** The same, once the code of its function is there. */
  addLater(call: PoolCall<unknown>, making: Promise<void>): void {
    call.added = true;
    this.#hold(1);
    this.#making.add(call);
    making.then(
      () => this.#made(call),
      (error: unknown) => {
        this.#making.delete(call);
        call.reject(errorFrom(error));
      },
    );
  }

  /** Has every worker that is to be there call `fn` once. */
  onAll(fn: PoolFunction, args: readonly unknown[], making: Promise<void> | undefined): Deferred<never[]> {
    const all = new Deferred<never[]>(`${fn.name} in all workers`, this.engine);
    const over = (tell: () => void): void => {
      if (!this.#onAll.delete(fail)) return;
      tell();
      this.#hold(-1);
    };
    const fail = (error: unknown): void => over(() => all.reject(error));
    const act = async (): Promise<unknown[]> => {
      await this.staff.ready();
      await making;
      return this.#onAll.has(fail) ? await this.staff.onAll(fn, args) : [];
    };
    this.#onAll.add(fail);
    this.#hold(1);
    // The type of `fn` says what they are.
    act().then((values) => over(() => all.resolve(values as never[])), fail);
    return all;
  }

  /** A call that was added has ended. */
  ended(): void {
    this.#hold(-1);
  }

  offer(work: PoolWork): void {
    this.staff.begin();
    this.#dispatcher.offer(work);
  }

  /** For a map whose function's code is under way. */
  homeOf(making: Promise<void> | undefined): MapHome {
    if (making === undefined) return this;
    return {
      engine: this.engine,
      offer: (work) => {
        making.then(
          () => this.offer(work),
          (error: unknown) => work.fail(errorFrom(error)),
        );
      },
      withdraw: (portion) => this.withdraw(portion),
      read: (map) => this.read(map),
      over: (map) => this.over(map),
    };
  }

  started(map: PoolMap): void {
    if (!map.isOver) this.#maps.add(map);
  }

  read(map: PoolMap): void {
    this.#read.add(map);
    this.#hold(1);
  }

  over(map: PoolMap): void {
    this.#maps.delete(map);
    if (this.#read.delete(map)) this.#hold(-1);
  }

  withdraw(what: PoolCall<unknown> | Portion, graceMs?: number): void {
    const isCall = "retriesLeft" in what;
    if (isCall && what.state === "ready") return this.#gaveUp(what);
    const portion = isCall ? what.portion : what;
    const { lane } = portion ?? {};
    if (portion === undefined || lane === undefined || !lane.has(portion)) return;
    const call = isCall ? what : undefined;
    lane.cancel(portion, call?.at);
    this.#withdrawn.push({ portion, call, killAtMs: this.#platform.now() + (graceMs ?? POOL_CANCEL_WAIT_MS) });
    this.#watch ??= this.#platform.startTimer(Math.min(LOOK_MS, graceMs ?? LOOK_MS), this.#look);
  }

  /** Calls that wait for a worker, or for the code of their function. */
  get waiting(): number {
    return this.queue.size + this.#making.size;
  }

  /** Resolves when nothing is under way. */
  idle(): Deferred<void> {
    this.#idle ??= new Deferred<void>("the pool's calls", this.engine).ignore();
    const idle = this.#idle;
    this.#tellIdle();
    return idle;
  }

  /** Ends all of it; what is left fails by `error`. */
  close(error: SkeinError): void {
    this.#failAll(error);
    this.staff.close(error);
    if (this.#watch !== undefined) this.#platform.stopTimer(this.#watch);
    this.#watch = undefined;
    this.#withdrawn = [];
  }

  #gaveUp(call: PoolCall<unknown>): void {
    if (call.added && !this.#making.delete(call)) this.queue.gaveUp();
  }

  #made(call: PoolCall<unknown>): void {
    if (!this.#making.delete(call) || call.ended) return;
    this.staff.begin();
    this.#queue(call);
  }

  #queue(call: PoolCall<unknown>): void {
    this.queue.add(call);
    this.staff.check();
  }

  #failAll(error: SkeinError): void {
    for (const map of this.#maps) map.fail(error);
    for (const call of this.#making) call.reject(error);
    this.#making.clear();
    for (const fail of this.#onAll) fail(error);
    this.queue.fail(error);
    this.#dispatcher.failAll(error);
  }

  /** The process stays as long as something is under way here. */
  #hold(change: number): void {
    const before = this.#held;
    this.#held += change;
    if (before === 0) this.#platform.keepAlive(true);
    if (this.#held > 0) return;
    this.#platform.keepAlive(false);
    this.#tellIdle();
  }

  #tellIdle(): void {
    if (this.#idle === undefined || this.#held > 0) return;
    this.#idle.resolve();
    this.#idle = undefined;
  }

  /** Ends workers that compute what nobody waits for. */
  readonly #look = (): void => {
    this.#watch = undefined;
    const nowMs = this.#platform.now();
    this.#withdrawn = this.#withdrawn.filter(({ portion, call, killAtMs }) => {
      const { lane } = portion;
      if (lane === undefined || !lane.has(portion)) return false;
      // It has ended, or was not begun.
      if (call !== undefined && call.portion !== portion) return false;
      if (nowMs < killAtMs) return true;
      if (!lane.runsNow(portion, call?.at)) return true;
      // Those that wait for something else there hear of this.
      const why = `it computed ${portion.fn.name}, ${call === undefined ? "whose map has ended" : "which was given up"}`;
      lane.kill(serverLost(lane.process.name, why));
      return false;
    });
    if (this.#withdrawn.length > 0) this.#watch = this.#platform.startTimer(LOOK_MS, this.#look);
  };
}

/** How often it is looked whether a cancelled call is over. */
const LOOK_MS = 50;
