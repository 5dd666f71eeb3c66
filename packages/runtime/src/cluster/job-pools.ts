/** The pools that use a job's servers: its own, for `map` and `each`, and those of the program. */
import { checkOptions } from "../check-named-options.ts";
import { type Operation, type Stream } from "../contracts/operation.ts";
import { type CloseOptions } from "../contracts/wait.ts";
import { errorFrom, SkeinError } from "../errors.ts";
import { type CodeDigest } from "../ids.ts";
import { OpenPool } from "../pool/open-pool.ts";
import type { PoolPart } from "../pool/pool-part.ts";
import type { AnyIterable } from "../pool/sources.ts";
import { Deferred } from "../task/deferred.ts";
import { type Engine } from "../task/engine.ts";
import { type CodeShipper } from "./code-shipper.ts";
import { type JobCode } from "./job-code.ts";
import { type EachOver, type JobEachOptions, type JobMapOptions, type MapOver, type PoolPlacing } from "./job-map.ts";
import { JobPlace } from "./job-place.ts";
import { type JobRuns } from "./job-runs.ts";
import { type JobStarts } from "./job-starts.ts";
import { type JobWants } from "./job-wants.ts";
import { type JobWorker } from "./job-worker.ts";
import { type Lease } from "./lease.ts";
import { EACH_OPTIONS, MAP_OPTIONS } from "./option-tables.ts";
import { type Run } from "./run.ts";
import { POOL_CODE } from "./server-pool.ts";
import { type Want } from "./want.ts";
import { keyOf } from "./want-words.ts";

export interface JobPoolsOptions {
  readonly engine: Engine;
  /** The job, for people. */
  readonly label: string;
  readonly runs: JobRuns;
  readonly wants: JobWants;
  readonly starts: JobStarts;
  readonly code: JobCode;
  readonly shipper: CodeShipper;
  readonly nameOf: (lease: Lease<Run>) => string;
  readonly kill: (lease: Lease<Run>) => void;
}

/** Pools of the job itself that are kept; past that those that do nothing are closed. */
const OWN_POOLS = 64;

export class JobPools implements PoolPart {
  readonly map: MapOver;
  readonly each: EachOver;
  readonly #options: JobPoolsOptions;
  readonly #places = new Set<JobPlace>();
  /** Of the job itself, by where their calls may run. */
  readonly #own = new Map<string, OpenPool>();
  #closed: SkeinError | undefined;

  constructor(options: JobPoolsOptions) {
    this.#options = options;
    // MapOver and EachOver have checked the items against the function.
    this.map = ((fn: object, items: AnyIterable<unknown>, given?: JobMapOptions): Stream<unknown> => {
      checkOptions("map", given, MAP_OPTIONS);
      return this.#map(fn, items, given ?? {});
    }) as MapOver;
    this.each = ((fn: object, items: AnyIterable<unknown>, given?: JobEachOptions): Operation<number> => {
      checkOptions("each", given, EACH_OPTIONS);
      return this.#each(fn, items, { retries: 0, ...given, ordered: false });
    }) as EachOver;
  }

