/** The workers of a pool: started, set up, replaced when they are lost, sent away. */
import { errorFrom, type SkeinError } from "../errors.ts";
import type { Platform } from "../platform.ts";
import { Deferred } from "../task/deferred.ts";
import type { Engine } from "../task/engine.ts";
import type { Codec } from "../wire/codec.ts";
import { CallsOfAll } from "./calls-of-all.ts";
import type { Lane } from "./lane.ts";
import type { PoolProcess } from "./pool-process.ts";
import { LanePortion } from "./lane-portion.ts";
import type { PoolEvent, PoolPlace } from "./place.ts";
import { PlaceRest } from "./place-rest.ts";
import { PlaceTries } from "./place-tries.ts";
import type { PoolFunction } from "./portion.ts";
import { noPlace, notInitialized, notInTime, startFailed } from "./staff-errors.ts";

/** What each worker does before its first call. */
interface Initializer {
  readonly fn: PoolFunction;
  readonly args: readonly unknown[];
  /** Its code is there. */
  readonly made: Promise<void>;
  readonly timeoutMs: number;
}

export interface StaffOptions {
  readonly engine: Engine;
  readonly places: readonly PoolPlace[];
  readonly queueSize: number | undefined;
  /** A worker with more memory leaves, and another takes its place. */
  readonly maxWorkerBytes: number;
  /** Called in each worker before it gets calls. */
  readonly initializer: Initializer | undefined;
  readonly connectTimeoutMs: number;
  readonly mapStack: ((error: Error) => void) | undefined;
  readonly tell: (event: PoolEvent) => void;
}

export interface StaffEvents {
  /** It may have more than it has. */
  room(lane: Lane): void;
  /** It takes calls from now on. */
  joined(lane: Lane): void;
  /** It takes none any more. */
  left(lane: Lane): void;
  /** Nobody is there, and nobody will come. */
  nobody(error: SkeinError): void;
  /** Whether calls wait for a worker. */
  waits(): boolean;
}

export class Staff {
  readonly lanes: Set<Lane> = new Set();
  /** Workers that were lost. */
  lost = 0;
  /** Calls that have ended at workers that are gone. */
  done = 0;
  readonly #options: StaffOptions;
  readonly #events: StaffEvents;
  readonly #platform: Platform;
  readonly #placeOf = new Map<Lane, PoolPlace>();
  /** Workers under way, by place: started and not yet there. */
  readonly #starting = new Map<PoolPlace, number>();
  readonly #tries: PlaceTries;
  readonly #rest: PlaceRest;
  readonly #ofAll = new CallsOfAll();
  #codec: Codec | undefined;
  #ready: Deferred<void> | undefined;
  #begun = false;
  #closing = false;
  #lastError: Error | undefined;

