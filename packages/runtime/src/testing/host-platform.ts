/** A real platform of what Node and browsers both have, for tests of the parts that need no network. */
import { installPlatform, type Platform } from "../platform.ts";
import { pageTurns } from "./page-turns.ts";
import { pureCrypto } from "./pure-crypto.ts";

/** What a test looks at afterwards. */
export interface HostPlatform extends Platform {
  /** What was reported as unhandled. */
  readonly unhandled: unknown[];
  /** Whether the process would be kept alive. */
  readonly keptAlive: () => boolean;
}

const randomBytes = (count: number): Uint8Array<ArrayBuffer> => crypto.getRandomValues(new Uint8Array(count));

/** Timers that run, of every platform made here. */
const timers = new Set<ReturnType<typeof setTimeout>>();
/** Platforms of a test file that is over are of an older one: they start no more timers. */
let generation = 0;

/**
 * Ends what platforms made before have started: a peer that a test has left open would dial on beside the tests of the
 * next file, and in the turns of a simulation.
 */
export function endHostPlatforms(): void {
  generation += 1;
  for (const timer of timers) clearTimeout(timer);
  timers.clear();
}

export function createHostPlatform(): HostPlatform {
  const unhandled: unknown[] = [];
  const born = generation;
  let keepers = 0;
  return {
    kind: "simulated",
    now: () => performance.now(),
    wallMs: () => Date.now(),
    random: () => Math.random(),
    randomBytes,
    startTimer: (delayMs, callback) => {
      if (born !== generation) return undefined;
      const timer = setTimeout(() => {
        timers.delete(timer);
        callback();
      }, delayMs);
      timers.add(timer);
      return timer;
    },
    stopTimer: (timer) => {
      const started = timer as ReturnType<typeof setTimeout>; // only what startTimer gave comes back
      timers.delete(started);
      clearTimeout(started);
    },
    nextTurn: pageTurns() ?? channelTurns(),
    microtask: (callback) => queueMicrotask(callback),
    keepAlive: (on) => {
      keepers += on ? 1 : -1;
    },
    reportUnhandled: (error) => {
      unhandled.push(error);
    },
    ...pureCrypto(randomBytes),
    unhandled,
    keptAlive: () => keepers > 0,
  };
}

function channelTurns(): (callback: () => void) => void {
  const turns: (() => void)[] = [];
  const { port1, port2 } = new MessageChannel();
  port1.addEventListener("message", () => turns.shift()?.());
  port1.start();
  // Node keeps a process alive for a port that listens; browsers have no `unref`.
  const port: { unref?: () => void } = port1 as MessagePort & { unref?: () => void };
  port.unref?.();
  return (callback) => {
    turns.push(callback);
    port2.postMessage(0);
  };
}

/** For tests that use the default runtime. */
export function installHostPlatform(): HostPlatform {
  const platform = createHostPlatform();
  installPlatform(platform);
  return platform;
}
