/** Programs of the system, alone or in a chain: what one prints the next one reads, pushed back all the way. */
import type { ChildProcess } from "node:child_process";
import { type Readable, pipeline } from "node:stream";
import {
  type CloseOptions,
  deadline,
  op,
  type Operation,
  SkeinError,
  type Stream,
  type WaitOptions,
} from "@skein/runtime";
import { atTaskEnd, Deferred, IO_BUFFER_BYTES, PROGRAM_KILL_AFTER_MS } from "@skein/runtime/host";
import { ByteReader } from "./byte-reader.ts";
import { type ByteSink, ByteWriter } from "./byte-writer.ts";
import { waitFor } from "./callback-wait.ts";
import { bytesOf } from "./connection.ts";
import { ErrorOutput } from "./error-output.ts";
import { collectOutput, type OutputOptions, type ProgramOutput } from "./program-output.ts";
import {
  notStarted,
  type ProgramEnd,
  type StartedProgram,
  startProgram,
  type StartProgramOptions,
} from "./start-program.ts";

export interface CommandOptions extends StartProgramOptions {
  /** Aborting kills the programs. In async tasks pass the task's. */
  readonly signal?: AbortSignal;
  /** Longest line of output, in bytes. Default 1 MiB. */
  readonly lineLimitBytes?: number;
}

/** How the last program of a chain ended, and all of them in order. */
export interface ProgramExit extends ProgramEnd {
  readonly all: readonly ProgramEnd[];
}

/**
 * Starts a program, without a shell: `args` are handed over as they are. `pipe` starts another one that reads its output.
 * Started in a generator task, it is killed when that task ends; elsewhere `signal`, `task.use` or `close` do that.
 *
 * @throws {SkeinError} `PROGRAM_FAILED`, from whatever is waited on, when it can't be started
 * @example
 * const count = command("grep", ["-i", "error", "app.log"]).pipe("wc", ["-l"]);
 * const { text } = yield* count.output();
 */
export function command(file: string, args: readonly string[] = [], options: CommandOptions = {}): Program {
  return new Program(file, args, options);
}

/**
 * A running program or chain. `write` goes to the first one, `read`, `lines` and `output` come from the last one: while
 * nobody reads, the chain waits. Standard error of all is kept (64 KiB, the oldest dropped) until somebody asks for it.
 */
export class Program {
  readonly #options: CommandOptions;
  readonly #programs: StartedProgram[] = [];
  readonly #errors = new ErrorOutput();
  readonly #writer: ByteWriter;
  readonly #owner: Disposable;
  #reader: ByteReader | undefined;
  #exit: Deferred<ProgramExit> | undefined;
  #killTimer: NodeJS.Timeout | undefined;
  #running = 0;
  /** Why one of them could not be started. */
  #failure: Error | undefined;

