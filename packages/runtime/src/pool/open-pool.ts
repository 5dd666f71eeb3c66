/** A pool that is open: gives its functions numbers, its calls and maps to its workers, and closes. */
import type { Operation, Stream } from "../contracts/operation.ts";
import type { CloseOptions, WaitOptions } from "../contracts/wait.ts";
import { checkOptions } from "../check-options.ts";
import { POOL_CONNECT_MS, POOL_IN_FLIGHT, POOL_INITIALIZER_MS } from "../defaults.ts";
import { SkeinError } from "../errors.ts";
import type { Channel } from "../message/channel.ts";
import { LocalChannel } from "../message/local-channel.ts";
import { completed, Deferred } from "../task/deferred.ts";
import type { Engine } from "../task/engine.ts";
import { abortError, timeoutError } from "../task/limits.ts";
import { running } from "../task/running.ts";
import { defaultEngine } from "../task/default-engine.ts";
import { Timer } from "../task/timers.ts";
import type { Task } from "../task/types.ts";
import { argumentList } from "./argument-list.ts";
import { movedArgs } from "./moved.ts";
import { PoolCall } from "./pool-call.ts";
import type { PoolCallable } from "./function-stub.ts";
import { KnownFunctions } from "./known-functions.ts";
import type { Pool, PoolHost, PoolMapOptions, PoolRunOptions, PoolSettings, PoolStats } from "./pool.ts";
import { PoolCore } from "./pool-core.ts";
import type { PoolEvent, PoolPlace } from "./place.ts";
import type { StaffOptions } from "./staff.ts";
import { hostSetting, POOL_MAP_OPTIONS, POOL_RUN_OPTIONS, POOL_SETTINGS } from "./option-tables.ts";
import { MapResults } from "./map-results.ts";
import type { MapSettings } from "./map-settings.ts";
import { PoolMap } from "./pool-map.ts";
import { type AnyIterable, mapSource } from "./sources.ts";
import { PoolWord } from "./pool-word.ts";

export class OpenPool implements Pool {
  readonly events: Channel<PoolEvent>;
  readonly #host: PoolHost;
  readonly #settings: PoolSettings;
  readonly #engine: Engine;
  readonly #known: KnownFunctions;
  #places: readonly PoolPlace[];
  #core: PoolCore;
  #closed: Deferred<void> | undefined;
  #doneBefore = 0;

  constructor(host: PoolHost, settings: PoolSettings = {}, engine: Engine = running.engine ?? defaultEngine()) {
    const ofHost = Object.fromEntries((host.options ?? []).map((name) => [name, hostSetting(name)]));
    checkOptions("pool", settings, { ...ofHost, ...POOL_SETTINGS });
    if (settings.initArgs !== undefined && settings.initializer === undefined) throw noInitializer();
    this.#host = host;
    this.#settings = settings;
    this.#engine = engine;
    // Of this pool's own runtime; what is published on it are its events.
    this.events = new LocalChannel(engine, "pool", { overflow: "drop-oldest" }) as Channel<PoolEvent>;
    this.#places = host.places();
    this.#known = new KnownFunctions(host.codeOf, this.#places);
    this.#core = this.#open();
  }

  get size(): number {
    return this.#places.reduce((sum, place) => sum + place.size, 0);
  }

  /** Nothing is under way. */
  get isIdle(): boolean {
    return this.#core.isIdle;
  }

