/** What libp2p needs of Node: TCP, WebSocket and fast encryption. Loaded only when a peer starts. */
import type { NetworkParts, NetworkWishes } from "@skein/runtime";
import { corkedTcp } from "./corked-tcp.ts";
import { dialledWebSockets } from "./dialled-web-sockets.ts";
import { fastNoiseCrypto } from "./noise-crypto.ts";

/** Longest that a timer can be: sockets are closed by heartbeats that fail to come, not by silence. */
const NEVER_MS = 0x7fff_ffff;

/** Loads besides TCP only what is wished for: a program that dials is to be at work soon. */
export async function nodeNetwork({
  tls,
  listens = true,
  discovers = true,
  udpPorts,
}: NetworkWishes = {}): Promise<NetworkParts> {
  const [webSockets, relayServer, lanDiscovery] = await Promise.all([
    listens ? import("./web-sockets.ts").then((loaded) => loaded.ownWebSockets(tls)) : dialledWebSockets(),
    listens ? import("./relay.ts").then((loaded) => loaded.relayServer) : undefined,
    discovers ? import("./mdns.ts").then((loaded) => loaded.lanDiscovery) : undefined,
  ]);
  return {
    transports: [
      corkedTcp({
        inboundSocketInactivityTimeout: NEVER_MS,
        outboundSocketInactivityTimeout: NEVER_MS,
        backlog: 1024,
        dialOpts: { noDelay: true },
        listenOpts: { noDelay: true },
      }),
      webSockets,
    ],
    noiseCrypto: fastNoiseCrypto(),
    ...(lanDiscovery === undefined ? {} : { lanDiscovery }),
    ...(relayServer === undefined ? {} : { relayServer }),
    dials: ["tcp", "ws", "wss"],
    // A node that no page joins doesn't load it.
    webRtc: async () => (await import("./webrtc-werift.ts")).weriftWebRtc(udpPorts),
    listens: true,
  };
}