  /** Use {@link command}. */
  constructor(file: string, args: readonly string[], options: CommandOptions) {
    this.#options = options;
    const stdin = this.#start(file, args, options)?.stdin;
    this.#writer = new ByteWriter(`input of ${file}`, stdin ?? NO_SINK, () => this.#failure ?? endedError(file));
    if (stdin === null || stdin === undefined) this.#writer.close();
    stdin?.on("error", () => this.#writer.close());
    stdin?.on("close", () => this.#writer.close());
    this.#owner = atTaskEnd(() => this.kill());
    options.signal?.addEventListener("abort", this.#onAbort, { once: true });
    if (options.signal?.aborted === true) this.kill();
  }

  /** Process ids, in the chain's order; none for what could not be started. */
  get pids(): readonly number[] {
    return this.#programs.flatMap(({ child }) => child?.pid ?? []);
  }

  /**
   * Starts another program that reads what the last one prints.
   *
   * @throws {SkeinError} `OPTION_INVALID` when the output was asked for already
   */
  pipe(file: string, args: readonly string[] = [], options: StartProgramOptions = {}): this {
    if (this.#reader !== undefined || this.#exit !== undefined) {
      throw new SkeinError("OPTION_INVALID", `${file} can't be added: the chain's output or exit was asked for`, {
        hint: "call pipe() before lines(), read(), output() and exit()",
      });
    }
    const from = this.#stdout;
    const stdin = this.#start(file, args, { ...options, stdin: "pipe" })?.stdin;
    // An end of the reader ends the writer too, as a broken pipe does in a shell.
    if (from !== undefined && stdin) pipeline(from, stdin, () => from.destroy());
    else from?.destroy();
    return this;
  }

  /** Writes to the first program's standard input, pushed back while it does not read. */
  write(bytes: Uint8Array | string, options?: WaitOptions): Operation<void> {
    return this.#writer.send([bytesOf(bytes)], options);
  }

  /** Ends the first program's standard input, after what was written. */
  end(): void {
    this.#writer.end();
  }

  /** Output as it comes: at most 64 KiB; `undefined` at its end. */
  read(options?: WaitOptions): Operation<Uint8Array | undefined> {
    return this.#output().some(IO_BUFFER_BYTES, options);
  }

  /** The next line of output; `undefined` at its end. */
  readLine(options?: WaitOptions): Operation<string | undefined> {
    return this.#output().line(options);
  }

  /** The lines that the last program prints. */
  lines(): Stream<string> {
    return this.#output().lines();
  }

  chunks(): Stream<Uint8Array> {
    return this.#output().chunks(IO_BUFFER_BYTES);
  }

  /** The lines that all programs print on standard error. From now on programs wait while nobody reads them. */
  errorLines(): Stream<string> {
    return this.#errors.lines();
  }

  /**
   * Waits until all programs have ended. It does not throw for an exit code. Output that nobody asked for by then is
   * thrown away.
   */
  exit(options?: WaitOptions): Operation<ProgramExit> {
    return waitFor<ProgramExit>({ what: `exit of ${this.#name}`, limits: options }, (ends) => {
      if (this.#reader === undefined) this.#stdout?.resume();
      this.#exited().then(
        (exit) => ends.settle(exit),
        (error: unknown) => ends.fail(error instanceof Error ? error : new Error(String(error))),
      );
      return undefined;
    });
  }

  /**
   * Writes `input`, ends standard input and gives all that is printed, once the programs have ended. When it times
   * out or is given up, they are killed.
   *
   * @throws {SkeinError} `PROGRAM_FAILED` for an exit code other than 0, unless `anyCode`; `MESSAGE_TOO_LARGE`; `TIMEOUT`
   */
  output(options: OutputOptions = {}): Operation<ProgramOutput> {
    const collecting = op(collectOutput, [this, this.#errors, options]);
    return options.timeoutMs === undefined ? collecting : deadline(options.timeoutMs, collecting);
  }

  /** The last lines of standard error that nobody has read. */
  get lastErrors(): string {
    return this.#errors.kept;
  }

  /** Tells the programs to end (`SIGTERM`); those that have not after 5 s are killed. */
  kill(): void {
    for (const { child } of this.#programs) child?.kill();
    if (this.#running === 0 || this.#killTimer !== undefined) return;
    this.#killTimer = setTimeout(() => {
      for (const { child } of this.#programs) child?.kill("SIGKILL");
    }, PROGRAM_KILL_AFTER_MS).unref();
  }

  /** Ends standard input and waits for the programs to end; with `cancel`, or after `timeoutMs`, they are killed. */
  close(options: CloseOptions = {}): Operation<void> {
    this.end();
    this.#stdout?.resume();
    if (options.cancel === true) this.kill();
    const late = options.timeoutMs === undefined ? undefined : setTimeout(() => this.kill(), options.timeoutMs).unref();
    const closed = new Deferred<void>(`end of ${this.#name}`);
    const wait = async (): Promise<void> => {
      try {
        await this.#exited();
      } catch {
        // That it could not be started is told by all else.
      }
      clearTimeout(late);
      closed.resolve();
    };
    void wait();
    return closed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close({ cancel: true });
  }

  readonly #onAbort = (): void => this.kill();

  get #name(): string {
    return this.#programs.map(({ file }) => file).join(" | ");
  }

  /** Output of the last program; none when it was not started. */
  get #stdout(): Readable | undefined {
    return this.#programs.at(-1)?.child?.stdout ?? undefined;
  }

  #start(file: string, args: readonly string[], options: StartProgramOptions): ChildProcess | undefined {
    const failed = this.#failure;
    const started = failed === undefined ? startProgram(file, args, options) : notStarted(file, failed);
    const { child, ended } = started;
    this.#failure ??= started.failure;
    this.#programs.push(started);
    this.#running += 1;
    if (child?.stderr) this.#errors.add(child.stderr);
    const one = (): void => {
      this.#running -= 1;
      if (this.#running > 0) return;
      clearTimeout(this.#killTimer);
      this.#owner[Symbol.dispose]();
      this.#options.signal?.removeEventListener("abort", this.#onAbort);
    };
    ended.then(one, (error: unknown) => {
      this.#fail(error instanceof Error ? error : new Error(String(error)));
      one();
    });
    return child;
  }

  /** One of them could not be started: the others would wait for it, and what they print means nothing. */
  #fail(error: Error): void {
    this.#failure ??= error;
    this.#reader?.close(() => error);
    this.#errors.fail(error);
    this.#writer.close();
    this.kill();
  }

  #exited(): Operation<ProgramExit> {
    if (this.#exit !== undefined) return this.#exit;
    const exit = new Deferred<ProgramExit>(`exit of ${this.#name}`).ignore();
    this.#exit = exit;
    void (async () => {
      try {
        const all = await Promise.all(this.#programs.map(({ ended }) => ended));
        exit.resolve({ ...(all.at(-1) ?? { code: undefined }), all });
      } catch (error) {
        exit.reject(error);
      }
    })();
    return exit;
  }

  /** The reader of the last program's output; from the first call on it is pushed back when nobody reads. */
  #output(): ByteReader {
    if (this.#reader !== undefined) return this.#reader;
    const stdout = this.#stdout;
    const reader = new ByteReader({
      what: `output of ${this.#name}`,
      code: "PROGRAM_FAILED",
      lineLimitBytes: this.#options.lineLimitBytes,
      source: { want: () => void stdout?.resume(), enough: () => void stdout?.pause() },
    });
    this.#reader = reader;
    stdout?.pause();
    stdout?.on("data", (chunk: Buffer) => reader.push(chunk));
    // A program that could not be started has no output; that is no end of one.
    const end = (): void => {
      const failure = this.#failure;
      reader.end(failure === undefined ? undefined : () => failure);
    };
    if (stdout === undefined || stdout.closed || this.#failure !== undefined) end();
    else stdout.once("close", end);
    return reader;
  }
}

/** Stands where nothing can be written. */
const NO_SINK: ByteSink = { writableLength: 0, cork() {}, uncork() {}, write: () => true, end() {} };

function endedError(file: string): SkeinError {
  return new SkeinError("PROGRAM_FAILED", `${file} takes no more input`, {
    hint: "it has ended, or end() was called; exit() says how it ended",
  });
}
