/** `Platform` for Node: clocks, turns, sync crypto and how the process ends. */
import type { AsyncLocalStorage } from "node:async_hooks";
import type * as nodeCrypto from "node:crypto";
import type { KeyObject } from "node:crypto";
import { writeSync } from "node:fs";
import type { FileSource, Platform } from "@skein/runtime";
import type { KeyPair, TimerHandle } from "@skein/runtime/host";

/** Loaded when it is needed: it takes 3 MB, and tasks alone do without. */
const crypto = (): typeof nodeCrypto => process.getBuiltinModule("node:crypto");

/** Exit code of a process whose tasks wait for what can't come any more. */
export const STUCK_EXIT_CODE = 13;

/** What precedes the 32 raw bytes in DER: an Ed25519 private key (PKCS #8) and a public one (SPKI). */
const PRIVATE_KEY_PREFIX = Buffer.from("302e020100300506032b657004220420", "hex");
const PUBLIC_KEY_PREFIX = Buffer.from("302a300506032b6570032100", "hex");
/** Longest delay of a host timer: 2³¹−1 ms, about 24.8 days. Later ones are started again when it has passed. */
const LONGEST_TIMER_MS = 0x7f_ff_ff_ff;

export interface NodePlatformOptions {
  /** Transports for the libp2p host; absent where the process has no peer of its own (server processes). */
  readonly network?: NonNullable<Platform["network"]>;
}

/**
 * Makes the `Platform` of a Node process.
 *
 * @example
 * installPlatform(createNodePlatform({ network: nodeNetwork }));
 */
export function createNodePlatform(options: NodePlatformOptions = {}): Platform {
  return new NodePlatform(options.network);
}

/** A timer that is armed again until its whole delay has passed. */
interface LongTimer {
  handle: NodeJS.Timeout;
}

class NodePlatform implements Platform {
  readonly kind = "node";
  declare readonly network?: NonNullable<Platform["network"]>;
  #anchor: NodeJS.Timeout | undefined;
  /** Made with the first background task that is an async function. */
  #background: AsyncLocalStorage<boolean> | undefined;
  /** Runtimes that want the process to stay alive. */
  #keepers = 0;
  readonly #drains = new Set<() => void>();
  readonly #onBeforeExit = (): void => {
    for (const drained of this.#drains) drained();
  };

  constructor(network: Platform["network"]) {
    if (network !== undefined) this.network = network;
  }

  now(): number {
    return performance.now();
  }
  wallMs(): number {
    return Date.now();
  }
  random(): number {
    return Math.random();
  }
  randomBytes(count: number): Uint8Array<ArrayBuffer> {
    return new Uint8Array(crypto().randomBytes(count));
  }

  startTimer(delayMs: number, callback: () => void): TimerHandle {
    if (delayMs <= LONGEST_TIMER_MS) return setTimeout(callback, delayMs).unref();
    const timer: LongTimer = { handle: this.#armLong(delayMs, () => timer, callback) };
    return timer;
  }
  stopTimer(timer: TimerHandle): void {
    if (timer === undefined) return;
    // `timer` came from startTimer: a Node timer, or a LongTimer around one.
    const started = timer as NodeJS.Timeout | LongTimer;
    clearTimeout("handle" in started ? started.handle : started);
  }
  #armLong(leftMs: number, timer: () => LongTimer, callback: () => void): NodeJS.Timeout {
    if (leftMs <= LONGEST_TIMER_MS) return setTimeout(callback, leftMs).unref();
    return setTimeout(() => {
      timer().handle = this.#armLong(leftMs - LONGEST_TIMER_MS, timer, callback);
    }, LONGEST_TIMER_MS).unref();
  }

  nextTurn(callback: () => void): void {
    setImmediate(callback);
  }
  microtask(callback: () => void): void {
    queueMicrotask(callback);
  }

