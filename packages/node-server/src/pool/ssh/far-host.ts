/** The far side of an ssh connection: starts workers, and carries their links over its standard input and output. */
import { type ChildProcess, spawn } from "node:child_process";
import { hash } from "node:crypto";
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { Socket } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { DAY_MS, silentLogger } from "@skein/runtime";
import { POOL_HOST_SILENT_MS } from "@skein/runtime/host";
import { FrameSplitter, LINK_CREDIT_BYTES } from "@skein/runtime/worker";
import { Guardian } from "../../servers/guardian.ts";
import { HOST_HEAD_BYTES, hostFrame, hostLine, HostWord, piecesOf, readHostFrame } from "./host-words.ts";

/** The first argument of a worker's process. */
export const FAR_WORKER = "pool-worker";
/** Programs of pools that nobody has used for so long are removed. */
const KEPT_MS: number = 30 * DAY_MS;
const DIGEST_BYTES = 64;

export interface FarHostOptions {
  /** Standard input, of which nothing was read. */
  readonly input: Socket;
  /** The file of this program. */
  readonly program: string;
}

/** Serves a pool until its connection ends, or nothing comes any more; then all that it has started ends, and this process. */
export function serveHost(options: FarHostOptions): void {
  new FarHost(options).begin();
}

class FarHost {
  readonly #program: string;
  readonly #input: Socket;
  readonly #output = new Socket({ fd: 1, readable: false, writable: true });
  readonly #workers = new Map<number, ChildProcess>();
  readonly #guardian = new Guardian(silentLogger);
  /** Bundles, for the time of the connection. */
  readonly #folder = mkdtempSync(join(tmpdir(), "skein-pool-"));
  /** Bundles that come in pieces. */
  readonly #coming = new Map<string, Uint8Array[]>();
  #heardMs = performance.now();
  #ended = false;

  constructor({ program, input }: FarHostOptions) {
    this.#program = program;
    this.#input = input;
  }

  begin(): void {
    const splitter = new FrameSplitter((frame) => this.#hear(frame), HOST_HEAD_BYTES);
    this.#input.on("data", (chunk: Buffer) => {
      this.#heardMs = performance.now();
      splitter.push(new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.length));
    });
    const end = (): void => this.#end();
    for (const event of ["end", "close", "error"]) this.#input.on(event, end);
    this.#input.resume();
    this.#output.on("error", end).on("drain", () => this.#flow(true));
    for (const signal of ["SIGTERM", "SIGHUP", "SIGINT"]) process.on(signal, end);
    process.on("uncaughtException", (error) => {
      process.stderr.write(`${String(error)}\n`);
      this.#end();
    });
    setInterval(() => {
      if (performance.now() - this.#heardMs > POOL_HOST_SILENT_MS) this.#end();
    }, POOL_HOST_SILENT_MS / 4);
    this.#output.write(hostLine({ folder: pathToFileURL(`${this.#folder}/`).href }));
    this.#guardian.removes(this.#folder);
    removeOld(this.#program);
  }

  #hear(frame: Uint8Array): void {
    const { word, worker, bytes } = readHostFrame(frame);
    if (word === HostWord.start) this.#start(worker);
    else if (word === HostWord.kill) this.#workers.get(worker)?.kill("SIGKILL");
    else if (word === HostWord.link) this.#linkOf(worker)?.write(bytes);
    else if (word === HostWord.code) this.#take(bytes, worker === 1);
  }

  #start(worker: number): void {
    const child = spawn(process.execPath, ["--no-warnings", this.#program, FAR_WORKER], {
      // 3 is the link, as it is for workers of the pool's own machine.
      stdio: ["ignore", "pipe", "pipe", "pipe"],
      windowsHide: true,
    });
    child.once("error", (error) => {
      if (child.pid === undefined) this.#tell(HostWord.exited, worker, `it could not be started: ${error.message}`);
    });
    const { pid } = child;
    const link = child.stdio[3];
    if (pid === undefined || !(link instanceof Socket)) return; // which the error tells
    this.#workers.set(worker, child);
    this.#guardian.watch(pid);
    this.#tell(HostWord.started, worker, String(pid));
    link.on("data", (chunk: Buffer) => this.#send(HostWord.link, worker, chunk));
    link.on("error", () => undefined); // it has ended, which `exit` tells
    child.stdout?.on("data", (chunk: Buffer) => this.#send(HostWord.output, worker, chunk));
    child.stderr?.on("data", (chunk: Buffer) => this.#send(HostWord.errors, worker, chunk));
    child.once("exit", (code, signal) => {
      this.#guardian.forget(pid);
      this.#workers.delete(worker);
      link.destroy();
      this.#tell(
        HostWord.exited,
        worker,
        signal === null ? `it exited with code ${code}` : `it was ended by ${signal}`,
      );
    });
  }

  /** How much of a link waits here is bounded by what its pool gives a worker. */
  #linkOf(worker: number): Socket | undefined {
    const link = this.#workers.get(worker)?.stdio[3];
    return link instanceof Socket ? link : undefined;
  }

  #send(word: HostWord, worker: number, bytes: Uint8Array): void {
    for (const piece of piecesOf(bytes)) this.#output.write(hostFrame(word, worker, piece));
    if (this.#output.writableLength > LINK_CREDIT_BYTES) this.#flow(false);
  }

  #tell(word: HostWord, worker: number, text: string): void {
    this.#send(word, worker, Buffer.from(text));
  }

  /** While the connection takes no more, workers wait. */
  #flow(on: boolean): void {
    for (const child of this.#workers.values()) {
      for (const stream of [child.stdio[3], child.stdout, child.stderr]) {
        if (!(stream instanceof Socket)) continue;
        if (on) stream.resume();
        else stream.pause();
      }
    }
  }

  /** A bundle is whole before the calls of its functions come, as they come behind it. */
  #take(bytes: Uint8Array, isLast: boolean): void {
    const digest = Buffer.from(bytes.subarray(0, DIGEST_BYTES)).toString("latin1");
    if (!/^[0-9a-f]{64}$/.test(digest)) return; // it becomes a file's name
    const pieces = this.#coming.get(digest) ?? [];
    pieces.push(bytes.slice(DIGEST_BYTES));
    this.#coming.set(digest, pieces);
    if (!isLast) return;
    this.#coming.delete(digest);
    const code = Buffer.concat(pieces);
    if (hash("sha256", code, "hex") === digest) writeFileSync(join(this.#folder, `${digest}.mjs`), code);
  }

  #end(): void {
    if (this.#ended) return;
    this.#ended = true;
    for (const child of this.#workers.values()) child.kill("SIGKILL");
    rmSync(this.#folder, { recursive: true, force: true });
    process.exit(0);
  }
}

/** The folder is this user's own, and all in it are such programs. */
function removeOld(program: string): void {
  const folder = dirname(program);
  try {
    for (const name of readdirSync(folder)) {
      const file = join(folder, name);
      if (file !== program && Date.now() - statSync(file).mtimeMs > KEPT_MS) rmSync(file, { force: true });
    }
  } catch {
    // Another pool has removed it.
  }
}
