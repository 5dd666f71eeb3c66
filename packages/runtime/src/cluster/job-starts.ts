/** Starts the tasks of a job: by a function, by a stub, with a stream of what they emit, once per key. */
import { checkOptions } from "../check-named-options.ts";
import { shown, url as urlKind } from "../check-options.ts";
import { type Operation } from "../contracts/operation.ts";
import { JOB_KEYS_LIMIT } from "../defaults.ts";
import { SkeinError } from "../errors.ts";
import { Deferred } from "../task/deferred.ts";
import { type Engine } from "../task/engine.ts";
import { type TaskRef } from "../task/task-ref.ts";
import { type JobCode } from "./job-code.ts";
import { type JobIsolation } from "./job-isolation.ts";
import { type JobRuns } from "./job-runs.ts";
import { type JobTrust } from "./job-trust.ts";
import { type ModuleStubs, moduleStubs, type StartExport } from "./module.ts";
import { RUN_OPTIONS } from "./option-tables.ts";
import { type RunOptions, type StartRemote, type StreamRemote } from "./remote-task.ts";
import { Run, type RunWhat } from "./run.ts";
import { RunKeys } from "./run-keys.ts";
import { type RunStream } from "./run-stream.ts";
import { type PoolPlacing } from "./job-map.ts";
import { POOL_CODE, POOL_WORKER } from "./server-pool.ts";
import { DAY_MS } from "../units.ts";

export interface JobStartsOptions {
  readonly runs: JobRuns;
  readonly code: JobCode;
  readonly isolation: JobIsolation;
  readonly trust: JobTrust;
  /** What tasks find as `task.client` when they are given no other. */
  readonly client: TaskRef | undefined;
  readonly engine: Engine;
  /** The job, for people. */
  readonly label: string;
  /** A task has been started. */
  readonly onStart: (run: Run) => void;
}

type Callable = (...args: never[]) => unknown;

export class JobStarts {
  readonly run: StartRemote;
  readonly stream: StreamRemote;
  readonly #options: JobStartsOptions;
  readonly #keys = new RunKeys<Run>(JOB_KEYS_LIMIT);
  /** Why nothing more can be run. */
  #closed: string | undefined;

  constructor(options: JobStartsOptions) {
    this.#options = options;
    const { code } = options;
    // StartRemote has checked the arguments against the function.
    this.run = ((fn: Callable, args: readonly unknown[] = [], given?: RunOptions) => {
      checkFunction(fn, "run");
      return this.#start(code.find(fn), args, given);
    }) as unknown as StartRemote;
    // As has StreamRemote.
    this.stream = ((fn: Callable, args: readonly unknown[] = [], given?: RunOptions) => {
      checkFunction(fn, "stream");
      return this.#stream(code.find(fn), args, given);
    }) as unknown as StreamRemote;
  }

  /** Nothing more is started; the first reason stays. */
  close(why: string): void {
    this.#closed ??= why;
  }

  /** Tasks are not found by their keys any more. */
  forget(): void {
    this.#keys.forget();
  }

  module<T>(url: URL): Operation<ModuleStubs<T>> {
    urlKind(url, "url", "module");
    const made = new Deferred<ModuleStubs<T>>(`the stubs of ${url.href}`).ignore();
    void this.#stubs(url).then(
      // The bundle was made of the module that T is the type of; its exports are its names.
      (stubs) => made.resolve(stubs as ModuleStubs<T>),
      (error: unknown) => made.reject(error),
    );
    return made;
  }

  async #stubs(url: URL): Promise<Readonly<Record<string, unknown>>> {
    const { code } = this.#options;
    const { digest, exports } = await code.bundle(url);
    const start: StartExport = (fn, how, args, options) => {
      const what = code.what(digest, fn, how === "call");
      return how === "stream" ? this.#stream(what, args, options) : this.#start(what, args, options);
    };
    return moduleStubs(url.pathname.split("/").at(-1) || url.href, exports, start, digest);
  }

  /** Has a task that has ended done again, at a node. @throws {SkeinError} `LINK_OVERLOADED` */
  redo({ what, options }: Run, args: readonly unknown[]): Run {
    const { runs, engine } = this.#options;
    const { timeoutMs: _limit, signal: _signal, key: _key, ...rest } = options;
    const run = new Run(runs, engine.newTaskId(), what, args, { ...rest, retries: REDO_RETRIES });
    runs.add(run, "node");
    return run;
  }

  /** Starts a worker of a pool, also while the job waits for the pool's work to close. @throws {SkeinError} as `run` */
  worker(client: TaskRef, place: PoolPlacing): Run {
    const { runs, isolation, trust, engine, onStart } = this.#options;
    if (place.needs !== undefined) isolation.checkNeeds(place.needs);
    const what: RunWhat = { code: POOL_CODE, fn: POOL_WORKER, plain: false, times: { averageMs: WORKER_MS } };
    const run = new Run(runs, engine.newTaskId(), what, [], { ...place, client });
    // What it gives on its way can't be taken back.
    runs.add(run, trust.prepare(run, true));
    onStart(run);
    return run;
  }

  #stream(what: RunWhat, args: readonly unknown[], given: RunOptions | undefined): RunStream {
    if (given?.key === undefined) return this.#make(what, args, given, true).stream();
    throw new SkeinError("OPTION_INVALID", "a stream has one reader, so it can't be shared by a key", {
      hint: "leave out key, or use run",
    });
  }

  #start(what: RunWhat, args: readonly unknown[], given: RunOptions | undefined): Run {
    const make = (): Run => this.#make(what, args, given);
    return given?.key === undefined ? make() : this.#keys.of(given.key, make);
  }

  #make(what: RunWhat, args: readonly unknown[], given: RunOptions | undefined, streams: boolean = false): Run {
    const { runs, isolation, trust, client, engine, label, onStart } = this.#options;
    if (this.#closed !== undefined) {
      throw new SkeinError("JOB_CLOSED", `job ${label} ${this.#closed}`, { hint: "open another job" });
    }
    if (given !== undefined) checkOptions("run", given, RUN_OPTIONS);
    checkArgs(what.fn, args);
    const options = given?.client === undefined && client !== undefined ? { ...given, client } : (given ?? NO_OPTIONS);
    if (given?.needs !== undefined) isolation.checkNeeds(given.needs);
    const run = new Run(runs, engine.newTaskId(), what, args, options);
    runs.add(run, trust.prepare(run, streams));
    onStart(run);
    return run;
  }
}

/** It has run before, and bears it. */
const REDO_RETRIES = 2;

const NO_OPTIONS: RunOptions = {};
/** A worker stays: nothing is sent ahead to its server. */
const WORKER_MS: number = DAY_MS;

/** For programs in JavaScript, which have no compiler that does. */
function checkArgs(name: string, args: unknown): void {
  if (Array.isArray(args)) return;
  throw new SkeinError("OPTION_INVALID", `the arguments of ${name} are ${shown(args)}`, {
    hint: "give an array, also of one or none, before the options: run(fn, [5], { retries: 2 })",
  });
}

function checkFunction(value: unknown, what: string): void {
  if (typeof value === "function") return;
  throw new SkeinError("OPTION_INVALID", `${what} takes a function, and was given ${shown(value)}`, {
    hint: "give the function itself; by its name a module's stub runs it: (await job.module(url)).name.run([])",
  });
}
