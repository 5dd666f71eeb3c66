/** A connected host: workers that run there, over the one connection. */
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { Duplex } from "node:stream";
import { fileURLToPath } from "node:url";
import { SkeinError } from "@skein/runtime";
import { POOL_HOST_SILENT_MS, type PoolProcess } from "@skein/runtime/host";
import { FrameSplitter } from "@skein/runtime/worker";
import { poolLink } from "../../links/socketpair.ts";
import type { SshAddress } from "../../ssh-address.ts";
import type { PoolCode } from "../load-function.ts";
import { HOST_HEAD_BYTES, hostFrame, HostWord, piecesOf, readHostFrame } from "./host-words.ts";
import type { SshPlaceOptions } from "./ssh-place.ts";
import { type SshProcess, startSsh } from "./ssh-process.ts";
import { unreachable, wordsOf } from "./unreachable.ts";

interface FarWorker {
  readonly stream: Duplex;
  readonly started: (process: PoolProcess) => void;
  readonly failed: (error: Error) => void;
  readonly exited: (why: string) => void;
  readonly process: Omit<PoolProcess, "name">;
}

export class SshHost {
  readonly #address: SshAddress;
  readonly #ssh: SshProcess;
  readonly #over: () => void;
  readonly #prints: "stdout" | "stderr";
  readonly #workers = new Map<number, FarWorker>();
  /** Bundles that it has. */
  readonly #bundles = new Set<string>();
  readonly #pings: NodeJS.Timeout;
  #count = 0;
  /** Why it has ended. */
  #error: SkeinError | undefined;

  private constructor(address: SshAddress, ssh: SshProcess, { output }: SshPlaceOptions, over: () => void) {
    this.#address = address;
    this.#ssh = ssh;
    this.#over = over;
    this.#prints = output;
    const splitter = new FrameSplitter((frame) => this.#hear(frame), HOST_HEAD_BYTES);
    ssh.output.on("data", (chunk: Buffer) => {
      try {
        splitter.push(new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.length));
      } catch {
        ssh.close();
      }
    });
    ssh.output.resume();
    this.#pings = setInterval(() => this.#send(HostWord.ping, 0), POOL_HOST_SILENT_MS / 4).unref();
    void ssh.ended.then((end) =>
      this.#end(`the connection to ${address.name} has ended: ${wordsOf(end)}`, unreachable(address, end)),
    );
  }

  /** `over` is called once it has ended. @throws {SkeinError} `HOST_UNREACHABLE` */
  static async connect(address: SshAddress, options: SshPlaceOptions, over: () => void): Promise<SshHost> {
    return new SshHost(address, await startSsh(address, options.timeoutMs), options, over);
  }

  /** Cores that Node may use there. */
  get cores(): number {
    return this.#ssh.cores;
  }

  /** @throws {SkeinError} `HOST_UNREACHABLE`, `SETUP_FAILED` */
  async start(): Promise<PoolProcess> {
    if (this.#error !== undefined) throw this.#error;
    this.#count += 1;
    const number = this.#count;
    const stream = this.#streamOf(number);
    const { promise: exited, resolve } = Promise.withResolvers<string>();
    return await new Promise((started, failed) => {
      const process: Omit<PoolProcess, "name"> = {
        link: poolLink(stream, "ssh"),
        exited,
        kill: () => {
          this.#send(HostWord.kill, number);
          this.#exited(number, "it was ended");
        },
        codeFor: (code) => this.#codeFor(code),
      };
      this.#workers.set(number, { stream, started, failed, exited: resolve, process });
      this.#send(HostWord.start, number);
    });
  }

  /** Ends all there. Twice does nothing. */
  close(): void {
    this.#ssh.close();
    this.#end(
      "the pool has closed",
      unreachable(this.#address, { code: null, signal: null, said: "the pool has closed" }),
    );
  }

  #hear(frame: Uint8Array): void {
    const { word, worker: number, bytes } = readHostFrame(frame);
    const worker = this.#workers.get(number);
    if (worker === undefined) return; // it was ended, which it has not heard yet
    if (word === HostWord.link) worker.stream.push(bytes);
    else if (word === HostWord.output) process[this.#prints].write(bytes);
    else if (word === HostWord.errors) process.stderr.write(bytes);
    else if (word === HostWord.started) {
      worker.started({ ...worker.process, name: `${this.#address.name} pid ${textOf(bytes)}` });
    } else if (word === HostWord.exited) this.#exited(number, textOf(bytes));
  }

  #exited(number: number, why: string): void {
    const worker = this.#workers.get(number);
    if (worker === undefined) return;
    this.#workers.delete(number);
    worker.exited(why);
    // Where it had started this does nothing.
    worker.failed(
      this.#error ??
        new SkeinError("SETUP_FAILED", `${this.#address.name} could not start a worker: ${why}`, {
          hint: "look there at the limits for processes, files and memory (ulimit -a)",
        }),
    );
    worker.stream.destroy();
  }

  #end(why: string, error: SkeinError): void {
    if (this.#error !== undefined) return;
    this.#error = error;
    clearInterval(this.#pings);
    this.#over();
    for (const number of this.#workers.keys()) this.#exited(number, why);
  }

  #send(word: HostWord, worker: number, bytes?: Uint8Array, done?: (error?: Error | null) => void): void {
    if (this.#error === undefined) this.#ssh.input.write(hostFrame(word, worker, bytes), done);
    else done?.();
  }

  /** The stream that the link of a worker is made of. */
  #streamOf(number: number): Duplex {
    return new Duplex({
      read: () => undefined, // what comes is pushed: a pool takes all that its workers say
      write: (chunk: Buffer, _encoding, done) => {
        const pieces = [...piecesOf(chunk)];
        const last = pieces.pop();
        for (const piece of pieces) this.#send(HostWord.link, number, piece);
        if (last === undefined) done();
        else this.#send(HostWord.link, number, last, () => done());
      },
    });
  }

  /** Bundles go there before the first call of their functions, once. */
  #codeFor(given: unknown): unknown {
    const code = given as PoolCode; // our pool describes functions so
    if (code.type !== "bundle") return code;
    return { ...code, beside: code.beside.map((url) => this.#put(url)), url: this.#put(code.url) };
  }

  /** @returns where it is there */
  #put(url: string): string {
    const file = fileURLToPath(url);
    const digest = basename(file, ".mjs");
    if (!this.#bundles.has(digest)) {
      this.#bundles.add(digest);
      const pieces = [...piecesOf(readFileSync(file))];
      const named = (piece: Uint8Array): Uint8Array => Buffer.concat([Buffer.from(digest, "latin1"), piece]);
      pieces.forEach((piece, index) => this.#send(HostWord.code, index === pieces.length - 1 ? 1 : 0, named(piece)));
    }
    return `${this.#ssh.folder}${digest}.mjs`;
  }
}

const textOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString();
