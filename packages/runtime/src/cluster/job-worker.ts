/** A worker of a pool at a job's server, as its pool has it: a run that stays, and the frames to it and from it. */
import { type Exit } from "../contracts/exit.ts";
import { type Operation } from "../contracts/operation.ts";
import { errorFrom, SkeinError } from "../errors.ts";
import { type TaskId } from "../ids.ts";
import { type TimerHandle } from "../platform.ts";
import type { PoolProcess } from "../pool/pool-process.ts";
import { completed } from "../task/deferred.ts";
import { type Engine } from "../task/engine.ts";
import { type LocalTarget } from "../task/target.ts";
import { failed, LocalRef, type TaskRef, unknownError } from "../task/task-ref.ts";
import { FramePipe } from "./frame-pipe.ts";
import { type Lease } from "./lease.ts";
import { type Run } from "./run.ts";

export interface JobWorkerOptions {
  readonly engine: Engine;
  /** Starts its run; `client` takes its frames. @throws {SkeinError} */
  readonly run: (client: TaskRef) => Run;
  /** What people call its server. */
  readonly nameOf: (lease: Lease<Run>) => string;
  /** Ends its server's process. */
  readonly kill: (lease: Lease<Run>) => void;
  readonly onEnd: (worker: JobWorker) => void;
}

const LET_GO = "its pool has let it go";
/** How long one that was told to end may compute on, in milliseconds. */
const KILL_AFTER_MS = 100;

export class JobWorker implements PoolProcess {
  readonly link: FramePipe;
  readonly exited: Promise<string>;
  readonly run: Run;
  name = "";
  /** It has been asked to go. */
  isLeaving = false;
  readonly #options: JobWorkerOptions;
  readonly #exit: (why: string) => void;
  readonly #there = Promise.withResolvers<JobWorker | undefined>();
  #isThere = false;
  #isUnwanted = false;
  #tell: (() => void) | undefined;
  #timer: TimerHandle = undefined;

  /** @throws {SkeinError} what the run can't be started for */
  constructor(options: JobWorkerOptions) {
    const { engine } = options;
    const { promise, resolve } = Promise.withResolvers<string>();
    this.#options = options;
    this.exited = promise;
    this.#exit = resolve;
    const id = engine.newTaskId();
    const target = engine.addTarget(id, new FrameTarget(engine, id, (piece) => this.#take(piece)));
    try {
      this.run = options.run(new LocalRef(engine, undefined, id));
    } catch (error) {
      target[Symbol.dispose]();
      throw error;
    }
    this.link = new FramePipe(this.run);
    this.run.watch({
      exited: (exit) => {
        target[Symbol.dispose]();
        this.#ended(exit);
      },
    });
  }

  /** Resolves when it speaks; with `undefined` when it is not wanted any more. */
  get there(): Promise<JobWorker | undefined> {
    return this.#there.promise;
  }

  /** Whether a server has it, or is to have it. */
  get isPlaced(): boolean {
    return this.run.lease !== undefined;
  }

  onWanted(tell: () => void): void {
    this.#tell = tell;
    if (this.isLeaving) tell();
  }

  /** It ends what it has, and goes. */
  makeWay(): void {
    if (this.isLeaving) return;
    this.isLeaving = true;
    this.#tell?.();
  }

  /** Nobody waits for it any more. */
  withdraw(): void {
    this.#isUnwanted = true;
    this.kill();
  }

  /** Its server goes on with other tasks. */
  leave(): void {
    if (this.run.ended === undefined && this.#timer === undefined) void this.run.cancel(LET_GO);
  }

  kill(): void {
    const { run } = this;
    if (run.ended !== undefined || this.#timer !== undefined) return;
    void run.cancel(LET_GO, { graceMs: 0 });
    const { lease } = run;
    if (run.ended !== undefined || lease === undefined) return;
    this.#timer = this.#options.engine.platform.startTimer(KILL_AFTER_MS, () => {
      if (run.ended === undefined && run.lease === lease && run.started) this.#options.kill(lease);
    });
  }

  #take(piece: unknown): void {
    if (this.run.ended !== undefined) return;
    if (!this.#isThere && this.run.lease !== undefined) {
      this.#isThere = true;
      this.name = this.#options.nameOf(this.run.lease);
      this.#there.resolve(this);
    }
    try {
      if (piece instanceof Uint8Array) this.link.take(piece);
    } catch {
      // It is no worker of ours that says so.
      this.kill();
    }
  }

  #ended(exit: Exit<unknown>): void {
    if (this.#timer !== undefined) this.#options.engine.platform.stopTimer(this.#timer);
    // The reason is told before the link's end, which has none.
    this.#exit(errorOf(exit).message);
    this.link.close();
    this.#options.onEnd(this);
    if (this.#isUnwanted) this.#there.resolve(undefined);
    else this.#there.reject(errorOf(exit));
  }
}

const errorOf = (exit: Exit<unknown>): Error =>
  exit.type === "failed" || exit.type === "lost"
    ? errorFrom(exit.error)
    : new SkeinError("SERVER_LOST", "it was let go", { hint: "nothing to do" });

/** Takes a worker's frames as they come: there is no mailbox that could be full. */
class FrameTarget implements LocalTarget {
  readonly name = "a pool";
  readonly #engine: Engine;
  readonly #id: TaskId;
  readonly #take: (piece: unknown) => void;

  constructor(engine: Engine, id: TaskId, take: (piece: unknown) => void) {
    this.#engine = engine;
    this.#id = id;
    this.#take = take;
  }

  send(message: unknown): void {
    this.#take(message);
  }

  deliver(message: unknown): Operation<void> {
    this.#take(message);
    return completed;
  }

  cancel(): Operation<void> {
    return failed(this.#engine, unknownError(this.#id));
  }

  wake(): void {}

  interrupt(): void {}

  exit(): Operation<Exit<unknown>> {
    return failed(this.#engine, unknownError(this.#id));
  }

  watch(): Disposable {
    return { [Symbol.dispose]: () => undefined };
  }
}
