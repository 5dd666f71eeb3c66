/** A link over a stream socket of this machine: the inherited socketpair between a node and a server process. */
import { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { FrameSplitter, Inbox, LENGTH_BYTES, type Link, LINK_CREDIT_BYTES, newSignal } from "@skein/runtime/worker";

/** How long a closed link may still flush what the other end does not read. */
const FLUSH_MS = 1000;

/**
 * Makes a link of a connected socket, which is then the link's alone.
 *
 * @param transport what the console and logs call it
 * @example
 * const link = socketLink(new Socket({ fd: 3 }));
 */
export function socketLink(socket: Socket, transport = "socketpair"): Link {
  return new SocketLink(socket, transport);
}

/** The same for a pool and its worker, over any stream: their frames have no header, and each goes at once. */
export function poolLink(stream: Duplex, transport = "socketpair"): Link {
  return new SocketLink(stream, transport, OF_A_POOL);
}

/**
 * The worker's end, a descriptor that it was started with. It reads into the same bytes again and again, which saves a
 * tenth of a short call's time: whoever receives frames takes what they hold out of them at once.
 */
export function inheritedPoolLink(fd: number): Link {
  const reader: Reader = { take: undefined };
  const socket = new Socket({
    fd,
    readable: true,
    writable: true,
    onread: {
      buffer: new Uint8Array(READ_BYTES),
      callback: (count, bytes) => {
        reader.take?.(bytes.subarray(0, count));
        return true;
      },
    },
  });
  return new SocketLink(socket, "socketpair", { ...OF_A_POOL, reader });
}

interface Manner {
  readonly leastBytes?: number;
  /** Each frame is with the system when `send` returns, if that has room. */
  readonly atOnce?: boolean;
  /** Who reads, where the stream does not. */
  readonly reader?: Reader;
}

/** Gives what was read, which is overwritten then. */
interface Reader {
  take: ((bytes: Uint8Array) => void) | undefined;
}

const OF_A_POOL: Manner = { leastBytes: LENGTH_BYTES, atOnce: true };
/** What is read at once: as much as a stream of Node's reads. */
const READ_BYTES: number = 64 * 1024;

class SocketLink implements Link {
  readonly transport: string;
  readonly #socket: Duplex;
  readonly #inbox = new Inbox((error) => this.abort(error));
  readonly #splitter: FrameSplitter;
  readonly #atOnce: boolean;
  readonly #reader: Reader | undefined;
  readonly #closed = newSignal<Error | undefined>();
  readonly closed: Promise<Error | undefined> = this.#closed.promise;
  #open = true;
  #corked = false;
  #error: Error | undefined;
  #drained: Promise<void> | undefined;

  constructor(socket: Duplex, transport: string, { leastBytes, atOnce = false, reader }: Manner = {}) {
    this.#socket = socket;
    this.#atOnce = atOnce;
    this.#splitter = new FrameSplitter((frame) => this.#inbox.push(frame), leastBytes);
    this.transport = transport;
    if (reader === undefined) {
      // Plain bytes: a Buffer's `slice` would share memory where the runtime expects a copy.
      socket.on("data", (chunk: Buffer) => this.#take(new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.length)));
    } else reader.take = (bytes) => this.#take(bytes);
    this.#reader = reader;
    socket.on("error", (error) => {
      this.#error ??= error;
    });
    socket.on("end", () => this.close());
    socket.on("close", () => {
      this.#open = false;
      this.#closed.resolve(this.#error);
    });
  }

  send(frame: Uint8Array): boolean {
    if (!this.#open) return true;
    if (!this.#corked && !this.#atOnce) {
      // The frames of one callback go with one system call.
      this.#corked = true;
      this.#socket.cork();
      process.nextTick(this.#uncork);
    }
    this.#socket.write(frame);
    return this.#socket.writableLength < LINK_CREDIT_BYTES;
  }

  readonly #uncork = (): void => {
    this.#corked = false;
    this.#socket.uncork();
  };

  async drained(): Promise<void> {
    if (!this.#open || this.#socket.writableLength < LINK_CREDIT_BYTES) return;
    // The socket's own limit is lower than ours, so its `drain` is sure to come, or its end.
    this.#drained ??= new Promise<void>((resolve) => {
      this.#socket.once("drain", resolve);
      void this.closed.then(() => resolve());
    }).finally(() => {
      this.#drained = undefined;
    });
    await this.#drained;
  }

  receive(onFrame: (frame: Uint8Array) => void): void {
    this.#inbox.receive(onFrame);
    // What nobody takes would be overwritten.
    if (this.#reader !== undefined && !this.#inbox.paused) this.#socket.resume();
  }

  pause(): void {
    this.#inbox.pause();
    this.#socket.pause();
  }

  resume(): void {
    this.#inbox.resume();
    if (!this.#inbox.paused) this.#socket.resume();
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    const socket = this.#socket;
    const late = setTimeout(() => socket.destroy(), FLUSH_MS).unref();
    socket.end(() => socket.destroy());
    void this.closed.then(() => clearTimeout(late));
  }

  abort(error: Error): void {
    if (this.#socket.destroyed) return;
    this.#open = false;
    this.#error ??= error;
    this.#inbox.clear();
    this.#socket.destroy();
  }

  #take(chunk: Uint8Array): void {
    try {
      this.#splitter.push(chunk);
    } catch (error) {
      this.abort(error instanceof Error ? error : new Error(String(error)));
    }
  }
}
