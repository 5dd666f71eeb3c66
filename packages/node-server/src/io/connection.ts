/** A stream connection (TCP or TLS) as tasks use it: bytes, lines and frames, pushed back on both sides. */
import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import { type CloseOptions, type Operation, SkeinError, type Stream, type WaitOptions } from "@skein/runtime";
import { CLOSE_FLUSH_MS, Deferred, IO_BUFFER_BYTES, MESSAGE_LIMIT_BYTES } from "@skein/runtime/host";
import { frameHeader } from "./byte-cuts.ts";
import { ByteReader } from "./byte-reader.ts";
import { ByteWriter } from "./byte-writer.ts";

/** One end of a connection. */
export interface HostPort {
  readonly host: string;
  readonly port: number;
}

/** Limits of what a connection receives. */
export interface ConnectionLimits {
  /** Longest line, in bytes. Default 1 MiB; a longer one throws `MESSAGE_TOO_LARGE`. */
  readonly lineLimitBytes?: number;
  /** Longest frame, in bytes. Default 16 MiB; a longer one throws `MESSAGE_TOO_LARGE`. */
  readonly frameLimitBytes?: number;
}

/**
 * A connection that {@link listen} accepted or {@link dial} opened.
 *
 * Receiving gives `undefined` at the end that the other side made, `TIMEOUT` when the time is over (nothing is lost:
 * the next receive gets the same bytes), `CONNECTION_LOST` when the connection broke or was closed here. While nobody
 * receives, 64 KiB are read ahead and the sender is pushed back. Receivers are served first come, first served.
 *
 * `send` waits while 256 KiB are under way; one that times out or is given up has sent nothing. Bytes that were sent
 * must not be changed afterwards.
 *
 * @example
 * const connection = yield* task.use(dial({ host: "example.org", port: 7 }));
 * yield* connection.send("hello\n");
 * const line = yield* connection.receiveLine({ timeoutMs: 5000 });
 */
export class Connection {
  readonly #socket: Socket;
  readonly #limits: ConnectionLimits;
  readonly #reader: ByteReader;
  readonly #writer: ByteWriter;
  readonly #closed = new Deferred<void>("a connection's end");
  #closing = false;
  /** The other end, as the system says it; empty and 0 when the connection has ended already. */
  readonly remote: HostPort;
  readonly local: HostPort;

