/** The inside of a pool: its workers, from their start to their end, and the calls that go through them. */
import type { Platform, TimerHandle } from "../platform.ts";
import { POOL_CANCEL_WAIT_MS, POOL_START_TRIES } from "../defaults.ts";
import { errorFrom, isSkeinError, SkeinError } from "../errors.ts";
import { Deferred } from "../task/deferred.ts";
import type { Engine } from "../task/engine.ts";
import { cancelledError } from "../task/cancelled.ts";
import { Dispatcher } from "./dispatcher.ts";
import { Lane, type PoolProcess } from "./lane.ts";
import type { CallHome, PoolCall } from "./pool-call.ts";
import type { MapHome, PoolMap } from "./pool-map.ts";
import type { PoolFunction, PoolWork, Portion } from "./portion.ts";
import { RunQueue } from "./run-queue.ts";
import { LanePortion } from "./lane-portion.ts";

/** Where workers run. */
export interface PoolPlace {
  /** For people: `this machine`, `ssh://user@maxi`. */
  readonly name: string;
  /** How many workers it is to have. */
  size: number;
  /** Starts one. It may be killed before it is there. @throws {SkeinError} `SETUP_FAILED`, `HOST_UNREACHABLE` */
  start(): PoolProcess | Promise<PoolProcess>;
  /** Ends what the place itself keeps open. */
  close?(): void;
}

/** What became of a worker. */
export type PoolEvent =
  | { readonly type: "worker.started" | "worker.ready" | "worker.closed"; readonly worker: string; readonly place: string }
  | { readonly type: "worker.lost" | "worker.failed"; readonly worker: string; readonly place: string; readonly error: Error };

/** What each worker does before its first call. */
interface Initializer {
  readonly fn: PoolFunction;
  readonly args: readonly unknown[];
  /** Its code is there. */
  readonly made: Promise<void>;
}

export interface CoreOptions {
  readonly engine: Engine;
  readonly places: readonly PoolPlace[];
  readonly queueSize: number | undefined;
  /** Called in each worker before it gets calls. */
  readonly initializer: Initializer | undefined;
  readonly connectTimeoutMs: number;
  readonly mapStack: ((error: Error) => void) | undefined;
  readonly tell: (event: PoolEvent) => void;
}

interface Withdrawn {
  readonly portion: Portion;
  /** Absent: all of it. */
  readonly call: PoolCall<unknown> | undefined;
  readonly killAtMs: number;
}

export class PoolCore implements CallHome, MapHome {
  readonly engine: Engine;
  readonly queue: RunQueue;
  readonly #options: CoreOptions;
  readonly #platform: Platform;
  readonly #dispatcher: Dispatcher;
  readonly #lanes = new Set<Lane>();
  readonly #placeOf = new Map<Lane, PoolPlace>();
  /** Workers under way, by place: started and not yet there. */
  readonly #starting = new Map<PoolPlace, number>();
  /** Starts in a row that came to nothing, by place. */
  readonly #failures = new Map<PoolPlace, number>();
  readonly #maps = new Set<PoolMap>();
  /** Calls and maps that have not ended. */
  #held = 0;
  #withdrawn: Withdrawn[] = [];
  #watch: TimerHandle = undefined;
  #ready: Deferred<void> | undefined;
  #idle: Deferred<void> | undefined;
  #begun = false;
  #closing = false;
  #lost = 0;
  #lastError: Error | undefined;
  #laneNumbers = 0;

