/** A runtime: runs tasks, knows them, ends them. */
import type { Router } from "../contracts/router.ts";
import type { Operation } from "../contracts/operation.ts";
import type { CloseOptions, WaitOptions } from "../contracts/wait.ts";
import { SkeinError } from "../errors.ts";
import type { TaskId } from "../ids.ts";
import type { Logger } from "../logger.ts";
import { type Platform, installedPlatform } from "../platform.ts";
import { defaultEngine } from "./default-engine.ts";
import { Engine } from "./engine.ts";
import { Closing, joinTasks } from "./closing.ts";
import { type TaskInfo, dumpTasks, listTasks } from "./inspect.ts";
import type { LocalTarget } from "./target.ts";

/** Gives the time; a test's own clock jumps. */
export interface Clock {
  /** Milliseconds, monotonic. */
  now(): number;
}

export interface RuntimeOptions {
  /** Default: the one that a host package installed. */
  readonly platform?: Platform;
  /** In place of the platform's. */
  readonly clock?: Clock;
  /** In place of the platform's: 0 ≤ x < 1. */
  readonly random?: () => number;
  /** Default: silent. */
  readonly logger?: Logger;
  /** Keeps who spawned each task, since when it waits and what it used. Costs time and memory. Default false. */
  readonly trace?: boolean;
}

/** Functions called when a runtime closes. */
export interface ExitOptions {
  /** Higher ones are called first. Default 0. */
  readonly priority?: number;
}

/**
 * Runs tasks. Programs use the default one; tests, simulations and hosts of several make their own.
 *
 * @example
 * await using own = createRuntime({ trace: true });
 * const task = spawn(work, [], { runtime: own });
 */
export class Runtime implements AsyncDisposable {
  readonly #engine: () => Engine;
  #closing: Closing | undefined;

  /** Made by {@link createRuntime}; the default one makes its engine when it is first used. */
  constructor(engine: () => Engine) {
    this.#engine = engine;
  }

  /** The inside of it, for host packages. */
  get engine(): Engine {
    return this.#engine();
  }

  get platform(): Platform {
    return this.engine.platform;
  }

  /** Where its events go, those of `task.log` too. Silent at first; set it on the default runtime as the program begins. */
  get logger(): Logger {
    return this.engine.logger;
  }
  set logger(logger: Logger) {
    this.engine.logger = logger;
  }

  /** Whether tasks started from now on keep who spawned them, since when they wait and what they used. */
  get trace(): boolean {
    return this.engine.trace;
  }
  set trace(trace: boolean) {
    this.engine.trace = trace;
  }

  /** Its tasks, parents before children, oldest first. */
  tasks(): readonly TaskInfo[] {
    return listTasks(this.engine);
  }

  /** The tree of its tasks as text, with what each waits for. */
  dump(): string {
    return dumpTasks(this.engine);
  }

  /** Waits until no task but background ones is left. @throws {SkeinError} `TIMEOUT` */
  join(options?: WaitOptions): Operation<void> {
    return joinTasks(this.engine, options);
  }

  /**
   * Waits for its tasks (or cancels them), calls what `atExit` was given, and starts no more tasks. Acts at once; twice
   * does nothing.
   * @throws {SkeinError} `TIMEOUT` when tasks are left after `timeoutMs`
   */
  close(options?: CloseOptions): Operation<void> {
    return this.#closer().close(options);
  }

  /** Has `fn` called when the runtime closes, or the process ends by itself; highest priority first, and it may wait. */
  atExit(fn: () => unknown, options?: ExitOptions): Disposable {
    return this.#closer().atExit(fn, options?.priority ?? 0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close({ cancel: true });
  }

  /**
   * For host packages: gives references and channels a way to other processes.
   *
   * @throws {SkeinError} `RUNTIME_WRONG` when the runtime has one already
   */
  attach(router: Router): Disposable {
    const { engine } = this;
    if (engine.router !== undefined) {
      throw new SkeinError("RUNTIME_WRONG", "this runtime belongs to a peer already", {
        hint: "close that peer first (client.peer is one too), or give this one a runtime of its own: createRuntime()",
      });
    }
    engine.attach(router);
    return { [Symbol.dispose]: () => engine.detach(router) };
  }

  /** For host packages: puts `target` under `id`, in place of a task. */
  addTarget(id: TaskId, target: LocalTarget): Disposable {
    return this.engine.addTarget(id, target);
  }

  #closer(): Closing {
    this.#closing ??= new Closing(this.engine);
    return this.#closing;
  }
}

/**
 * Makes a runtime of its own.
 *
 * @throws {SkeinError} `RUNTIME_WRONG` without a platform, given or installed
 */
export function createRuntime(options: RuntimeOptions = {}): Runtime {
  const platform = options.platform ?? installedPlatform();
  if (platform === undefined) {
    throw new SkeinError("RUNTIME_WRONG", "a runtime needs a platform", {
      hint: 'pass { platform }, or import from "skein", which installs one',
    });
  }
  const { clock, random, logger, trace } = options;
  const engine = new Engine({
    platform: clock === undefined && random === undefined ? platform : withParts(platform, clock, random),
    ...(logger === undefined ? {} : { logger }),
    ...(trace === undefined ? {} : { trace }),
  });
  return new Runtime(() => engine);
}

/** The default runtime: `spawn` and operations outside of any other use it. It begins when it is first used. */
export const runtime: Runtime = new Runtime(defaultEngine);

function withParts(platform: Platform, clock: Clock | undefined, random: (() => number) | undefined): Platform {
  const parts: Platform = Object.create(platform);
  if (clock !== undefined) Object.defineProperty(parts, "now", { value: () => clock.now() });
  if (random !== undefined) Object.defineProperty(parts, "random", { value: random });
  return parts;
}
