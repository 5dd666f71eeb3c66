/** Listening for TCP and TLS connections. */
import { createServer, type Server, type Socket } from "node:net";
import type { Server as TlsServer } from "node:tls";
import {
  type CloseOptions,
  MINUTE_MS,
  type Operation,
  SkeinError,
  type Stream,
  type WaitOptions,
} from "@skein/runtime";
import { CONNECTIONS_LIMIT, Deferred, DIAL_TIMEOUT_MS, StreamOf } from "@skein/runtime/host";
import { loadTls } from "./builtins.ts";
import { waitFor } from "./callback-wait.ts";
import { Connection, type ConnectionLimits, type HostPort, reasonOf } from "./connection.ts";
import { Handshakes } from "./handshakes.ts";
import { ValueQueue } from "./value-queue.ts";

/** What a TLS listener shows, and whom it lets in. Texts are PEM. */
export interface TlsListenOptions {
  /** The private key. */
  readonly key: string | Uint8Array;
  /** The certificate, followed by those between it and the authority's. */
  readonly cert: string | Uint8Array;
  /** When given, only those connect who show a certificate of this authority. */
  readonly clientCa?: string | Uint8Array;
}

export interface ListenOptions extends WaitOptions, ConnectionLimits {
  /** 0 takes a free one; {@link Listener.port} says which. */
  readonly port: number;
  /** The interface. Default `127.0.0.1`: this machine only; `0.0.0.0` or `::` for all. */
  readonly host?: string;
  readonly tls?: TlsListenOptions;
  /** Connections at once, handshakes included; more are refused. Default 10,000. */
  readonly connections?: number;
}

/** Kernel probes a silent connection after this. */
export const KEEP_ALIVE_AFTER_MS: number = MINUTE_MS;
/** Connections the kernel holds while the event loop is busy. */
const BACKLOG = 4096;

/**
 * Listens for TCP connections, with `tls` for TLS ones (whose handshakes end before they are given out).
 *
 * @throws {SkeinError} `CONNECTION_FAILED` when the port is taken or the interface is not there
 * @example
 * const listener = yield* task.use(listen({ port: 4000 }));
 * yield* listener.forEach((connection) => { task.spawn(serve, [connection]); });
 */
export function listen(options: ListenOptions): Operation<Listener> {
  const host = options.host ?? "127.0.0.1";
  const what = `listen on ${host}:${options.port}`;
  return waitFor<Listener>({ what, limits: options, unclaimed: closeUnclaimed }, (ends) => {
    const server = makeServer(options, what);
    const onError = (cause: Error): void => ends.fail(() => failedError(what, cause));
    server.once("error", onError);
    server.listen({ port: options.port, host, backlog: BACKLOG }, () => {
      server.off("error", onError);
      ends.settle(new Listener(server, options));
    });
    return () => {
      server.on("error", () => {});
      server.close();
    };
  });
}

const closeUnclaimed = (listener: Listener): void => void listener.close();

/** A stream of the connections that were accepted; leaving a loop over it does not close it. */
export class Listener implements Stream<Connection> {
  readonly #server: Server;
  readonly #queue: ValueQueue<Connection>;
  readonly #stream: Stream<Connection>;
  readonly #closed = new Deferred<void>("a listener's end");
  readonly #handshakes: Handshakes | undefined;
  #closing = false;
  #refused = 0;
  readonly host: string;
  readonly port: number;

  /** Takes over a server that listens. */
  constructor(server: Server, limits: ConnectionLimits) {
    this.#server = server;
    const address = server.address();
    // A path's address is a text; ours has always a port.
    const { address: host, port } =
      address === null || typeof address === "string" ? { address: "", port: 0 } : address;
    this.host = host;
    this.port = port;
    this.#queue = new ValueQueue<Connection>(
      `a connection at ${host}:${port}`,
      (connection) => void connection.close({ cancel: true }),
    );
    this.#stream = new StreamOf(() => this.#queue.next());
    const accept = (socket: Socket): void => {
      this.#handshakes?.done(socket);
      this.#queue.push(new Connection(socket, limits));
    };
    const refuse = (): void => {
      this.#refused += 1;
    };
    this.#handshakes = isTls(server) ? new Handshakes(server) : undefined;
    server.on(isTls(server) ? "secureConnection" : "connection", accept);
    server.on("drop", refuse);
    server.on("tlsClientError", refuse);
    // Accepting failed (too many open files): the listener goes on, the kernel keeps or refuses the next ones.
    server.on("error", refuse);
  }

  get address(): HostPort {
    return { host: this.host, port: this.port };
  }

  /** Connections refused because of the limit, a failed handshake, or because the system had no room. */
  get refused(): number {
    return this.#refused;
  }

  /** The next connection; done once the listener is closed. */
  next(options?: WaitOptions): Operation<IteratorResult<Connection, undefined>> {
    return this.#queue.next(options);
  }

  forEach(fn: (connection: Connection) => unknown): Operation<void> {
    return this.#stream.forEach(fn);
  }

  [Symbol.asyncIterator](): AsyncIterator<Connection, undefined> {
    return this.#stream[Symbol.asyncIterator]();
  }

  /** Stops listening. Connections given out are their takers'; those nobody took, and those still in their handshake, are closed. Twice does nothing. */
  close(_options?: CloseOptions): Operation<void> {
    if (this.#closing) return this.#closed;
    this.#closing = true;
    // `close` of the server also waits for its connections; this one doesn't.
    this.#server.close();
    this.#handshakes?.close();
    this.#queue.close();
    this.#closed.resolve();
    return this.#closed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

function makeServer(options: ListenOptions, what: string): Server {
  const socketOptions = {
    // The end of the other side leaves ours open: an answer can follow a request that ended.
    allowHalfOpen: true,
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: KEEP_ALIVE_AFTER_MS,
  };
  const { tls } = options;
  let server: Server;
  if (tls === undefined) server = createServer(socketOptions);
  else {
    try {
      server = loadTls().createServer({
        ...socketOptions,
        key: pem(tls.key),
        cert: pem(tls.cert),
        handshakeTimeout: DIAL_TIMEOUT_MS,
        ...(tls.clientCa === undefined ? {} : { ca: pem(tls.clientCa), requestCert: true, rejectUnauthorized: true }),
      });
    } catch (cause) {
      throw new SkeinError("OPTION_INVALID", `${what}: key or certificate can't be used${reasonOf(cause)}`, {
        hint: "give both as PEM; the certificate must belong to the key",
        cause,
      });
    }
  }
  server.maxConnections = options.connections ?? CONNECTIONS_LIMIT;
  return server;
}

/** Asking by class would load Node's TLS for every listener; only its servers have this. */
function isTls(server: Server): server is TlsServer {
  return "setSecureContext" in server;
}

/** PEM as Node's TLS takes it. */
export function pem(text: string | Uint8Array): string | Buffer {
  return typeof text === "string" ? text : Buffer.from(text);
}

function failedError(what: string, cause: Error): SkeinError {
  return new SkeinError("CONNECTION_FAILED", `${what} failed${reasonOf(cause)}`, {
    hint: "take another port (0 takes a free one), and a host that this machine has",
    cause,
  });
}