  run(fn: PoolCallable, args: readonly unknown[] = [], options?: PoolRunOptions): Task<never> {
    this.#check();
    argumentList(args);
    if (options !== undefined) checkOptions("run", options, POOL_RUN_OPTIONS);
    // While workers start, the function is looked at.
    this.#core.staff.begin();
    const known = this.#known.find(fn);
    const core = this.#core;
    const { timeoutMs, signal, retries = 0, transfer } = options ?? {};
    const exact = timeoutMs !== undefined || signal !== undefined;
    // What is never sent stays with who gave it.
    const isMoved = transfer !== undefined && signal?.aborted !== true;
    const own = isMoved ? movedArgs(args, transfer) : args;
    const call = new PoolCall<never>(core, known.fn, own, retries, exact);
    const any: PoolCall<unknown> = call;
    if (exact) limit(this.#engine, core, any, timeoutMs, signal);
    if (call.ended) return call;
    if (known.making === undefined) core.add(any);
    else core.addLater(any, known.making);
    return call;
  }

  map(fn: PoolCallable, items: AnyIterable<unknown>, options: PoolMapOptions = {}): Stream<never> {
    return this.#map(fn, items, options.star === true ? PoolWord.call : PoolWord.each, options);
  }

  mapArrays(fn: PoolCallable, items: AnyIterable<unknown>, options: PoolMapOptions = {}): Stream<never> {
    return this.#map(fn, items, PoolWord.whole, options);
  }

  runOnAll(fn: PoolCallable, args: readonly unknown[] = []): Operation<never[]> {
    this.#check();
    argumentList(args);
    const known = this.#known.find(fn);
    return this.#core.onAll(known.fn, args, known.making);
  }

  ready(options?: WaitOptions): Operation<void> {
    this.#check();
    const ready = this.#core.staff.ready();
    void this.#alive(ready.then(undefined, () => undefined));
    if (options === undefined) return ready;
    const limited = new Deferred<void>("the pool's workers", this.#engine).limit(
      this.#engine,
      options,
      () => undefined,
    );
    ready.then(
      () => limited.resolve(),
      (error: unknown) => limited.reject(error),
    );
    return limited;
  }

  start(): void {
    if (this.#closed === undefined) return;
    this.#closed = undefined;
    this.#doneBefore = this.stats().done;
    this.#places = this.#host.places();
    this.#known.at(this.#places);
    this.#core = this.#open();
  }

  grow(n = 1): void {
    this.#resize(n);
  }

  shrink(n = 1): void {
    this.#resize(-n);
  }

  stats(): PoolStats {
    const core = this.#core;
    let done = this.#doneBefore + core.staff.done;
    let workers = 0;
    for (const lane of core.staff.lanes) {
      done += lane.done;
      if (lane.ready && !lane.leaving) workers += 1;
    }
    return { workers, queued: core.waiting, running: core.running, done, lost: core.staff.lost };
  }

  close({ cancel = false, timeoutMs }: CloseOptions = {}): Operation<void> {
    if (this.#closed?.settled === true) return completed;
    // Each close has a limit of its own, over one end.
    const limited = new Deferred<void>("the pool to close", this.#engine).ignore();
    if (!cancel && timeoutMs !== undefined) void limited.limit(this.#engine, { timeoutMs }, () => undefined);
    this.#closed ??= this.#whenIdle();
    const closed = this.#closed;
    if (cancel) {
      this.#core.close(closedError());
      closed.resolve();
      return completed;
    }
    void closed.then(() => limited.resolve());
    return limited;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close({ cancel: true });
  }

  /** Closes it when nothing is under way any more. */
  #whenIdle(): Deferred<void> {
    const core = this.#core;
    const closed = new Deferred<void>("the pool to close", this.#engine);
    const end = (): void => {
      if (closed.settled) return;
      core.close(closedError());
      closed.resolve();
    };
    core.idle().then(end, end);
    return closed;
  }

  #open(): PoolCore {
    const { initializer, initArgs = [], queueSize, connectTimeoutMs = POOL_CONNECT_MS } = this.#settings;
    const { maxWorkerBytes = Infinity, initializerTimeoutMs = POOL_INITIALIZER_MS } = this.#settings;
    const options: StaffOptions = {
      engine: this.#engine,
      places: this.#places,
      queueSize,
      maxWorkerBytes,
      mapStack: this.#host.mapStack,
      initializer: undefined,
      connectTimeoutMs,
      tell: (event) => this.events.publish(event),
    };
    if (initializer === undefined) return new PoolCore(options);
    const known = this.#known.find(initializer);
    return new PoolCore({
      ...options,
      initializer: {
        fn: known.fn,
        args: initArgs,
        made: known.making ?? Promise.resolve(),
        timeoutMs: initializerTimeoutMs,
      },
    });
  }

  #map(fn: PoolCallable, items: AnyIterable<unknown>, word: PoolWord, options: PoolMapOptions): Stream<never> {
    this.#check();
    checkOptions("map", options, POOL_MAP_OPTIONS);
    const settings = settingsOf(word, options);
    this.#core.staff.begin();
    const known = this.#known.find(fn);
    const core = this.#core;
    const map: PoolMap = new PoolMap(
      core.homeOf(known.making),
      known.fn,
      (onItems) => mapSource(items, onItems),
      settings,
    );
    core.started(map);
    return new MapResults<never>(map);
  }

  #resize(change: number): void {
    const place = this.#places.find(({ shared }) => shared === undefined);
    if (place === undefined) {
      throw new SkeinError("OPTION_INVALID", "a pool on a job's servers can't be made larger or smaller", {
        hint: "it has as many workers as the cluster gives its job",
      });
    }
    if (!Number.isInteger(change) || place.size + change < 0) {
      throw new SkeinError("OPTION_INVALID", `a pool of ${this.size} can't change by ${change} workers`, {
        hint: "give a whole number that leaves 0 or more",
      });
    }
    place.size += change;
    this.#core.staff.resize(place);
  }

  /** The program stays until that is over. */
  async #alive(wait: PromiseLike<unknown>): Promise<void> {
    const { platform } = this.#engine;
    platform.keepAlive(true);
    await wait;
    platform.keepAlive(false);
  }

  #check(): void {
    if (this.#closed !== undefined) throw closedError();
  }
}

function limit(
  engine: Engine,
  core: PoolCore,
  call: PoolCall<unknown>,
  timeoutMs: number | undefined,
  signal: AbortSignal | undefined,
): void {
  const stop = (error: Error): void => {
    if (call.ended) return;
    core.withdraw(call);
    call.reject(error);
  };
  if (signal !== undefined) {
    const onAbort = (): void => stop(abortError(signal));
    if (signal.aborted) {
      onAbort();
      return;
    }
    signal.addEventListener("abort", onAbort, { once: true });
    call.onEnd(() => signal.removeEventListener("abort", onAbort));
  }
  if (timeoutMs === undefined) return;
  const timer = new Timer(() => stop(timeoutError(`the pool's call of ${call.name}`, timeoutMs)));
  engine.setTimer(timer, timeoutMs);
  call.onEnd(() => engine.stopTimer(timer));
}

function settingsOf(word: PoolWord, options: PoolMapOptions): MapSettings {
  const { chunk, ordered = true, itemTimeoutMs, timeoutMs, inFlight, retries = 2, onError, signal } = options;
  const size = chunk === "auto" ? undefined : chunk;
  return {
    word,
    ordered,
    chunk: size === undefined || inFlight === undefined ? size : Math.min(size, inFlight),
    inFlight: inFlight ?? Math.max(POOL_IN_FLIGHT, (size ?? 0) * 4),
    retries,
    yieldsErrors: onError === "yield",
    itemTimeoutMs,
    timeoutMs,
    signal,
  };
}

const noInitializer = (): SkeinError =>
  new SkeinError("OPTION_INVALID", "initArgs of pool are given without an initializer", {
    hint: "give the function that they are for: pool({ initializer, initArgs })",
  });

const closedError = (): SkeinError =>
  new SkeinError("JOB_CLOSED", "the pool is closed", { hint: "open it again by start(), or make another" });
