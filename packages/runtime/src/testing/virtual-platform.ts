/** A platform whose time stands still until a test moves it: sleeps of hours end at once, and in the same order each run. */
import type { Platform } from "../platform.ts";
import { microtasksDone } from "./microtasks.ts";
import { pureCrypto } from "./pure-crypto.ts";
import { seededRandom } from "./seeded-random.ts";

/**
 * Time that a test moves.
 *
 * @example
 * const clock = new VirtualClock();
 * const runtime = createRuntime({ platform: virtualPlatform({ clock }) });
 * const task = spawn(function* () { yield* sleep(HOUR_MS); }, [], { runtime });
 * await clock.advance(HOUR_MS);
 */
export class VirtualClock {
  #nowMs: number;
  #serial = 0;
  readonly #timers = new Set<VirtualTimer>();
  /** Waits until nothing is ready to run; each platform on this clock adds its own. */
  readonly #settlers: (() => Promise<void>)[] = [];

  constructor(startMs = 0) {
    this.#nowMs = startMs;
  }

  /** Milliseconds. */
  now(): number {
    return this.#nowMs;
  }

  /** Moves the time on by `ms`, running what becomes due on the way, in order, and all that follows from it. */
  async advance(ms: number): Promise<void> {
    const untilMs = this.#nowMs + ms;
    await this.settle();
    for (let timer = this.#next(untilMs); timer !== undefined; timer = this.#next(untilMs)) {
      this.#timers.delete(timer);
      this.#nowMs = Math.max(this.#nowMs, timer.atMs);
      timer.callback();
      await this.settle();
    }
    this.#nowMs = untilMs;
  }

  /** Runs what is ready, without moving the time. */
  async settle(): Promise<void> {
    for (const settler of this.#settlers) await settler();
  }

  /** For platforms. */
  startTimer(delayMs: number, callback: () => void): VirtualTimer {
    this.#serial += 1;
    const timer: VirtualTimer = { atMs: this.#nowMs + Math.max(0, delayMs), serial: this.#serial, callback };
    this.#timers.add(timer);
    return timer;
  }

  /** For platforms. */
  stopTimer(timer: VirtualTimer): void {
    this.#timers.delete(timer);
  }

  /** For platforms. */
  addSettler(settler: () => Promise<void>): void {
    this.#settlers.push(settler);
  }

  #next(untilMs: number): VirtualTimer | undefined {
    let first: VirtualTimer | undefined;
    for (const timer of this.#timers) {
      if (timer.atMs > untilMs) continue;
      if (
        first === undefined ||
        timer.atMs < first.atMs ||
        (timer.atMs === first.atMs && timer.serial < first.serial)
      ) {
        first = timer;
      }
    }
    return first;
  }
}

export interface VirtualTimer {
  readonly atMs: number;
  readonly serial: number;
  readonly callback: () => void;
}

export interface VirtualPlatform extends Platform {
  readonly clock: VirtualClock;
  /** What was reported as unhandled. */
  readonly unhandled: unknown[];
  /** Reports of waits that nothing can end, from {@link VirtualPlatform.drain}. */
  readonly stuck: string[];
  readonly keptAlive: () => boolean;
  /** As if the host had nothing left to keep the process alive. */
  drain(): void;
}

export interface VirtualOptions {
  readonly clock?: VirtualClock;
  /** The same seed gives the same random numbers and keys. Default 1. */
  readonly seed?: number;
}

/** Makes a platform on virtual time with seeded randomness. */
export function virtualPlatform(options: VirtualOptions = {}): VirtualPlatform {
  const { clock = new VirtualClock(), seed = 1 } = options;
  const random = seededRandom(seed);
  const randomBytes = (count: number): Uint8Array<ArrayBuffer> =>
    Uint8Array.from({ length: count }, () => Math.floor(random() * 256));
  const turns: (() => void)[] = [];
  const drains = new Set<() => void>();
  const unhandled: unknown[] = [];
  const stuck: string[] = [];
  let keepers = 0;
  clock.addSettler(async () => {
    await microtasksDone();
    for (let turn = turns.shift(); turn !== undefined; turn = turns.shift()) {
      turn();
      await microtasksDone();
    }
  });
  return {
    kind: "simulated",
    clock,
    now: () => clock.now(),
    wallMs: () => clock.now(),
    random,
    randomBytes,
    startTimer: (delayMs, callback) => clock.startTimer(delayMs, callback),
    stopTimer: (timer) => clock.stopTimer(timer as VirtualTimer), // only what startTimer gave comes back
    nextTurn: (callback) => void turns.push(callback),
    // oxlint-disable-next-line promise/no-callback-in-promise -- this is what a microtask is
    microtask: (callback) => void Promise.resolve().then(() => callback()),
    keepAlive: (on) => {
      keepers += on ? 1 : -1;
    },
    onDrain: (callback) => {
      drains.add(callback);
      return () => drains.delete(callback);
    },
    endStuck: (report) => void stuck.push(report),
    reportUnhandled: (error) => void unhandled.push(error),
    ...pureCrypto(randomBytes),
    unhandled,
    stuck,
    keptAlive: () => keepers > 0,
    drain: () => {
      for (const callback of drains) callback();
    },
  };
}
