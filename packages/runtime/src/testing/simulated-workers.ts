/** Workers of a pool that are no processes: they compute in virtual time, end when they are killed, and may not start. */
import type { Link } from "../contracts/link.ts";
import { SkeinError } from "../errors.ts";
import type { PoolProcess } from "../pool/pool-process.ts";
import type { PoolCallable } from "../pool/function-stub.ts";
import type { PoolHost } from "../pool/pool.ts";
import { type AnyFunction, PoolWorker } from "../pool/pool-worker.ts";
import type { VirtualPlatform } from "./virtual-platform.ts";

/** One worker, as tests see it. */
export interface SimulatedWorker {
  readonly number: number;
  /** Functions that it has called, by name, in order. */
  readonly called: string[];
  isAlive: boolean;
  kill(why?: string): void;
}

export interface SimulatedWorkers {
  readonly host: PoolHost;
  /** All that were started, those that have ended included. */
  readonly started: SimulatedWorker[];
  /** Those that run. */
  alive(): readonly SimulatedWorker[];
  /** For functions of the pool: the worker that calls computes for so long. */
  readonly compute: (ms: number) => void;
  /** So many of the next starts fail. */
  failStarts: number;
}

/** A place of `size` workers on the time of `platform`. */
export function simulatedWorkers(platform: VirtualPlatform, size: number): SimulatedWorkers {
  const functions: PoolCallable[] = [];
  const started: SimulatedWorker[] = [];
  let computing: Worker | undefined;
  const load = (worker: Worker) => (code: unknown) => {
    const fn = functions[Number(code)] as AnyFunction | undefined; // what `codeOf` has put there
    if (fn === undefined)
      throw new SkeinError("CODE_UNKNOWN", "no such function", { hint: "this is a fault of the test" });
    return (...args: readonly unknown[]) => {
      computing = worker;
      worker.called.push(fn.name);
      return fn(...args);
    };
  };
  const self: SimulatedWorkers = {
    started,
    failStarts: 0,
    alive: () => started.filter(({ isAlive }) => isAlive),
    compute: (ms) => computing?.compute(ms),
    host: {
      places: () => [
        {
          name: "simulated",
          size,
          start: () => {
            if (self.failStarts > 0) {
              self.failStarts -= 1;
              throw new SkeinError("SETUP_FAILED", "it can't start", { hint: "this is a test" });
            }
            const worker = new Worker(platform, started.length + 1);
            started.push(worker);
            worker.begin(load(worker));
            return worker.process;
          },
        },
      ],
      codeOf: (fn) => {
        const known = functions.indexOf(fn);
        return { key: fn, code: known >= 0 ? known : functions.push(fn) - 1 };
      },
    },
  };
  return self;
}

class Worker implements SimulatedWorker {
  readonly number: number;
  readonly called: string[] = [];
  readonly process: PoolProcess;
  isAlive = true;
  readonly #platform: VirtualPlatform;
  readonly #exited = Promise.withResolvers<string>();
  readonly #outside: End;
  readonly #inside: End;
  /** What it was sent and has not read. */
  readonly #unread: Uint8Array[] = [];
  /** How long it has computed in the present frame. */
  #computedMs = 0;
  #isBusy = false;

  constructor(platform: VirtualPlatform, number: number) {
    this.#platform = platform;
    this.number = number;
    this.#outside = new End((frame) => this.#arrive(frame));
    // What it says leaves when it has computed what comes before.
    this.#inside = new End((frame) => this.#after(this.#computedMs, () => this.#outside.hear(frame)));
    const kill = (): void => this.kill();
    this.process = { link: this.#outside, name: `worker ${number}`, exited: this.#exited.promise, kill };
  }

  begin(load: (code: unknown) => AnyFunction): void {
    const worker = new PoolWorker({
      link: this.#inside,
      now: () => this.#platform.now() + this.#computedMs,
      soon: (callback) => this.#platform.nextTurn(callback),
      load,
    });
    worker.hello();
  }

  compute(ms: number): void {
    this.#computedMs += ms;
  }

  kill(why = "it was killed"): void {
    this.isAlive = false;
    this.#exited.resolve(why);
  }

  #arrive(frame: Uint8Array): void {
    this.#unread.push(frame);
    if (!this.#isBusy) this.#after(0, () => this.#read());
  }

  /** One frame after another, each when the one before is computed. */
  #read(): void {
    if (this.#isBusy) return;
    const frame = this.#unread.shift();
    if (frame === undefined) return;
    this.#computedMs = 0;
    this.#inside.hear(frame);
    const tookMs = this.#computedMs;
    this.#computedMs = 0;
    this.#isBusy = true;
    this.#after(tookMs, () => {
      this.#isBusy = false;
      this.#read();
    });
  }

  #after(ms: number, act: () => void): void {
    const whileAlive = (): void => {
      if (this.isAlive) act();
    };
    if (ms > 0) this.#platform.startTimer(ms, whileAlive);
    else this.#platform.microtask(whileAlive);
  }
}

/** One end of a link in this process. */
class End implements Link {
  readonly transport = "simulated";
  readonly closed: Promise<Error | undefined> = new Promise(() => undefined);
  readonly #send: (frame: Uint8Array) => void;
  /** What came before somebody listened. */
  readonly #early: Uint8Array[] = [];
  #onFrame: ((frame: Uint8Array) => void) | undefined;

  constructor(send: (frame: Uint8Array) => void) {
    this.#send = send;
  }

  hear(frame: Uint8Array): void {
    if (this.#onFrame === undefined || this.#early.length > 0) this.#early.push(frame);
    else this.#onFrame(frame);
  }

  send(frame: Uint8Array): boolean {
    this.#send(frame);
    return true;
  }

  receive(onFrame: (frame: Uint8Array) => void): void {
    this.#onFrame = onFrame;
    // As from any link: not before this has returned.
    void this.#giveEarly(onFrame);
  }

  drained(): Promise<void> {
    return Promise.resolve();
  }

  pause(): void {}
  resume(): void {}
  close(): void {}
  abort(): void {}

  async #giveEarly(onFrame: (frame: Uint8Array) => void): Promise<void> {
    await Promise.resolve();
    for (const frame of this.#early.splice(0)) onFrame(frame);
  }
}
