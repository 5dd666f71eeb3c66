/** Datagrams: sent to an address, received with the sender's, lost and reordered as the network likes. */
import type { RemoteInfo, Socket } from "node:dgram";
import { isIPv6 } from "node:net";
import { type CloseOptions, type Operation, SkeinError, type Stream, type WaitOptions } from "@skein/runtime";
import { completed, DATAGRAMS_LIMIT, StreamOf } from "@skein/runtime/host";
import { loadDgram } from "./builtins.ts";
import { waitFor } from "./callback-wait.ts";
import { bytesOf, type HostPort, reasonOf } from "./connection.ts";
import { ValueQueue } from "./value-queue.ts";

/** A datagram and who sent it. */
export interface Datagram {
  readonly bytes: Uint8Array;
  readonly from: HostPort;
}

export interface UdpOptions extends WaitOptions {
  /** Default 0: a free one; {@link UdpSocket.port} says which. */
  readonly port?: number;
  /** The interface; an IPv6 one makes an IPv6 socket. Default `127.0.0.1`: this machine only; `0.0.0.0` for all. */
  readonly host?: string;
  /** May send to broadcast addresses. */
  readonly broadcast?: boolean;
  /** Multicast groups to join. */
  readonly groups?: readonly string[];
  /** Others of this machine may use the port too, as multicast needs. */
  readonly shared?: boolean;
}

/**
 * Opens a UDP socket.
 *
 * @throws {SkeinError} `CONNECTION_FAILED` when the port is taken or the interface is not there
 * @example
 * const socket = yield* task.use(udp({ port: 5000 }));
 * const { value } = yield* socket.next({ timeoutMs: 1000 });
 */
export function udp(options: UdpOptions = {}): Operation<UdpSocket> {
  const host = options.host ?? "127.0.0.1";
  const what = `udp ${host}:${options.port ?? 0}`;
  return waitFor<UdpSocket>({ what, limits: options, unclaimed: (socket) => void socket.close() }, (ends) => {
    const socket = loadDgram().createSocket({
      type: isIPv6(host) ? "udp6" : "udp4",
      reuseAddr: options.shared ?? false,
    });
    const fail = (cause: unknown): void => {
      socket.on("error", () => {});
      socket.close();
      ends.fail(() => failedError(what, cause));
    };
    socket.once("error", fail);
    socket.bind({ port: options.port ?? 0, address: host }, () => {
      try {
        if (options.broadcast === true) socket.setBroadcast(true);
        for (const group of options.groups ?? []) socket.addMembership(group);
      } catch (error) {
        fail(error);
        return;
      }
      socket.off("error", fail);
      ends.settle(new UdpSocket(socket));
    });
    return () => {
      socket.on("error", () => {});
      socket.close();
    };
  });
}

/** A stream of datagrams. At most 1,000 wait for a receiver; newer ones are dropped and counted, as networks do. */
export class UdpSocket implements Stream<Datagram> {
  readonly #socket: Socket;
  readonly #queue: ValueQueue<Datagram>;
  readonly #stream: Stream<Datagram>;
  #open = true;
  #dropped = 0;
  readonly host: string;
  readonly port: number;

  /** Takes over a bound socket. */
  constructor(socket: Socket) {
    this.#socket = socket;
    const { address, port } = socket.address();
    this.host = address;
    this.port = port;
    this.#queue = new ValueQueue(`a datagram at ${address}:${port}`);
    this.#stream = new StreamOf(() => this.#queue.next());
    socket.on("message", (bytes: Buffer, from: RemoteInfo) => this.#take(bytes, from));
    // Errors of one datagram (nobody there, no route) come back here; UDP promises nothing, the socket stays good.
    socket.on("error", () => {
      this.#dropped += 1;
    });
  }

  get address(): HostPort {
    return { host: this.host, port: this.port };
  }

  /** Datagrams that came while 1,000 waited, and errors that the network sent back. */
  get dropped(): number {
    return this.#dropped;
  }

  /** The next datagram; `undefined` once the socket was closed. */
  receive(options?: WaitOptions): Operation<Datagram | undefined> {
    return this.#queue.take(options);
  }

  next(options?: WaitOptions): Operation<IteratorResult<Datagram, undefined>> {
    return this.#queue.next(options);
  }

  forEach(fn: (datagram: Datagram) => unknown): Operation<void> {
    return this.#stream.forEach(fn);
  }

  [Symbol.asyncIterator](): AsyncIterator<Datagram, undefined> {
    return this.#stream[Symbol.asyncIterator]();
  }

  /**
   * Sends a datagram and waits until the system has it. At most 65,507 bytes; above about 1,400 the network cuts it
   * into parts that get lost together.
   *
   * @throws {SkeinError} `CONNECTION_LOST` when the socket is closed or the system refuses the datagram
   */
  send(bytes: Uint8Array | string, to: HostPort, options?: WaitOptions): Operation<void> {
    const what = `udp send to ${to.host}:${to.port}`;
    return waitFor<void>({ what, limits: options }, (ends) => {
      if (!this.#open) {
        ends.fail(() => sendError(what, new Error("the socket was closed")));
        return undefined;
      }
      this.#socket.send(bytesOf(bytes), to.port, to.host, (cause) => {
        if (cause === null) ends.settle();
        else ends.fail(() => sendError(what, cause));
      });
      return undefined;
    });
  }

  /** Closes it; who waits for a datagram gets the end. Twice does nothing. */
  close(_options?: CloseOptions): Operation<void> {
    if (this.#open) {
      this.#open = false;
      this.#socket.close();
      this.#queue.close();
    }
    return completed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #take(bytes: Buffer, from: RemoteInfo): void {
    if (this.#queue.size >= DATAGRAMS_LIMIT) {
      this.#dropped += 1;
      return;
    }
    this.#queue.push({
      bytes: new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length),
      from: { host: from.address, port: from.port },
    });
  }
}

function failedError(what: string, cause: unknown): SkeinError {
  return new SkeinError("CONNECTION_FAILED", `${what} failed${reasonOf(cause)}`, {
    hint: "take another port (0 takes a free one), and a host that this machine has",
    cause,
  });
}

function sendError(what: string, cause: Error): SkeinError {
  return new SkeinError("CONNECTION_LOST", `${what} failed${reasonOf(cause)}`, {
    hint: "open the socket again, or send fewer bytes",
    cause,
  });
}
