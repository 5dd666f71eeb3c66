/** A process of a simulated machine: a clock of its own, turns that cost time, and a platform for its runtime. */
import type { Engine } from "../../task/engine.ts";
import type { Platform } from "../../platform.ts";
import { seededRandom } from "../seeded-random.ts";
import type { Kernel, KernelEvent } from "./kernel.ts";
import { standInCrypto } from "./stand-in-crypto.ts";

/** What a turn of a process costs at least. */
const TURN_COST_MS = 0.02;
/** What each look at the clock stands for: the run queue looks every 32 steps. */
const LOOK_COST_MS = 0.002;
/** The wall clock when a simulation begins: 2026-01-01. */
const EPOCH_MS = 1_767_225_600_000;

export interface ProcessOptions {
  readonly kernel: Kernel;
  /** As in the trace. */
  readonly name: string;
  readonly seed: number;
  /** How much faster its clock runs than the world's: 0.0001 is 100 millionths. */
  readonly driftShare: number;
  /** How far its wall clock is ahead, in milliseconds; shared by the processes of a machine. */
  readonly wallAheadMs: () => number;
  /** Its turns cost no time. */
  readonly free?: boolean;
  /** An error that nobody in it handles. */
  readonly onUnhandled: (error: unknown) => void;
}

export class SimProcess {
  readonly name: string;
  readonly platform: Platform;
  readonly #options: ProcessOptions;
  readonly #random: () => number;
  #engine: (() => Engine) | undefined;
  #dead = false;
  #frozen = false;
  /** What became due while it was frozen. */
  #held: KernelEvent[] = [];
  #busyUntilMs = 0;
  #turnBeganMs = 0;
  #usedMs = 0;

  constructor(options: ProcessOptions) {
    this.#options = options;
    this.name = options.name;
    this.#random = seededRandom(options.seed);
    this.platform = this.#makePlatform();
  }

  /** Its runtime's; operations that its code begins belong to it. */
  get engine(): Engine | undefined {
    return this.#engine?.();
  }

  /** Set once its runtime is made. */
  runs(engine: () => Engine): void {
    this.#engine = engine;
  }

  get dead(): boolean {
    return this.#dead;
  }

  get frozen(): boolean {
    return this.#frozen;
  }

  /** Ends at once: nothing of it runs any more, no `finally`, no timer. */
  kill(): void {
    this.#dead = true;
    this.#held = [];
  }

  /** Stops it where it stands, as SIGSTOP does. */
  freeze(): void {
    this.#frozen = true;
  }

  /** Lets it go on: what became due meanwhile is due now. */
  thaw(): void {
    if (!this.#frozen) return;
    this.#frozen = false;
    const { kernel } = this.#options;
    const held = this.#held;
    this.#held = [];
    for (const event of held) kernel.again(event, kernel.nowMs);
  }

  /** Its processor computes for so long: its turn takes that much longer. */
  compute(ms: number): void {
    this.#usedMs += ms;
  }

  /** For the kernel: whether the event has to wait because the process is frozen or busy. */
  hold(event: KernelEvent, nowMs: number): boolean {
    if (this.#frozen) {
      this.#held.push(event);
      return true;
    }
    if (nowMs >= this.#busyUntilMs) return false;
    this.#options.kernel.again(event, this.#busyUntilMs);
    return true;
  }

  beginTurn(nowMs: number): void {
    this.#turnBeganMs = nowMs;
    this.#usedMs = this.#options.free === true ? 0 : TURN_COST_MS;
  }

  endTurn(): void {
    this.#busyUntilMs = this.#turnBeganMs + this.#usedMs;
    this.#usedMs = 0;
  }

  /** How far it is in its turn, in milliseconds. */
  get usedMs(): number {
    return this.#usedMs;
  }

  #isCurrent(): boolean {
    return this.#options.kernel.current === this;
  }

  /** The world's time, as far as this process is in its turn. */
  #time(): number {
    if (!this.#isCurrent()) return this.#options.kernel.nowMs;
    if (this.#options.free !== true) this.#usedMs += LOOK_COST_MS;
    return this.#turnBeganMs + this.#usedMs;
  }

  #makePlatform(): Platform {
    const { kernel, driftShare, wallAheadMs, onUnhandled } = this.#options;
    const random = this.#random;
    const randomBytes = (count: number): Uint8Array<ArrayBuffer> =>
      Uint8Array.from({ length: count }, () => Math.floor(random() * 256));
    const later = (what: string, callback: () => void): void => {
      if (!this.#dead) kernel.at(this, 0, what, callback);
    };
    return {
      kind: "simulated",
      now: () => this.#time() * (1 + driftShare),
      wallMs: () => EPOCH_MS + Math.floor(this.#time()) + wallAheadMs(),
      random,
      randomBytes,
      startTimer: (delayMs, callback) =>
        this.#dead ? undefined : kernel.at(this, this.#usedMs + delayMs / (1 + driftShare), "timer", callback),
      stopTimer: (timer) => {
        // Only what startTimer gave comes back.
        if (timer !== undefined) kernel.stop(timer as KernelEvent);
      },
      nextTurn: (callback) => later("turn", callback),
      microtask: (callback) => {
        if (!this.#isCurrent()) later("microtask", callback);
        // oxlint-disable-next-line promise/no-callback-in-promise -- this is what a microtask is
        else void Promise.resolve().then(() => this.#guarded(callback));
      },
      keepAlive: () => undefined,
      reportUnhandled: onUnhandled,
      ...standInCrypto(randomBytes),
    };
  }

  #guarded(callback: () => void): void {
    if (this.#dead) return;
    try {
      callback();
    } catch (error) {
      this.#options.kernel.fail(error);
    }
  }
}
