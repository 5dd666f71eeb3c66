/** Files as tasks use them: read and written in order, without blocking other tasks. */
import type { Stats } from "node:fs";
import { open, stat } from "node:fs/promises";
import { type CloseOptions, type Operation, SkeinError, type Stream, type WaitOptions } from "@skein/runtime";
import { Deferred, IO_BUFFER_BYTES } from "@skein/runtime/host";
import { waitFor } from "./callback-wait.ts";
import { bytesOf, reasonOf } from "./connection.ts";
import { FileBody, type FileParts } from "./file-body.ts";
import { openPipe } from "./named-pipe.ts";

/** As in C: `r` read, `w` write anew, `a` append, `+` both, `x` only if it is not there yet. */
export type FileMode = "r" | "r+" | "w" | "w+" | "wx" | "wx+" | "a" | "a+" | "ax" | "ax+";

export interface OpenFileOptions extends WaitOptions {
  /** Default `r`. */
  readonly mode?: FileMode;
  /** Rights of a file that is made. Default 0o666, less what the umask takes. */
  readonly rights?: number;
  /** Longest line, in bytes. Default 1 MiB; a longer one throws `MESSAGE_TOO_LARGE`. */
  readonly lineLimitBytes?: number;
}

/**
 * Opens a file, a device or a named pipe.
 *
 * @throws {SkeinError} `FILE_FAILED` with the system's reason (`ENOENT`, `EACCES`, …)
 * @example
 * const file = yield* task.use(openFile("names.txt"));
 * for (let line = yield* file.readLine(); line !== undefined; line = yield* file.readLine()) greet(line);
 */
export function openFile(path: string, options: OpenFileOptions = {}): Operation<OpenFile> {
  const what = `open ${path}`;
  return waitFor<OpenFile>({ what, limits: options, unclaimed: (file) => void file.close() }, (ends) => {
    let wanted = true;
    const opening = async (): Promise<void> => {
      try {
        const file = await openNow(path, options);
        if (wanted) ends.settle(file);
        else await file.close();
      } catch (cause) {
        ends.fail(() => fileError(what, cause));
      }
    };
    void opening();
    return () => {
      wanted = false;
    };
  });
}

/**
 * An open file. Reads and writes share one position and are done in order. Reading gives `undefined` at the end; a
 * file that has grown since gives more at the next read. A read that times out or is given up loses nothing; a write
 * that has begun is finished also when its wait is given up.
 */
export class OpenFile {
  readonly path: string;
  readonly #parts: FileParts;
  readonly #closed = new Deferred<void>("a file's end").ignore();
  #closing = false;

  constructor(path: string, parts: FileParts) {
    this.path = path;
    this.#parts = parts;
  }

  /** The next bytes: at least one, at most `most` and never more than 64 KiB at once. */
  read(most: number = IO_BUFFER_BYTES, options?: WaitOptions): Operation<Uint8Array | undefined> {
    return this.#parts.reader.some(most, options);
  }

  /**
   * Exactly `count` bytes.
   *
   * @throws {SkeinError} `FILE_FAILED` when the end comes after some of them; `read` still gives those
   */
  readExactly(count: number, options?: WaitOptions): Operation<Uint8Array | undefined> {
    return this.#parts.reader.exactly(count, options);
  }

  /** The next line of UTF-8 without its `\n` or `\r\n`. The last line needs no newline. */
  readLine(options?: WaitOptions): Operation<string | undefined> {
    return this.#parts.reader.line(options);
  }

  /** All that is left, chunk by chunk. */
  chunks(): Stream<Uint8Array> {
    return this.#parts.reader.chunks(IO_BUFFER_BYTES);
  }

  /** All lines that are left. */
  lines(): Stream<string> {
    return this.#parts.reader.lines();
  }

  /** Writes all of it, a text as UTF-8, and waits until the system has it. */
  write(bytes: Uint8Array | string, options?: WaitOptions): Operation<void> {
    return this.#parts.write(bytesOf(bytes), options);
  }

  /**
   * Where the next read or write is, in bytes from the start.
   *
   * @throws {SkeinError} `FILE_FAILED` for pipes, which have no position
   */
  get position(): number {
    return this.#seekable().position();
  }

  /** Reads and writes go on at `position`. Writes of a file opened with `a` go to its end all the same. */
  seek(position: number): void {
    if (!Number.isSafeInteger(position) || position < 0) {
      throw new SkeinError("OPTION_INVALID", `a file has no position ${position}`, { hint: "give 0 or more bytes" });
    }
    this.#seekable().seek(position);
  }

  /** Closes it after the writes that were begun. Twice does nothing. */
  close(_options?: CloseOptions): Operation<void> {
    if (this.#closing) return this.#closed;
    this.#closing = true;
    this.#parts.close().then(
      () => this.#closed.resolve(),
      (cause: unknown) => this.#closed.reject(fileError(`close ${this.path}`, cause)),
    );
    return this.#closed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #seekable(): NonNullable<FileParts["seekable"]> {
    const { seekable } = this.#parts;
    if (seekable !== undefined) return seekable;
    throw new SkeinError("FILE_FAILED", `${this.path} has no position: it is no regular file`, {
      hint: "read and write it in order",
    });
  }
}

async function openNow(path: string, options: OpenFileOptions): Promise<OpenFile> {
  const { mode = "r", rights, lineLimitBytes } = options;
  if ((await statOf(path))?.isFIFO() === true) return new OpenFile(path, await openPipe(path, mode, lineLimitBytes));
  const handle = await open(path, mode, rights);
  try {
    const stats = await handle.stat();
    const body = new FileBody(handle, {
      path,
      seekable: stats.isFile(),
      append: mode.startsWith("a"),
      lineLimitBytes,
      failed: fileError,
    });
    return new OpenFile(path, body);
  } catch (error) {
    await handle.close();
    throw error;
  }
}

async function statOf(path: string): Promise<Stats | undefined> {
  try {
    return await stat(path);
  } catch {
    return undefined; // opening it says why
  }
}

/** What the system refused, as an error of ours. */
function fileError(what: string, cause: unknown): SkeinError {
  return new SkeinError("FILE_FAILED", `${what} failed${reasonOf(cause)}`, {
    hint: "check the path, its rights, and the mode it was opened with",
    cause,
  });
}
