/** The bare mechanisms that ours is measured beside: a raw TCP socket, a raw WebSocket, a libp2p stream plain and encrypted. */
import { createServer, connect as connectTcp, type AddressInfo, type Socket } from "node:net";
import { noise } from "@chainsafe/libp2p-noise";
import type { Stream } from "@libp2p/interface";
import { plaintext } from "@libp2p/plaintext";
import { tcp } from "@libp2p/tcp";
import { yamux } from "@libp2p/yamux";
import { multiaddr } from "@multiformats/multiaddr";
import { createLibp2p, type Libp2p } from "libp2p";
import { WebSocket, WebSocketServer } from "ws";

/** "noise" is what ours stands on. */
export const BARE_KINDS = ["tcp", "ws", "plaintext", "noise"] as const;
export type BareKind = (typeof BARE_KINDS)[number];

export const BARE_NAMES: Readonly<Record<BareKind, string>> = {
  tcp: "raw TCP",
  ws: "raw WebSocket",
  plaintext: "bare libp2p stream, not encrypted",
  noise: "bare libp2p stream (tcp, noise, yamux)",
};

/** A stream of bytes, in whatever pieces. */
export interface BareLink {
  /** @returns false when the caller should wait for `drained` before sending more */
  send(bytes: Uint8Array): boolean;
  drained(): Promise<void>;
  onData(take: (bytes: Uint8Array) => void): void;
}

const PROTOCOL = "/bench/1";
/** Bytes a WebSocket may hold before its sender waits. */
const WS_BUFFER_BYTES = 1024 * 1024;

const bareNode = (kind: "plaintext" | "noise", listen: boolean): Promise<Libp2p> =>
  createLibp2p({
    addresses: { listen: listen ? ["/ip4/127.0.0.1/tcp/0"] : [] },
    transports: [tcp()],
    connectionEncrypters: [kind === "noise" ? noise() : plaintext()],
    streamMuxers: [yamux()],
    connectionGater: { denyDialMultiaddr: () => false },
    connectionMonitor: { enabled: false },
  });

/** Listens, and gives the address to dial. */
export async function listenBare(kind: BareKind, onLink: (link: BareLink) => void): Promise<string> {
  switch (kind) {
    case "tcp": {
      const server = createServer({ noDelay: true }, (socket) => onLink(socketLink(socket)));
      await new Promise<void>((resolve) => {
        server.listen(0, "127.0.0.1", resolve);
      });
      // A server that listens on TCP has an address and port.
      return String((server.address() as AddressInfo).port);
    }
    case "ws": {
      const server = new WebSocketServer({ host: "127.0.0.1", port: 0, perMessageDeflate: false });
      server.on("connection", (socket) => onLink(webSocketLink(socket)));
      await new Promise((resolve) => {
        server.once("listening", resolve);
      });
      return `ws://127.0.0.1:${(server.address() as AddressInfo).port}`; // as above
    }
    case "plaintext":
    case "noise": {
      const node = await bareNode(kind, true);
      await node.handle(PROTOCOL, (stream) => onLink(streamLink(stream)));
      return String(node.getMultiaddrs()[0]);
    }
    default:
      return kind satisfies never;
  }
}

export async function dialBare(kind: BareKind, address: string): Promise<{ link: BareLink; close: () => unknown }> {
  switch (kind) {
    case "tcp": {
      const socket = connectTcp({ port: Number(address), host: "127.0.0.1", noDelay: true });
      await new Promise((resolve) => {
        socket.once("connect", resolve);
      });
      return { link: socketLink(socket), close: () => socket.destroy() };
    }
    case "ws": {
      const socket = new WebSocket(address, { perMessageDeflate: false });
      await new Promise((resolve) => {
        socket.once("open", resolve);
      });
      return { link: webSocketLink(socket), close: () => socket.terminate() };
    }
    case "plaintext":
    case "noise": {
      const node = await bareNode(kind, false);
      return { link: streamLink(await node.dialProtocol(multiaddr(address), PROTOCOL)), close: () => node.stop() };
    }
    default:
      return kind satisfies never;
  }
}

function socketLink(socket: Socket): BareLink {
  socket.on("error", () => socket.destroy());
  return {
    send: (bytes) => socket.write(bytes),
    drained: async () => {
      if (socket.writableNeedDrain) {
        await new Promise((resolve) => {
          socket.once("drain", resolve);
        });
      }
    },
    onData: (take) => void socket.on("data", take),
  };
}

function webSocketLink(socket: WebSocket): BareLink {
  let sent: (() => void) | undefined;
  return {
    send: (bytes) => {
      socket.send(bytes, () => {
        if (socket.bufferedAmount < WS_BUFFER_BYTES / 2) sent?.();
      });
      return socket.bufferedAmount < WS_BUFFER_BYTES;
    },
    drained: async () => {
      if (socket.bufferedAmount < WS_BUFFER_BYTES / 2) return;
      await new Promise<void>((resolve) => {
        sent = resolve;
      });
    },
    onData: (take) =>
      // Without fragments or lists, as both ends here send them.
      void socket.on("message", (data) => take(data as Buffer)),
  };
}

function streamLink(stream: Stream): BareLink {
  return {
    send: (bytes) => stream.send(bytes),
    drained: () => stream.onDrain(),
    onData: (take) =>
      stream.addEventListener("message", ({ data }) => {
        for (const part of data instanceof Uint8Array ? [data] : data) take(part);
      }),
  };
}