  constructor(options: StaffOptions, events: StaffEvents) {
    this.#options = options;
    this.#events = events;
    this.#platform = options.engine.platform;
    this.#tries = new PlaceTries(this.#platform, () => this.#fill());
    this.#rest = new PlaceRest(this.#platform, options.places, {
      isUsed: (place, sinceMs) => this.#isUsed(place, sinceMs),
      rests: (place) => {
        place.shared?.withdraw();
        for (const lane of this.#at(place)) this.#leave(lane);
      },
    });
    for (const place of options.places) place.shared?.onSize(() => this.resize(place));
  }

  /** Starts the workers, if they aren't. */
  begin(): void {
    if (this.#begun && !this.#rest.isAny) {
      // All have failed to start: this is another try.
      if (this.lanes.size === 0 && this.#startingNow === 0) this.#fill();
      return;
    }
    this.#begun = true;
    this.#rest.end();
    this.#fill();
  }

  /** Calls wait: where no place may have a worker they are told at once. */
  check(): void {
    if (this.lanes.size === 0 && this.#options.places.every(({ size }) => size === 0)) this.#giveUp();
  }

  /** Resolves when every worker that is to be there is set up. */
  ready(): Deferred<void> {
    this.begin();
    this.#ready ??= new Deferred<void>("the pool's workers", this.#options.engine).ignore();
    const ready = this.#ready;
    this.#tellReady();
    return ready;
  }

  /** Has every worker do this once, as soon as it has ended what it has. */
  onAll(fn: PoolFunction, args: readonly unknown[]): Promise<unknown[]> {
    const all = this.#options.places.flatMap((place) => this.#readyAt(place).map((lane) => [lane, place] as const));
    return this.#ofAll.make(all, fn, args);
  }

  resize(place: PoolPlace): void {
    const lanes = this.#at(place).filter((lane) => !lane.leaving);
    for (const lane of lanes.slice(place.size)) this.#leave(lane);
    if (this.#begun && !this.#closing) this.#fill();
    this.#tellReady();
  }

  close(error: SkeinError): void {
    this.#closing = true;
    for (const lane of this.lanes) {
      if (lane.calls === 0) lane.leave();
      else lane.kill(error);
    }
    for (const place of this.#options.places) place.close?.();
    this.#tries.close();
    this.#rest.close();
    this.#ready?.reject(error);
  }

  #heard(lane: Lane): void {
    if (!lane.ready && lane.spoke) this.#setUp(lane);
    if (lane.ready && lane.memoryBytes > this.#options.maxWorkerBytes) this.#makeWay(lane);
    if (lane.leaving && lane.calls === 0) lane.leave();
    this.#events.room(lane);
  }

  #gone(lane: Lane, error: Error): void {
    const place = this.#placeOf.get(lane);
    const wasReady = lane.ready;
    lane.ready = false;
    this.lanes.delete(lane);
    this.done += lane.done;
    this.#placeOf.delete(lane);
    if (wasReady && !lane.leaving) this.#events.left(lane);
    if (place === undefined || this.#closing) return;
    const words = { worker: lane.process.name, place: place.name };
    if (lane.leaving) this.#options.tell({ type: "worker.closed", ...words });
    else if (wasReady) {
      this.lost += 1;
      this.#options.tell({ type: "worker.lost", ...words, error });
    } else this.#failed(place, lane.process.name, error);
    this.#fill();
    this.#events.room(lane);
  }

  get #startingNow(): number {
    let count = 0;
    for (const starting of this.#starting.values()) count += starting;
    for (const lane of this.lanes) if (!lane.ready) count += 1;
    return count;
  }

  /** Starts what is missing. */
  #fill(): void {
    if (this.#closing) return;
    this.#rest.watch();
    for (const place of this.#options.places) {
      if (this.#rest.has(place)) continue;
      const here = this.#at(place).filter((lane) => !lane.leaving).length;
      const missing = place.size - here - (this.#starting.get(place) ?? 0);
      if (missing <= 0 || !this.#tries.isDue(place)) continue;
      for (let count = 0; count < missing; count += 1) this.#start(place);
    }
    for (const place of this.#options.places) {
      if (this.#ofAll.wait) this.#ofAll.comeAtMost(place, place.size - this.#readyAt(place).length);
    }
    this.#giveUp();
  }

  #start(place: PoolPlace): void {
    const { size } = place;
    const begun = (change: number): void => {
      this.#starting.set(place, (this.#starting.get(place) ?? 0) + change);
    };
    begun(1);
    const there = (process: PoolProcess | undefined, parts: typeof import("./lane.ts")): void => {
      begun(-1);
      if (process === undefined) return;
      const lane = new parts.Lane(process, this.#options.queueSize, (this.#codec ??= parts.newCodec()), {
        now: () => this.#platform.now(),
        codeOf: (fn) => fn.codes.get(place.codeOf === undefined ? undefined : place),
        threw: (error) => this.#options.mapStack?.(error),
        heard: (one) => this.#heard(one),
        lost: (one, error) => this.#gone(one, error),
      });
      this.lanes.add(lane);
      this.#placeOf.set(lane, place);
      lane.leaving = this.#rest.has(place);
      if (this.#closing || lane.leaving) return lane.leave();
      process.onWanted?.(() => this.#makeWay(lane));
      this.#options.tell({ type: "worker.started", worker: process.name, place: place.name });
      if (place.size !== size) this.#fill();
      this.#await(lane);
    };
    const not = (error: unknown): void => {
      begun(-1);
      if (this.#closing) return;
      this.#failed(place, place.name, errorFrom(error));
      this.#fill();
    };
    // A place may throw, too.
    const started = (async () => [await place.start(), await loadLanes()] as const)();
    started.then(([process, parts]) => there(process, parts), not);
  }

  /** It has to speak in time; then it is set up. */
  #await(lane: Lane): void {
    const { connectTimeoutMs } = this.#options;
    const timer = this.#platform.startTimer(connectTimeoutMs, () => {
      if (!lane.spoke) lane.kill(notInTime(lane.process.name, connectTimeoutMs));
    });
    void lane.process.exited.then(() => this.#platform.stopTimer(timer));
  }

  #initialize(lane: Lane, { fn, args, timeoutMs }: Initializer): Promise<unknown> {
    if (!Number.isFinite(timeoutMs)) return this.#on(lane, fn, args);
    const timer = this.#platform.startTimer(timeoutMs, () => lane.kill(notInitialized(fn.name, timeoutMs)));
    return this.#on(lane, fn, args).finally(() => this.#platform.stopTimer(timer));
  }

  #setUp(lane: Lane): void {
    const { initializer } = this.#options;
    if (lane.settingUp) return;
    lane.settingUp = true;
    const ready = (): void => {
      if (lane.leaving) return lane.leave();
      lane.ready = true;
      const place = this.#placeOf.get(lane);
      if (place !== undefined) {
        this.#tries.thrives(place);
        this.#ofAll.joined(lane, place);
      }
      this.#options.tell({ type: "worker.ready", worker: lane.process.name, place: place?.name ?? "" });
      this.#events.joined(lane);
      this.#tellReady();
    };
    if (initializer === undefined) return ready();
    initializer.made
      .then(() => this.#initialize(lane, initializer))
      .then(ready, (error: unknown) => {
        // It would throw again.
        const place = this.#placeOf.get(lane);
        if (place !== undefined) this.#tries.failedForGood(place);
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
    if (lane.leaving) return;
    lane.leaving = true;
    if (lane.ready) this.#events.left(lane);
    if (lane.calls === 0) lane.leave();
  }

  /** Others need its place: another one comes when it can be had. */
  #makeWay(lane: Lane): void {
    if (lane.leaving || !this.lanes.has(lane)) return;
    this.#leave(lane);
    this.#fill();
  }

  /** Its workers, those that leave included. */
  #at(place: PoolPlace): Lane[] {
    return [...this.lanes].filter((lane) => this.#placeOf.get(lane) === place);
  }

  /** Its workers that take calls. */
  #readyAt(place: PoolPlace): Lane[] {
    return this.#at(place).filter((lane) => lane.ready && !lane.leaving);
  }

  #isUsed(place: PoolPlace, sinceMs: number): boolean {
    if (this.#events.waits() || this.#ofAll.wait || this.#ready !== undefined) return true;
    return this.#at(place).some((lane) => lane.calls > 0 || lane.heardMs > sinceMs);
  }

  #failed(place: PoolPlace, worker: string, error: Error): void {
    this.#tries.failed(place);
    this.#lastError = error;
    this.#options.tell({ type: "worker.failed", worker, place: place.name, error });
    this.#ofAll.failed(place, startFailed(error));
    this.#ready?.reject(startFailed(error));
    this.#ready = undefined;
  }

  /** Nobody is there, and nobody will come: what waits is told why. The next call tries once more. */
  #giveUp(): void {
    if (this.lanes.size > 0 || this.#startingNow > 0) return;
    const hasPlace = this.#options.places.some(({ size }) => size > 0);
    const error = hasPlace ? startFailed(this.#lastError) : noPlace();
    this.#tries.forget();
    this.#events.nobody(error);
  }

  #tellReady(): void {
    if (this.#ready === undefined) return;
    const missing = new Map<PoolPlace | undefined, number>();
    for (const place of this.#options.places) missing.set(place, place.shared === undefined ? place.size : 1);
    for (const lane of this.lanes) {
      const place = this.#placeOf.get(lane);
      if (lane.ready && !lane.leaving) missing.set(place, (missing.get(place) ?? 0) - 1);
    }
    for (const count of missing.values()) if (count > 0) return;
    this.#ready.resolve();
    this.#ready = undefined;
  }
}

/** Loaded once, with the codec, which programs without a pool don't need. */
let lane: Promise<typeof import("./lane.ts")> | undefined;
export const loadLanes = (): Promise<typeof import("./lane.ts")> => (lane ??= import("./lane.ts"));
