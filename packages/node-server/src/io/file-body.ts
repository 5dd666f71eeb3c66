/** The inside of an open file: reads ahead on demand, writes in order, one position for both. */
import type { FileHandle } from "node:fs/promises";
import { type Operation, SkeinError, type WaitOptions } from "@skein/runtime";
import { IO_BUFFER_BYTES, limitsFrom, Wait } from "@skein/runtime/host";
import { ByteReader } from "./byte-reader.ts";

/** The parts that files and named pipes do in their own ways. */
export interface FileParts {
  readonly reader: ByteReader;
  write(bytes: Uint8Array, options: WaitOptions | undefined): Operation<void>;
  /** Absent where there is no position. */
  readonly seekable?: { position(): number; seek(position: number): void };
  close(): Promise<void>;
}

/** Largest piece that is read at once. */
const READ_MOST_BYTES: number = 4 * IO_BUFFER_BYTES;

export interface FileBodyOptions {
  readonly path: string;
  readonly seekable: boolean;
  readonly append: boolean;
  readonly lineLimitBytes: number | undefined;
  readonly failed: (what: string, cause: unknown) => Error;
}

export class FileBody implements FileParts {
  readonly reader: ByteReader;
  readonly seekable?: { position(): number; seek(position: number): void };
  readonly #handle: FileHandle;
  readonly #options: FileBodyOptions;
  /** Where the file is read next; what the reader holds comes before it. */
  #readAt = 0;
  #wanted = false;
  #reading: Promise<void> | undefined;
  #readBytes: number = IO_BUFFER_BYTES;
  /** Counts moves of the position: a read begun before one is not used. */
  #moves = 0;
  readonly #writes = new Set<FileWrite>();
  #writing: Promise<void> | undefined;
  #closed = false;

  constructor(handle: FileHandle, options: FileBodyOptions) {
    this.#handle = handle;
    this.#options = options;
    this.reader = new ByteReader({
      what: options.path,
      code: "FILE_FAILED",
      lineLimitBytes: options.lineLimitBytes,
      source: {
        want: () => {
          this.#wanted = true;
          this.#reading ??= this.#readOn();
        },
        enough: () => {
          this.#wanted = false;
        },
      },
    });
    if (options.seekable) {
      this.seekable = {
        position: () => this.#readAt - this.reader.buffered,
        seek: (position) => this.#moveTo(position),
      };
    }
  }

  write(bytes: Uint8Array, options: WaitOptions | undefined): Operation<void> {
    return new FileWrite(this, bytes, options);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.reader.close(() => this.closedError());
    await this.#writing;
    await this.#reading;
    await this.#handle.close();
  }

  closedError(): SkeinError {
    return new SkeinError("FILE_FAILED", `${this.#options.path} was closed`, { hint: "open it again" });
  }

  get path(): string {
    return this.#options.path;
  }

  /** For {@link FileWrite}. */
  join(write: FileWrite): void {
    if (this.#closed) {
      write.fail(() => this.closedError());
      return;
    }
    this.#writes.add(write);
    this.#writing ??= this.#writeOn();
  }

  /** One that has not begun is withdrawn. */
  leave(write: FileWrite): void {
    this.#writes.delete(write);
  }

  async #readOn(): Promise<void> {
    while (this.#wanted && !this.#closed) {
      // Writes come first: they were asked for earlier, and move the position.
      if (this.#writing !== undefined) await this.#writing;
      const moves = this.#moves;
      const buffer = Buffer.allocUnsafeSlow(this.#readBytes);
      try {
        const at = this.#options.seekable ? this.#readAt : null;
        const { bytesRead } = await this.#handle.read(buffer, 0, buffer.length, at);
        if (moves !== this.#moves) continue;
        this.#readAt += bytesRead;
        // Who reads on gets larger pieces: each costs a trip through a thread.
        if (bytesRead === buffer.length) this.#readBytes = Math.min(2 * this.#readBytes, READ_MOST_BYTES);
        if (bytesRead === 0) this.reader.endForNow();
        else this.reader.push(buffer.subarray(0, bytesRead));
      } catch (cause) {
        this.reader.failForNow(() => this.#options.failed(`read ${this.path}`, cause));
      }
    }
    this.#reading = undefined;
  }

  async #writeOn(): Promise<void> {
    for (const write of this.#writes) {
      this.#writes.delete(write);
      try {
        await this.#writeAll(write.bytes);
        write.settle(undefined);
      } catch (cause) {
        write.fail(() => this.#options.failed(`write ${this.path}`, cause));
      }
    }
    this.#writing = undefined;
  }

  async #writeAll(bytes: Uint8Array): Promise<void> {
    const { seekable, append } = this.#options;
    if (seekable) this.#moveTo(this.#readAt - this.reader.buffered);
    let done = 0;
    while (done < bytes.length) {
      const at = seekable && !append ? this.#readAt : null;
      const { bytesWritten } = await this.#handle.write(bytes, done, bytes.length - done, at);
      done += bytesWritten;
      if (seekable) this.#readAt += bytesWritten;
    }
    if (seekable && append) this.#readAt = (await this.#handle.stat()).size;
  }

  #moveTo(position: number): void {
    this.reader.drain();
    this.#readAt = position;
    this.#moves += 1;
  }
}

class FileWrite extends Wait<void> {
  readonly bytes: Uint8Array;
  readonly #body: FileBody;

  constructor(body: FileBody, bytes: Uint8Array, options: WaitOptions | undefined) {
    super(limitsFrom(options));
    this.#body = body;
    this.bytes = bytes;
  }

  protected begin(): boolean {
    this.#body.join(this);
    return false;
  }

  protected abandon(): void {
    this.#body.leave(this);
  }

  describe(): string {
    return `write ${this.#body.path}`;
  }
}
