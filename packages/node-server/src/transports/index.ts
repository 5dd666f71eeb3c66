/** What libp2p needs of Node: TCP, WebSocket and fast encryption. Loaded only when a peer starts. */
import { webSockets } from "@libp2p/websockets";
import type { NetworkParts, NetworkWishes } from "@skein/runtime";
import { corkedTcp } from "./corked-tcp.ts";
import { lanDiscovery } from "./mdns.ts";
import { fastNoiseCrypto } from "./noise-crypto.ts";
import { relayServer } from "./relay.ts";

/** Longest that a timer can be: sockets are closed by heartbeats that fail to come, not by silence. */
const NEVER_MS = 0x7fff_ffff;
/** Bytes a WebSocket may hold before it counts as full, and how often it looks whether it is empty. */
const WS_BUFFERED_BYTES = 1024 * 1024;
const WS_POLL_MS = 2;

export function nodeNetwork({ tls }: NetworkWishes = {}): NetworkParts {
  return {
    transports: [
      corkedTcp({
        inboundSocketInactivityTimeout: NEVER_MS,
        outboundSocketInactivityTimeout: NEVER_MS,
        backlog: 1024,
        dialOpts: { noDelay: true },
        listenOpts: { noDelay: true },
      }),
      webSockets({
        maxBufferedAmount: WS_BUFFERED_BYTES,
        bufferedAmountPollInterval: WS_POLL_MS,
        ...(tls === undefined ? {} : { https: tls }),
      }),
    ],
    noiseCrypto: fastNoiseCrypto(),
    lanDiscovery,
    relayServer,
    dials: ["tcp", "ws", "wss"],
    // A node that no page joins doesn't load it.
    webRtc: async () => (await import("./webrtc-werift.ts")).weriftWebRtc(),
    listens: true,
  };
}
