/** What a node asks of its host: processes to run servers in, and a place to keep code. */
import { type Location } from "../contracts/endpoint.ts";
import { type Link } from "../contracts/link.ts";
import { type SkeinError } from "../errors.ts";
import { type CodeDigest, type JobId, type NodeId, type PeerId, type ServerId, type TaskId } from "../ids.ts";
import type { FileStore } from "../peer/files-store.ts";
import type { Allow, Confinement, Isolation } from "./isolation.ts";

/** One running server process, reached by a link that only it and its node hold. */
export interface ServerProcess {
  readonly link: Link;
  /** Process id where there is one. */
  readonly pid?: number;
  /** What it is kept from. Absent: nothing. */
  readonly confinement?: Confinement;
  /** Its own folder at its node, which holds `code`, `files`, `work` and `tmp`. Emptied after its end. */
  readonly folder?: string;
  /** Resolves when the process has ended, however it ended. */
  readonly exited: Promise<ServerProcessExit>;
  /** Ends the process group at once (SIGKILL). Twice does nothing. */
  kill(): void;
  /** Stops the process group where it stands (SIGSTOP), or lets it go on: it waits for its job's next turn. */
  pause?(on: boolean): void;
  /** Tells a task that computes, beside the link: its next `task.checkpoint()` sees it without a turn of the event loop. */
  cancel?(cancel: EarlyCancel): void;
  /** Puts a bundle of the node's store where the process can import it. @throws {SkeinError} `CODE_UNKNOWN` when the store has none */
  giveCode?(digest: CodeDigest): Promise<void>;
  /**
   * Puts what is below the folder `from` of its job into the process's own folder for files: all of it, or the one file
   * whose relative path is `path`. Called before the process is given to the job, and for files that come later.
   */
  giveFiles?(from: string, path?: string): Promise<void>;
  /** Sets who gets the lines that the process prints, as they come. */
  onLine?(take: (line: ServerLine) => void): void;
}

/** A line that a server process printed, without its end. */
export interface ServerLine {
  readonly stream: "stdout" | "stderr";
  readonly text: string;
  /** Whose it is, where that is known. */
  readonly task?: TaskId;
}

/** The cancel of a run of the server's lease, as its process sees it while it computes. */
export interface EarlyCancel {
  readonly serial: number;
  /** Cut where it is long. */
  readonly reason?: string;
  readonly graceMs?: number;
}

export interface ServerProcessExit {
  readonly code: number | undefined;
  readonly signal: string | undefined;
  /** The last lines it wrote to standard error, where there were any: why it died. */
  readonly lastWords?: string;
  /** It was ended by its host for this: too much memory, too much disk. */
  readonly error?: SkeinError;
}

/** Starts server processes. Implemented by `node-server/servers`, and by the simulator. */
export interface ServerHost {
  /** How many lanes this node has. */
  readonly servers: number;
  /** How others' code is confined here, and what is allowed to it beyond that. Absent: it is not. */
  readonly confinement?: Confinement;
  /**
   * Gives a fresh process for `server`, from a spare where one is ready. Numbers 1 to `servers` are CPU lanes, higher
   * ones the I/O servers of jobs, started when they are needed. Without a `confinement` it is the one used most here.
   * @throws {SkeinError} `ISOLATION_FORBIDS` for a confinement that this host can't keep
   */
  start(server: number, confinement?: Confinement): Promise<ServerProcess>;
  /** Ends every process, the spare too. */
  close(): Promise<void>;
}

/** Keeps the files of jobs at a node, in a folder for each. */
export interface JobFolders {
  /** The largest file that is taken for a job. Default: what a peer takes. */
  readonly maxFileBytes?: number;
  /** What a job may have in its folder. Default: as much as a server process in its own. */
  readonly maxBytes?: number;
  /** @throws {SkeinError} `FILE_FAILED` */
  open(job: JobId): Promise<JobFolder>;
}

export interface JobFolder {
  readonly store: FileStore;
  /** Its path, for {@link ServerProcess.giveFiles}. */
  readonly path: string;
  /** Removes it with all that is in it. */
  remove(): Promise<void>;
}

/** Keeps code bundles by digest. `put` checks the digest before anything is kept. `client` relies on it from then on. */
export interface CodeStore {
  has(digest: CodeDigest, client?: PeerId): boolean;
  /** @throws {SkeinError} `CODE_MISMATCH` when the bytes have another digest, `MESSAGE_TOO_LARGE`, `FILE_TOO_LARGE` */
  put(digest: CodeDigest, code: Uint8Array, client?: PeerId): Promise<void>;
  /** What a server process imports. */
  urlOf(digest: CodeDigest): string;
}

