/** What the runtime needs from its host. `node-server` and `browser-worker` each give one, the simulator a third. */
import type { FileSource } from "./contracts/file-source.ts";

/** An Ed25519 key pair: 32 bytes each. */
export interface KeyPair {
  readonly publicKey: Uint8Array<ArrayBuffer>;
  readonly privateKey: Uint8Array<ArrayBuffer>;
}

/** A host timer; opaque. */
export type TimerHandle = unknown;

/**
 * Parts for the libp2p host, made by the host package and used only by `peer/libp2p-*`.
 * They are libp2p's own objects; `unknown` here keeps libp2p out of every other file.
 */
export interface NetworkParts {
  /** libp2p transport factories (tcp, webSockets, …). */
  readonly transports: readonly unknown[];
  /** libp2p crypto for Noise (`ICryptoInterface`), where the host has a faster one. */
  readonly noiseCrypto?: unknown;
  /** libp2p's mDNS for the peers of one cluster, where the host has it. */
  readonly lanDiscovery?: (options: LanDiscoveryOptions) => LanDiscovery;
  /** Makes libp2p's circuit relay server, for hosts that listen. */
  readonly relayServer?: () => unknown;
  /** What this host can dial, by multiaddr protocol. */
  readonly dials: readonly ("tcp" | "ws" | "wss")[];
  /**
   * Loads libp2p's WebRTC transport (a factory), when the first connection is to become one. Absent where there is no
   * WebRTC: in workers, and in WebKitGTK.
   */
  readonly webRtc?: () => Promise<unknown>;
  /** Whether it can listen at all (browsers can't). */
  readonly listens: boolean;
}

/** What a peer wants of its network, beyond addresses. */
export interface NetworkWishes {
  /** A certificate and its key, as PEM text, to listen on `wss://`. */
  readonly tls?: { readonly cert: string; readonly key: string };
  /** It listens somewhere; who only dials needs less. Default true. */
  readonly listens?: boolean;
  /** It looks for peers on the local network. Default true. */
  readonly discovers?: boolean;
  /** Ports of UDP that WebRTC may use, the first and the last. Default: any. */
  readonly udpPorts?: readonly [first: number, last: number];
}

export interface LanDiscoveryOptions {
  /** Only peers with the same tag find each other: a DNS label. */
  readonly tag: string;
  /** Whether to answer others too; without addresses there is nothing to say. */
  readonly answer: boolean;
  /** Called for each answer, also from peers found before. Nothing in it is proved. */
  readonly found: (id: string, addresses: readonly string[]) => void;
}

export interface LanDiscovery {
  /** For libp2p's `peerDiscovery`. */
  readonly factory: unknown;
  /** Asks now. */
  readonly ask: () => void;
  readonly close: () => void;
}

export interface Platform {
  readonly kind: "node" | "browser" | "simulated";
  /** Milliseconds, monotonic. */
  now(): number;
  /** Milliseconds since 1970 (UTC); may jump. Only for expiry dates and what people read. */
  wallMs(): number;
  /** 0 ≤ x < 1, for jitter; not for secrets. */
  random(): number;
  randomBytes(count: number): Uint8Array<ArrayBuffer>;
  /** Calls back once after `delayMs`; it does not keep the process alive. */
  startTimer(delayMs: number, callback: () => void): TimerHandle;
  stopTimer(timer: TimerHandle): void;
  /** Calls back after the host's event loop has had its turn (never by a timer: those are throttled in hidden tabs). */
  nextTurn(callback: () => void): void;
  /** Calls back when the current callback ends, before the event loop's turn. */
  microtask(callback: () => void): void;
  /**
   * From a call with true to one with false the process stays alive though nothing else keeps it; several runtimes may
   * hold it at a time, each calls in turns. No effect in browsers.
   */
  keepAlive(on: boolean): void;
  /**
   * Runs `fn` as work of a background task, or not: {@link Platform.inBackground} says so in all that goes on from it.
   * Both are absent where nothing keeps a process alive.
   */
  runAs?<T>(background: boolean, fn: () => T): T;
  inBackground?(): boolean;
  /**
   * Calls back each time the process would end because nothing keeps it alive, until the function it gives is called.
   * Absent where there is no process.
   */
  onDrain?(callback: () => void): () => void;
  /** Ends the process because only waits that nothing can end are left, with exit code 13. Absent where there is no process. */
  endStuck?(report: string): void;
  /** Reports an error that nobody handles, once. */
  reportUnhandled(error: unknown): void;

  // Synchronous, so that simulated runs repeat; WebCrypto is missing on plain-http pages.
  sha256(bytes: Uint8Array): Uint8Array<ArrayBuffer>;
  /** The same off this thread, where the host can: `bytes` may be changed as soon as it returns. */
  sha256Aside?(bytes: Uint8Array): Promise<Uint8Array<ArrayBuffer>>;
  hmacSha256(key: Uint8Array, bytes: Uint8Array): Uint8Array<ArrayBuffer>;
  generateKey(): KeyPair;
  /** The pair of an Ed25519 private key (seed) of 32 bytes. */
  keyPair(privateKey: Uint8Array): KeyPair;
  sign(privateKey: Uint8Array, bytes: Uint8Array): Uint8Array<ArrayBuffer>;
  verify(publicKey: Uint8Array, bytes: Uint8Array, signature: Uint8Array): boolean;

  /** A file by its path, to be sent. Absent where there are none. @throws {SkeinError} `FILE_FAILED` */
  openFile?(path: string): Promise<FileSource>;

  /** Absent in the simulator. A function loads libp2p's parts when a peer is made, so that programs without one don't pay for them. */
  readonly network?: NetworkParts | ((wishes: NetworkWishes) => Promise<NetworkParts>);
}

let installed: Platform | undefined;

/** The host packages call this on import: the default runtime then has a host. The first one stays. */
export function installPlatform(platform: Platform): void {
  installed ??= platform;
}

/** For test files that share a page: the next one installs its own. */
export function uninstallPlatform(): void {
  installed = undefined;
}

/** The platform a host package installed, if any. */
export function installedPlatform(): Platform | undefined {
  return installed;
}