  /** Takes a connected socket over. */
  constructor(socket: Socket, limits: ConnectionLimits = {}) {
    this.#socket = socket;
    this.#limits = limits;
    this.remote = { host: socket.remoteAddress ?? "", port: socket.remotePort ?? 0 };
    this.local = { host: socket.localAddress ?? "", port: socket.localPort ?? 0 };
    const what = `connection to ${this.remote.host}:${this.remote.port}`;
    this.#writer = new ByteWriter(what, socket, this.#endedHere);
    this.#reader = new ByteReader({
      what,
      source: { want: () => socket.resume(), enough: () => socket.pause() },
      readAhead: true,
      lineLimitBytes: limits.lineLimitBytes,
      frameLimitBytes: limits.frameLimitBytes,
    });
    socket.pause();
    socket.on("data", (chunk: Buffer) => this.#reader.push(chunk));
    socket.on("end", () => this.#reader.end());
    socket.on("error", (cause) => this.#lost(cause));
    socket.on("close", () => {
      this.#lost(undefined);
      this.#closed.resolve();
    });
    this.#reader.start();
  }

  /** "TLSv1.3" and the like; `undefined` on a plain connection. */
  get tlsProtocol(): string | undefined {
    return isTls(this.#socket) ? (this.#socket.getProtocol() ?? undefined) : undefined;
  }

  /** Bytes as they come: at least one, at most 64 KiB. */
  receive(options?: WaitOptions): Operation<Uint8Array | undefined> {
    return this.#reader.some(IO_BUFFER_BYTES, options);
  }

  /**
   * Exactly `count` bytes, held in memory until they are together.
   *
   * @throws {SkeinError} `CONNECTION_LOST` when the end comes after some of them; `receive` still gives those
   */
  receiveExactly(count: number, options?: WaitOptions): Operation<Uint8Array | undefined> {
    return this.#reader.exactly(count, options);
  }

  /** A line of UTF-8 without its `\n` or `\r\n`. The last line needs no newline. */
  receiveLine(options?: WaitOptions): Operation<string | undefined> {
    return this.#reader.line(options);
  }

  /** What one `sendFrame` of the other side sent: 4 bytes of length (big-endian), then that many bytes. */
  receiveFrame(options?: WaitOptions): Operation<Uint8Array | undefined> {
    return this.#reader.frame(options);
  }

  /** All bytes until the end, as they come. */
  chunks(): Stream<Uint8Array> {
    return this.#reader.chunks(IO_BUFFER_BYTES);
  }

  /** All lines until the end. */
  lines(): Stream<string> {
    return this.#reader.lines();
  }

  /** All frames until the end. */
  frames(): Stream<Uint8Array> {
    return this.#reader.frames();
  }

  /** Sends bytes, or a text as UTF-8, whole and in order with other sends. */
  send(bytes: Uint8Array | string, options?: WaitOptions): Operation<void> {
    return this.#writer.send([bytesOf(bytes)], options);
  }

  /**
   * Sends a frame for the other side's `receiveFrame`.
   *
   * @throws {SkeinError} `MESSAGE_TOO_LARGE` over `frameLimitBytes`
   */
  sendFrame(bytes: Uint8Array | string, options?: WaitOptions): Operation<void> {
    const payload = bytesOf(bytes);
    const limit = this.#limits.frameLimitBytes ?? MESSAGE_LIMIT_BYTES;
    if (payload.length > limit) {
      throw new SkeinError("MESSAGE_TOO_LARGE", `a frame of ${payload.length} bytes is over the limit of ${limit}`, {
        hint: "send it in parts, or raise frameLimitBytes on both sides",
      });
    }
    return this.#writer.send([frameHeader(payload.length), payload], options);
  }

  /** Says that nothing more will be sent; receiving goes on. The other side sees the end after what was sent. */
  end(): void {
    this.#writer.end();
  }

  /**
   * Closes it: what was sent still leaves, for at most 5 s (`timeoutMs` says otherwise); sends that wait for room
   * leave too, or with `cancel` get `CONNECTION_LOST`. Who receives gets `CONNECTION_LOST`. Twice does nothing.
   */
  close(options: CloseOptions = {}): Operation<void> {
    if (options.cancel === true) this.#writer.close(this.#closedHere);
    if (this.#closing) return this.#closed;
    this.#closing = true;
    this.#reader.close(this.#closedHere);
    const socket = this.#socket;
    const late = setTimeout(() => socket.destroy(), options.timeoutMs ?? CLOSE_FLUSH_MS);
    socket.once("finish", () => socket.destroy());
    socket.once("close", () => clearTimeout(late));
    if (socket.writableFinished) socket.destroy();
    else this.#writer.end();
    return this.#closed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  readonly #endedHere = (): SkeinError =>
    new SkeinError("CONNECTION_LOST", `${this.#reader.what}: it was ended for sending`, {
      hint: "send before end() or close()",
    });

  readonly #closedHere = (): SkeinError =>
    new SkeinError("CONNECTION_LOST", `${this.#reader.what}: it was closed here`, {
      hint: "receive before close(), or end() it and go on receiving",
    });

  #lost(cause: Error | undefined): void {
    const error = (): SkeinError =>
      new SkeinError("CONNECTION_LOST", `${this.#reader.what} was lost${reasonOf(cause)}`, {
        hint: "dial again; what the other side has of the bytes sent last is not known",
        cause,
      });
    this.#reader.end(error);
    this.#writer.close(this.#closing ? this.#closedHere : error);
  }
}

/** `: CODE: words of the system`, or nothing. */
export function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return "";
  const code = "code" in cause && typeof cause.code === "string" ? cause.code : "";
  if (code === "" || cause.message.includes(code)) return `: ${cause.message}`;
  return cause.message === "" ? `: ${code}` : `: ${code}: ${cause.message}`;
}

const ENCODER = new TextEncoder();

export function bytesOf(bytes: Uint8Array | string): Uint8Array {
  return typeof bytes === "string" ? ENCODER.encode(bytes) : bytes;
}

/** Asking by class would load Node's TLS for every connection. */
function isTls(socket: Socket): socket is TLSSocket {
  return "encrypted" in socket && socket.encrypted === true;
}
