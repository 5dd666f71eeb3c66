/** libp2p's WebSockets for who only dials: loaded with the first address that needs them. */
import {
  type Connection,
  type DialTransportOptions,
  type Listener,
  type MultiaddrFilter,
  serviceCapabilities,
  type Transport,
  transportSymbol,
} from "@libp2p/interface";
import type { WebSocketsComponents } from "@libp2p/websockets";

type Multiaddr = Parameters<Transport["dial"]>[0];

/** With or without the peer that is expected there; not what a relay carries. */
const WEB_SOCKET = /\/wss?(?:\/http-path\/[^/]+)?(?:\/p2p\/[^/]+)?$/;

/** As `webSockets` of @libp2p/websockets. */
export const dialledWebSockets =
  () =>
  (components: WebSocketsComponents): Transport =>
    new DialledWebSockets(components);

class DialledWebSockets implements Transport {
  readonly [transportSymbol] = true as const;
  readonly [Symbol.toStringTag] = "skein/dialled-web-sockets";
  readonly [serviceCapabilities]: string[] = ["@libp2p/transport"];
  readonly listenFilter: MultiaddrFilter = () => [];
  readonly dialFilter: MultiaddrFilter = (addresses) => addresses.filter((one) => WEB_SOCKET.test(one.toString()));
  readonly #components: WebSocketsComponents;
  #loaded: Promise<Transport> | undefined;

  constructor(components: WebSocketsComponents) {
    this.#components = components;
  }

  async dial(address: Multiaddr, options: DialTransportOptions): Promise<Connection> {
    this.#loaded ??= this.#load();
    return await (await this.#loaded).dial(address, options);
  }

  createListener(): Listener {
    throw new TypeError("who listens on WebSockets loads them at the start");
  }

  async #load(): Promise<Transport> {
    return (await import("./web-sockets.ts")).ownWebSockets(undefined)(this.#components);
  }
}
