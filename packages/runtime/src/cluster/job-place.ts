/** A job's servers as a place where workers of a pool run. */
import { errorFrom, SkeinError } from "../errors.ts";
import { type PoolCallable, stubOf } from "../pool/function-stub.ts";
import type { FunctionPlace } from "../pool/pool.ts";
import type { PoolPlace, SharedPlace } from "../pool/place.ts";
import { type NodeId } from "../ids.ts";
import { type CodeShipper } from "./code-shipper.ts";
import { type LiveFunction } from "./contracts.ts";
import { type JobCode } from "./job-code.ts";
import { type PoolPlacing } from "./job-map.ts";
import { JobWorker, type JobWorkerOptions } from "./job-worker.ts";
import { type RunWhat } from "./run.ts";
import { type PoolCodePlace } from "./server-pool.ts";

export interface JobPlaceOptions extends Omit<JobWorkerOptions, "onEnd"> {
  readonly placing: PoolPlacing;
  /** For people. */
  readonly name: string;
  readonly code: JobCode;
  readonly shipper: CodeShipper;
  /** How many servers its workers could have. @throws {SkeinError} `NO_PLACE`, `OPTION_INVALID` */
  readonly servers: () => number;
  readonly onClose: (place: JobPlace) => void;
}

/** Other tasks of the job have just needed a server: others may follow on them for so long, in milliseconds. */
const YIELD_MS = 200;

export class JobPlace implements PoolPlace {
  readonly name: string;
  size: number;
  readonly shared: SharedPlace = {
    onSize: (tell) => (this.#onSize = tell),
    withdraw: () => {
      for (const worker of this.workers) if (!worker.isPlaced) worker.withdraw();
      for (const end of this.#turns) end();
      this.#turns.clear();
    },
  };
  readonly workers: Set<JobWorker> = new Set();
  readonly #options: JobPlaceOptions;
  #onSize: () => void = () => undefined;
  /** Ends starts that wait until others have had their turn. */
  readonly #turns = new Set<() => void>();
  #yieldedMs = -Infinity;
  /** Why there are no more workers. */
  #error: SkeinError | undefined;

  constructor(options: JobPlaceOptions) {
    this.#options = options;
    this.name = options.name;
    this.size = Math.max(1, options.servers());
  }

  async start(): Promise<JobWorker | undefined> {
    const { platform } = this.#options.engine;
    const waitMs = this.#yieldedMs + YIELD_MS - platform.now();
    if (waitMs > 0 && !(await this.#turn(waitMs))) return undefined;
    if (this.#error !== undefined) throw this.#error;
    const worker = new JobWorker({ ...this.#options, onEnd: (one) => this.workers.delete(one) });
    this.workers.add(worker);
    return await worker.there;
  }

  codeOf(fn: PoolCallable): FunctionPlace {
    const what = this.#whatOf(fn);
    return { key: what.bundled === undefined ? `${what.code} ${what.fn}` : what, code: this.#shipped(what) };
  }

  /** Nodes have come or gone. */
  look(): void {
    if (this.#error !== undefined) return;
    const size = Math.max(1, this.#options.servers());
    if (size === this.size) return;
    const isLess = size < this.size;
    this.size = size;
    if (isLess) this.#shorten();
    this.#onSize();
  }

  /** One of its workers gives its server to other tasks of the job. */
  yields(worker: JobWorker): void {
    this.#yieldedMs = this.#options.engine.platform.now();
    worker.makeWay();
  }

  /** There will be no more workers here; those that are end what they have. */
  end(error: SkeinError): void {
    this.#error ??= error;
    this.shared.withdraw();
    for (const worker of this.workers) worker.makeWay();
  }

  close(): void {
    this.end(new SkeinError("JOB_CLOSED", "the pool is closed", { hint: "open another" }));
    for (const worker of this.workers) worker.leave();
    this.#options.onClose(this);
  }

  /** Resolves when others have had their turn; with false when this is not wanted any more. */
  #turn(ms: number): Promise<boolean> {
    const { platform } = this.#options.engine;
    return new Promise((resolve) => {
      const timer = platform.startTimer(ms, () => {
        this.#turns.delete(end);
        resolve(true);
      });
      const end = (): void => {
        platform.stopTimer(timer);
        resolve(false);
      };
      this.#turns.add(end);
    });
  }

  /** Those that wait for a server, and would be too many. */
  #shorten(): void {
    let more = this.workers.size - this.size;
    for (const worker of this.workers) {
      if (more <= 0) return;
      if (worker.isPlaced) continue;
      worker.withdraw();
      more -= 1;
    }
  }

  #whatOf(fn: PoolCallable): RunWhat {
    const { code } = this.#options;
    const stub = stubOf(fn);
    // A pool takes functions, and stubs.
    if (stub === undefined) return code.find(fn as LiveFunction, true);
    if (code.codes().some(({ digest }) => digest === stub.code)) return code.what(stub.code, stub.fn, true);
    throw new SkeinError("CODE_UNKNOWN", `the stub of ${stub.fn} is of another job`, {
      hint: "make it by this job: (await job.module(url)).name",
    });
  }

  /** Servers that are made ready from now on get all the job's code; those that have workers get it here. */
  async #shipped(what: RunWhat): Promise<PoolCodePlace> {
    const { code, shipper } = this.#options;
    await what.bundled;
    const nodes = new Set<NodeId>();
    for (const { run } of this.workers) if (run.lease !== undefined) nodes.add(run.lease.server.peer);
    // Where it can't be brought, a node is gone, or refuses it: that is told by the worker.
    await Promise.all(Array.from(nodes, (node) => shipper.ensure(node, code.codes()).catch(errorFrom)));
    return [what.code, what.fn];
  }
}