/** Makes one ESM bundle of a module and its imports, `skein` and `@skein/*` left out. Node: esbuild. */
export interface Bundler {
  /** @throws {SkeinError} `CODE_NOT_BUNDLABLE`, `MESSAGE_TOO_LARGE` */
  bundle(module: URL, options?: BundleOptions): Promise<Bundle>;
  /**
   * Finds a function or class of this program in its source; hosts that have no way to do so leave it out.
   * @throws {SkeinError} `FUNCTION_NOT_SELF_CONTAINED` with its name, file and line
   */
  readonly find?: (fn: LiveFunction) => FoundFunction;
  /** Makes one bundle of functions that `find` gave, with the declarations and imports they reach. */
  readonly bundleFunctions?: (found: readonly FoundFunction[], options?: BundleOptions) => Promise<FunctionsBundle>;
  /** Reads a bundle's source map, for the stacks of remote errors. */
  readonly originsOf?: (sourceMap: string) => Origins;
}

export interface BundleOptions {
  /** Packages that are not bundled: they are installed at the nodes. */
  readonly packages?: readonly string[];
}

/** Any function or class: its parameters are never looked at. */
export type LiveFunction = (...args: never[]) => unknown;

/** A function as its bundler has found it. */
export interface FoundFunction {
  /** The same for every function that was made at the same place of the same file. */
  readonly key: string;
  readonly name: string;
}

export interface FunctionsBundle extends Bundle {
  /** What each function is exported as, in their order. */
  readonly names: readonly string[];
}

/** Where what stands at a line and column of a bundle (from 1) was written; `undefined` for what nobody wrote. */
export type Origins = (line: number, column: number) => Origin | undefined;

export interface Origin {
  /** A file's URL. */
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

export interface TabLack {
  readonly name: string;
  /** By `import()` only: it may never be reached. */
  readonly dynamic: boolean;
}

export interface Bundle {
  readonly digest: CodeDigest;
  readonly code: Uint8Array;
  /** Names the module exports as functions or classes. */
  readonly exports: readonly string[];
  /** What it imports and browser tabs have not: modules of Node, packages, names of skein that only Node has. */
  readonly lacks: readonly TabLack[];
  /** Source map as JSON text; it stays with the client, which maps remote stacks by it. */
  readonly sourceMap: string;
}

/** Free capacity of a machine; shares 0–1, sizes in bytes. */
export interface NodeLoad {
  readonly cpuIdleShare: number;
  readonly memoryFreeBytes: number;
  readonly swapFreeBytes: number;
  readonly diskFreeBytes: number;
}

/** A machine or tab that runs tasks. */
export interface NodeInfo {
  readonly id: NodeId;
  readonly name: string;
  readonly location: Location;
  /** `process.platform-arch`, "linux-x64"; of a tab its engine, "tab-chromium". */
  readonly platform: string;
  readonly servers: number;
  readonly kind: "node" | "tab";
  readonly labels: Readonly<Record<string, string>>;
  /** Of a tab: the network its scheduler sees it in (the first three parts of its address), where that can be told. */
  readonly network?: string;
  /** How far it confines the code of others than its owner. */
  readonly isolation: Isolation;
  /** What code may do there beyond that, where its job asks for it. */
  readonly allow: Allow;
  /** As the scheduler sees it; absent: at work. `draining`: something of a node that was paused or closed still runs. */
  readonly standing?: "paused" | "draining" | "closed" | "suspected";
  readonly load: NodeLoad;
  readonly about?: NodeAbout;
}

/** What a node says of its program and its machine. What it can't tell is absent. */
export interface NodeAbout {
  /** Version of skein. */
  readonly skein?: string;
  /** What runs it, with its version: "Node 24.11.1", of a tab "Firefox 156". */
  readonly engine?: string;
  /** When the program began, in milliseconds since 1970 by its own clock. */
  readonly startedMs?: number;
  /** Of the whole machine. */
  readonly memoryBytes?: number;
  /** Of the whole disk that it keeps files of jobs on. */
  readonly diskBytes?: number;
}

export interface ServerInfo {
  readonly id: ServerId;
  readonly node: NodeId;
  readonly kind: "cpu" | "io";
}