  keepAlive(on: boolean): void {
    const before = this.#keepers;
    this.#keepers = Math.max(0, before + (on ? 1 : -1));
    // One timer for the process's life, switched by ref/unref: toggling costs no timer.
    if (this.#anchor === undefined) {
      if (on) this.#anchor = setInterval(() => {}, LONGEST_TIMER_MS);
    } else if (before === 0 && on) this.#anchor.ref();
    else if (this.#keepers === 0) this.#anchor.unref();
  }

  runAs<T>(background: boolean, fn: () => T): T {
    // Foreground is what everything is until there is a background task.
    if (!background && this.#background === undefined) return fn();
    this.#background ??= new (process.getBuiltinModule("node:async_hooks").AsyncLocalStorage)();
    return this.#background.run(background, fn);
  }

  inBackground(): boolean {
    return this.#background?.getStore() === true;
  }

  onDrain(callback: () => void): () => void {
    // One listener for all runtimes: a program may make thousands, one after another.
    if (this.#drains.size === 0) process.on("beforeExit", this.#onBeforeExit);
    this.#drains.add(callback);
    return () => {
      if (this.#drains.delete(callback) && this.#drains.size === 0) process.off("beforeExit", this.#onBeforeExit);
    };
  }

  endStuck(report: string): void {
    writeAll(2, report.endsWith("\n") ? report : `${report}\n`);
    process.exit(STUCK_EXIT_CODE);
  }

  reportUnhandled(error: unknown): void {
    // Thrown where nothing catches it: Node prints it with its stack and the process fails with 1,
    // unless the program itself has an `uncaughtException` handler.
    queueMicrotask(() => {
      throw error;
    });
  }

  sha256(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
    return new Uint8Array(crypto().hash("sha256", bytes, "buffer"));
  }
  async sha256Aside(bytes: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
    // Copies the bytes, then hashes on another thread. Never of shared memory.
    return new Uint8Array(await crypto().subtle.digest("SHA-256", bytes));
  }
  hmacSha256(key: Uint8Array, bytes: Uint8Array): Uint8Array<ArrayBuffer> {
    return new Uint8Array(crypto().createHmac("sha256", key).update(bytes).digest());
  }
  generateKey(): KeyPair {
    const { privateKey } = crypto().generateKeyPairSync("ed25519");
    const seed = privateKey.export({ format: "der", type: "pkcs8" }).subarray(PRIVATE_KEY_PREFIX.length);
    return { privateKey: new Uint8Array(seed), publicKey: rawPublicKey(privateKey) };
  }
  keyPair(privateKey: Uint8Array): KeyPair {
    return { privateKey: new Uint8Array(privateKey), publicKey: rawPublicKey(privateKeyObject(privateKey)) };
  }
  async openFile(path: string): Promise<FileSource> {
    return await (await import("../files/disk-file.ts")).openDiskFile(path, 0, path);
  }
  sign(privateKey: Uint8Array, bytes: Uint8Array): Uint8Array<ArrayBuffer> {
    return new Uint8Array(crypto().sign(null, bytes, privateKeyObject(privateKey)));
  }
  verify(publicKey: Uint8Array, bytes: Uint8Array, signature: Uint8Array): boolean {
    if (publicKey.length !== 32 || signature.length !== 64) return false;
    const key = crypto().createPublicKey({
      key: Buffer.concat([PUBLIC_KEY_PREFIX, publicKey]),
      format: "der",
      type: "spki",
    });
    return crypto().verify(null, bytes, key, signature);
  }
}

function privateKeyObject(seed: Uint8Array): KeyObject {
  return crypto().createPrivateKey({ key: Buffer.concat([PRIVATE_KEY_PREFIX, seed]), format: "der", type: "pkcs8" });
}

function rawPublicKey(privateKey: KeyObject): Uint8Array<ArrayBuffer> {
  const der = crypto().createPublicKey(privateKey).export({ format: "der", type: "spki" });
  return new Uint8Array(der.subarray(PUBLIC_KEY_PREFIX.length));
}

/** Writes synchronously, also to a pipe that is full for a moment: the process ends right after. */
function writeAll(descriptor: number, text: string): void {
  let bytes: Uint8Array = Buffer.from(text);
  while (bytes.length > 0) {
    try {
      bytes = bytes.subarray(writeSync(descriptor, bytes));
    } catch (error) {
      if (error instanceof Error && "code" in error && error.code === "EAGAIN") continue;
      return; // nobody reads any more
    }
  }
}
