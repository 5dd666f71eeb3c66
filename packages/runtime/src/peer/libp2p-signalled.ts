/**
 * libp2p's WebRTC as a transport that is loaded when the first connection is to become one. The two sides agree on it
 * over the connection they have, and only members may ask.
 */
import type { CircuitRelayTransportComponents } from "@libp2p/circuit-relay-v2";
import {
  type Connection,
  type DialTransportOptions,
  type Listener,
  serviceCapabilities,
  type Startable,
  type Stream,
  type StreamHandler,
  type Transport,
  transportSymbol,
} from "@libp2p/interface";
import type { Multiaddr } from "@multiformats/multiaddr";
import { errorFrom } from "../errors.ts";
import { isSignalled } from "./address.ts";

type Components = CircuitRelayTransportComponents;
type MakeTransport = (components: Components) => Transport & Startable;

/** For libp2p's `transports`. */
export type SignalledTransportFactory = (components: Components) => Transport;

/** What @libp2p/webrtc names its own. */
const SIGNALLING_PROTOCOL = "/webrtc-signaling/0.0.1";
/** Of one peer, that are agreed on at a time. */
const AGREEING_LIMIT = 4;

/** `load` gives a factory of @libp2p/webrtc. */
export const signalledTransport =
  (load: () => Promise<unknown>, isMember: (peer: string) => boolean): SignalledTransportFactory =>
  (components) =>
    new SignalledTransport(components, load, isMember);

class SignalledTransport implements Transport, Startable {
  readonly [transportSymbol] = true;
  readonly [Symbol.toStringTag] = "skein/webrtc";
  readonly [serviceCapabilities]: string[] = ["@libp2p/transport"];
  readonly #components: Components;
  readonly #load: () => Promise<unknown>;
  readonly #isMember: (peer: string) => boolean;
  #inner: Promise<Transport> | undefined;
  #answer: StreamHandler | undefined;

  constructor(components: Components, load: () => Promise<unknown>, isMember: (peer: string) => boolean) {
    this.#components = components;
    this.#load = load;
    this.#isMember = isMember;
  }

  async start(): Promise<void> {
    const limits = { runOnLimitedConnection: true, maxInboundStreams: AGREEING_LIMIT };
    const asked = (stream: Stream, connection: Connection): void => void this.#asked(stream, connection);
    await this.#components.registrar.handle(SIGNALLING_PROTOCOL, asked, limits);
  }

  async stop(): Promise<void> {
    await this.#components.registrar.unhandle(SIGNALLING_PROTOCOL);
  }

  dialFilter(addresses: Multiaddr[]): Multiaddr[] {
    return addresses.filter((address) => isSignalled(address.toString()));
  }

  /** It is there without listening. */
  listenFilter(): Multiaddr[] {
    return [];
  }

  createListener(): Listener {
    throw new Error("nobody listens for WebRTC");
  }

  async dial(address: Multiaddr, options: DialTransportOptions): Promise<Connection> {
    const inner = await this.#loaded();
    return await inner.dial(address, options);
  }

  /** What the other side says meanwhile waits in the stream. */
  async #asked(stream: Stream, connection: Connection): Promise<void> {
    try {
      if (!this.#isMember(connection.remotePeer.toString())) throw new Error("join first");
      await this.#loaded();
      await this.#answer?.(stream, connection);
    } catch (error) {
      stream.abort(errorFrom(error));
    }
  }

  #loaded(): Promise<Transport> {
    this.#inner ??= this.#start();
    // When it can't be loaded now, it may be later.
    this.#inner.catch(() => (this.#inner = undefined));
    return this.#inner;
  }

  async #start(): Promise<Transport> {
    // The host package made it for libp2p, as Platform's comment says.
    const make = (await this.#load()) as MakeTransport;
    const registrar = this.#capturing();
    const inner = make(
      new Proxy(this.#components, {
        get: (target, key) => (key === "registrar" ? registrar : Reflect.get(target, key)),
      }),
    );
    // It would keep every closed connection until the end: a browser has 500 in a page's life. The host closes them.
    Object.defineProperty(inner, "_closeOnShutdown", { value: () => undefined });
    await inner.start();
    return inner;
  }

  /** Takes the handler that it registers: what comes is handed to that by this one. */
  #capturing(): Components["registrar"] {
    const { registrar } = this.#components;
    return new Proxy(registrar, {
      get: (target, key): unknown => {
        if (key === "handle") {
          return async (_protocol: string, handler: StreamHandler) => {
            this.#answer = handler;
            await Promise.resolve();
          };
        }
        const value: unknown = Reflect.get(target, key);
        return typeof value === "function" ? value.bind(target) : value;
      },
    });
  }
}