  /** The job's servers for a pool. @throws {SkeinError} `JOB_CLOSED`, `NO_PLACE`, `OPTION_INVALID` */
  place(placing: PoolPlacing = {}): JobPlace {
    if (this.#closed !== undefined) throw this.#closed;
    const { wants, engine, label, starts } = this.#options;
    const place = new JobPlace({
      ...this.#options,
      placing,
      name: `job ${label}`,
      servers: () => wants.servers(placing),
      run: (client) => starts.worker(client, placing),
      onClose: (one) => this.#places.delete(one),
      engine,
    });
    this.#places.add(place);
    return place;
  }

  /** Stacks of workers lead to the user's files. */
  readonly mapStack = (error: Error): void => this.#options.code.maps.error(error);

  bundle(digest: CodeDigest): Uint8Array | undefined {
    return this.#options.code.codes().find((one) => one.digest === digest)?.code;
  }

  /** Nodes have come or gone. */
  moved(): void {
    for (const place of this.#places) place.look();
  }

  /** Something has changed at the servers, or in the queue: workers go where others need their servers. */
  changed(): void {
    if (this.#places.size === 0) return;
    const { paused } = this.#options.runs;
    for (const { workers } of this.#places) {
      for (const worker of workers) {
        const { lease } = worker.run;
        if (lease !== undefined && (paused || lease.held || lease.standing === "closing")) worker.makeWay();
      }
    }
    for (const want of this.#options.wants.all) if (want.kind === "cpu" && want.queue.size > 0) this.#makeWayFor(want);
  }

  /** Waits for its maps, or cancels them; then the servers are the job's. */
  async close({ cancel = false }: CloseOptions): Promise<void> {
    this.#closed ??= new SkeinError("JOB_CLOSED", `job ${this.#options.label} is closed`, { hint: "open another job" });
    const closed = this.#closed;
    await Promise.all(Array.from(this.#own.values(), (pool) => pool.close({ cancel })));
    for (const place of this.#places) place.end(closed);
  }

  #map(fn: object, items: AnyIterable<unknown>, { kind, at, needs, ...options }: JobMapOptions): Stream<never> {
    const placing = {
      ...(kind === undefined ? {} : { kind }),
      ...(at === undefined ? {} : { at }),
      ...(needs === undefined ? {} : { needs }),
    };
    return this.#poolAt(placing).map(fn, items, options);
  }

  #each(fn: object, items: AnyIterable<unknown>, options: JobMapOptions): Operation<number> {
    const results = this.#map(fn, items, options);
    const done = new Deferred<number>("a job's each", this.#options.engine).ignore();
    const count = async (): Promise<void> => {
      let ended = 0;
      for await (const _none of results) ended += 1;
      done.resolve(ended);
    };
    count().catch((error: unknown) => done.reject(errorFrom(error)));
    return done;
  }

  #poolAt(placing: PoolPlacing): OpenPool {
    if (this.#closed !== undefined) throw this.#closed;
    const key = keyOf(placing);
    const known = this.#own.get(key);
    if (known !== undefined) return known;
    this.#tidy();
    const pool = new OpenPool(
      { places: () => [this.place(placing)], mapStack: this.mapStack },
      {},
      this.#options.engine,
    );
    this.#own.set(key, pool);
    return pool;
  }

  #tidy(): void {
    if (this.#own.size < OWN_POOLS) return;
    for (const [key, pool] of this.#own) {
      if (!pool.isIdle) continue;
      this.#own.delete(key);
      void pool.close({ cancel: true });
    }
  }

  /** Tasks of the job wait while workers, which may have nothing to do, hold its servers: they get one after the other. */
  #makeWayFor(want: Want): void {
    let isBehind = false;
    let waits = false;
    for (const run of want.queue) {
      if (run.want !== want || run.state !== "queued") continue;
      if (run.what.code === POOL_CODE) isBehind = true;
      else {
        waits = true;
        break;
      }
    }
    if (!waits) return;
    if (isBehind) this.#behind(want);
    let chosen: { readonly place: JobPlace; readonly worker: JobWorker } | undefined;
    for (const place of this.#places) {
      for (const worker of place.workers) {
        const { lease } = worker.run;
        if (lease === undefined || lease.kind !== "cpu" || !this.#options.wants.fits(want, lease.server)) continue;
        if (worker.isLeaving) return; // one is on its way
        chosen ??= { place, worker };
      }
    }
    chosen?.place.yields(chosen.worker);
  }

  /** Workers wait behind the job's tasks. */
  #behind(want: Want): void {
    const workers: Run[] = [];
    want.queue.keep((run) => {
      const isWorker = run.state === "queued" && run.what.code === POOL_CODE;
      if (isWorker) workers.push(run);
      return !isWorker;
    });
    for (const run of workers) want.queue.push(run);
    this.#options.runs.pumpSoon();
  }
}