  constructor(options: CoreOptions) {
    this.#options = options;
    this.engine = options.engine;
    this.#platform = options.engine.platform;
    this.#dispatcher = new Dispatcher(this.#platform);
    this.queue = new RunQueue(() => this.#dispatcher.offer(this.queue));
  }

  now(): number {
    return this.#platform.now();
  }

  get lanes(): ReadonlySet<Lane> {
    return this.#lanes;
  }

  get lost(): number {
    return this.#lost;
  }

  /** Calls that have not ended, items of maps included. */
  get running(): number {
    let calls = 0;
    for (const lane of this.#lanes) calls += lane.calls;
    return calls;
  }

  /** Starts the workers, if they aren't. */
  begin(): void {
    if (this.#begun) {
      // All have failed to start: this is another try.
      if (this.#lanes.size === 0 && this.#startingNow === 0) this.#fill();
      return;
    }
    this.#begun = true;
    this.#fill();
  }

  /** Resolves when every worker that is to be there is set up. */
  ready(): Deferred<void> {
    this.begin();
    this.#ready ??= new Deferred<void>("the pool's workers", this.engine).ignore();
    const ready = this.#ready;
    this.#tellReady();
    return ready;
  }

  add(call: PoolCall<unknown>): void {
    call.added = true;
    this.#hold(1);
    this.begin();
    this.queue.add(call);
  }

  /** A call that was added has ended. */
  ended(): void {
    this.#hold(-1);
  }

  offer(work: PoolWork): void {
    this.begin();
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
      over: (map) => this.over(map),
    };
  }

  started(map: PoolMap): void {
    this.#maps.add(map);
    this.#hold(1);
  }

  over(map: PoolMap): void {
    if (this.#maps.delete(map)) this.#hold(-1);
  }

  withdraw(what: PoolCall<unknown> | Portion, graceMs?: number): void {
    const isCall = "retriesLeft" in what;
    const portion = isCall ? what.portion : what;
    const { lane } = portion ?? {};
    if (portion === undefined || lane === undefined || !lane.has(portion)) return;
    const call = isCall ? what : undefined;
    lane.cancel(portion, call?.at);
    this.#withdrawn.push({ portion, call, killAtMs: this.now() + (graceMs ?? POOL_CANCEL_WAIT_MS) });
    this.#watch ??= this.#platform.startTimer(Math.min(LOOK_MS, graceMs ?? LOOK_MS), this.#look);
  }

  /** Has every worker do this once, as soon as it has ended what it has. */
  onAll(fn: PoolFunction, args: readonly unknown[]): Promise<unknown>[] {
    return [...this.#lanes].filter((lane) => lane.ready && !lane.leaving).map((lane) => this.#on(lane, fn, args));
  }

  resize(place: PoolPlace): void {
    const lanes = [...this.#lanes].filter((lane) => this.#placeOf.get(lane) === place && !lane.leaving);
    for (const lane of lanes.slice(place.size)) this.#leave(lane);
    if (this.#begun) this.#fill();
    this.#tellReady();
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
    this.#closing = true;
    for (const map of [...this.#maps]) map.fail(error);
    this.queue.fail(error);
    this.#dispatcher.failAll(error);
    for (const lane of [...this.#lanes]) lane.kill(error);
    for (const place of this.#options.places) place.close?.();
    this.#ready?.reject(error);
    if (this.#watch !== undefined) this.#platform.stopTimer(this.#watch);
    this.#watch = undefined;
    this.#withdrawn = [];
  }

  heard(lane: Lane): void {
    if (!lane.ready && lane.spoke) this.#setUp(lane);
    if (lane.leaving && lane.calls === 0) lane.process.kill();
    this.#dispatcher.room(lane);
    this.#dispatcher.give();
  }

  gone(lane: Lane, error: Error): void {
    const place = this.#placeOf.get(lane);
    const wasReady = lane.ready;
    this.#lanes.delete(lane);
    this.#placeOf.delete(lane);
    this.#dispatcher.remove(lane);
    if (wasReady) this.#dispatcher.lanes -= 1;
    if (place === undefined || this.#closing) return;
    const words = { worker: lane.process.name, place: place.name };
    if (lane.leaving) this.#options.tell({ type: "worker.closed", ...words });
    else if (wasReady) {
      this.#lost += 1;
      this.#options.tell({ type: "worker.lost", ...words, error });
    } else this.#failed(place, lane.process.name, error);
    this.#fill();
    this.#dispatcher.give();
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

  get #startingNow(): number {
    let count = 0;
    for (const starting of this.#starting.values()) count += starting;
    for (const lane of this.#lanes) if (!lane.ready) count += 1;
    return count;
  }

  /** Starts what is missing. */
  #fill(): void {
    if (this.#closing) return;
    for (const place of this.#options.places) {
      const here = [...this.#lanes].filter((lane) => this.#placeOf.get(lane) === place && !lane.leaving).length;
      const missing = place.size - here - (this.#starting.get(place) ?? 0);
      const tries = this.#failures.get(place) ?? 0;
      if (tries >= POOL_START_TRIES * Math.max(1, place.size)) continue;
      for (let count = 0; count < missing; count += 1) this.#start(place);
    }
    this.#giveUp();
  }

  #start(place: PoolPlace): void {
    const begun = (change: number): void => {
      this.#starting.set(place, (this.#starting.get(place) ?? 0) + change);
    };
    begun(1);
    const there = (process: PoolProcess): void => {
      begun(-1);
      this.#laneNumbers += 1;
      const lane = new Lane(process, this.#laneNumbers, this.#options.queueSize, {
        now: () => this.now(),
        threw: (error) => this.#options.mapStack?.(error),
        heard: (one) => this.heard(one),
        lost: (one, error) => this.gone(one, error),
      });
      this.#lanes.add(lane);
      this.#placeOf.set(lane, place);
      if (this.#closing) return process.kill();
      this.#options.tell({ type: "worker.started", worker: process.name, place: place.name });
      this.#await(lane);
    };
    const not = (error: unknown): void => {
      begun(-1);
      if (this.#closing) return;
      this.#failed(place, place.name, errorFrom(error));
      this.#fill();
    };
    try {
      const process = place.start();
      if ("link" in process) there(process);
      else process.then(there, not);
    } catch (error) {
      not(error);
    }
  }

  /** It has to speak in time; then it is set up. */
  #await(lane: Lane): void {
    const { connectTimeoutMs } = this.#options;
    const timer = this.#platform.startTimer(connectTimeoutMs, () => {
      if (!lane.ready) lane.kill(notInTime(lane.process.name, connectTimeoutMs));
    });
    void lane.process.exited.then(() => this.#platform.stopTimer(timer));
  }

  #setUp(lane: Lane): void {
    const { initializer } = this.#options;
    if (lane.settingUp) return;
    lane.settingUp = true;
    const ready = (): void => {
      lane.ready = true;
      const place = this.#placeOf.get(lane);
      if (place !== undefined) this.#failures.delete(place);
      this.#dispatcher.lanes += 1;
      this.#options.tell({ type: "worker.ready", worker: lane.process.name, place: place?.name ?? "" });
      this.#dispatcher.room(lane);
      this.#dispatcher.give();
      this.#tellReady();
    };
    if (initializer === undefined) return ready();
    initializer.made
      .then(() => this.#on(lane, initializer.fn, initializer.args))
      .then(ready, (error: unknown) => {
        // It would throw again.
        const place = this.#placeOf.get(lane);
        if (place !== undefined) this.#failures.set(place, Infinity);
        lane.kill(errorFrom(error));
      });
  }

  #on(lane: Lane, fn: PoolFunction, args: readonly unknown[]): Promise<unknown> {
    const portion = new LanePortion(fn, args);
    lane.give(portion);
    lane.flush();
    return portion.result;
  }

  #leave(lane: Lane): void {
    lane.leaving = true;
    this.#dispatcher.remove(lane);
    if (lane.calls === 0) lane.process.kill();
  }

  #failed(place: PoolPlace, worker: string, error: Error): void {
    this.#failures.set(place, (this.#failures.get(place) ?? 0) + 1);
    this.#lastError = error;
    this.#options.tell({ type: "worker.failed", worker, place: place.name, error });
    this.#ready?.reject(startFailed(error));
    this.#ready = undefined;
  }

  /** Nobody is there, and nobody will come: what waits is told why. The next call tries once more. */
  #giveUp(): void {
    if (this.#lanes.size > 0 || this.#startingNow > 0) return;
    const error = startFailed(this.#lastError);
    this.#failures.clear();
    for (const map of [...this.#maps]) map.fail(error);
    this.queue.fail(error);
    this.#dispatcher.failAll(error);
  }

  #tellReady(): void {
    if (this.#ready === undefined) return;
    let wanted = 0;
    for (const place of this.#options.places) wanted += place.size;
    let ready = 0;
    for (const lane of this.#lanes) if (lane.ready && !lane.leaving) ready += 1;
    if (ready < wanted) return;
    this.#ready.resolve();
    this.#ready = undefined;
  }

  #tellIdle(): void {
    if (this.#idle === undefined || this.#held > 0) return;
    this.#idle.resolve();
    this.#idle = undefined;
  }

  /** Ends workers that compute what nobody waits for. */
  readonly #look = (): void => {
    this.#watch = undefined;
    const nowMs = this.now();
    this.#withdrawn = this.#withdrawn.filter(({ portion, call, killAtMs }) => {
      const { lane } = portion;
      if (lane === undefined || !lane.has(portion)) return false;
      if (nowMs < killAtMs) return true;
      if (!lane.runsNow(portion, call?.at)) return true;
      lane.kill(call === undefined ? cancelledError(portion.fn.name, "its map has ended") : cancelledError(call.name, "it was given up"));
      return false;
    });
    if (this.#withdrawn.length > 0) this.#watch = this.#platform.startTimer(LOOK_MS, this.#look);
  };
}

/** How often it is looked whether a cancelled call is over. */
const LOOK_MS = 50;

function startFailed(cause: Error | undefined): SkeinError {
  if (isSkeinError(cause, "HOST_UNREACHABLE") || isSkeinError(cause, "SETUP_FAILED")) return cause;
  return new SkeinError("SETUP_FAILED", `no worker of the pool could be set up: ${cause?.message ?? "it has none"}`, {
    hint: "mend what the cause says; the next call tries again",
    cause,
  });
}

const notInTime = (name: string, ms: number): SkeinError =>
  new SkeinError("SETUP_FAILED", `a worker of the pool (${name}) did not answer within ${ms} ms`, {
    hint: "see what its machine does, or give more time with connectTimeoutMs",
  });
