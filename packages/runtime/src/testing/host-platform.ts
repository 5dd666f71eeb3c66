/** A real platform of what Node and browsers both have, for tests of the parts that need no network. */
import { installPlatform, type KeyPair, type Platform } from "../platform.ts";

/** What a test looks at afterwards. */
export interface HostPlatform extends Platform {
  /** What was reported as unhandled. */
  readonly unhandled: unknown[];
  /** Whether the process would be kept alive. */
  readonly keptAlive: () => boolean;
}

/** Signing is not among what both hosts have synchronously: tests that need it bring their own platform. */
const noCrypto = (): never => {
  throw new Error("this test platform has no keys");
};

export function createHostPlatform(): HostPlatform {
  const unhandled: unknown[] = [];
  let alive = false;
  const turns: (() => void)[] = [];
  const channel = new MessageChannel();
  channel.port1.addEventListener("message", () => turns.shift()?.());
  channel.port1.start();
  // Node keeps a process alive for a port that listens; browsers have no `unref`.
  const port: { unref?: () => void; ref?: () => void } = channel.port1 as MessagePort & {
    unref?: () => void;
    ref?: () => void;
  };
  port.unref?.();
  return {
    kind: "simulated",
    now: () => performance.now(),
    wallMs: () => Date.now(),
    random: () => Math.random(),
    randomBytes: (count) => crypto.getRandomValues(new Uint8Array(count)),
    startTimer: (delayMs, callback) => setTimeout(callback, delayMs),
    stopTimer: (timer) => clearTimeout(timer as number), // only what startTimer gave comes back
    nextTurn: (callback) => {
      turns.push(callback);
      channel.port2.postMessage(0);
    },
    microtask: (callback) => queueMicrotask(callback),
    keepAlive: (on) => {
      alive = on;
    },
    reportUnhandled: (error) => {
      unhandled.push(error);
    },
    sha256: noCrypto,
    hmacSha256: noCrypto,
    generateKey: (): KeyPair => noCrypto(),
    keyPair: (): KeyPair => noCrypto(),
    sign: noCrypto,
    verify: noCrypto,
    unhandled,
    keptAlive: () => alive,
  };
}

/** For tests that use the default runtime. */
export function installHostPlatform(): HostPlatform {
  const platform = createHostPlatform();
  installPlatform(platform);
  return platform;
}
