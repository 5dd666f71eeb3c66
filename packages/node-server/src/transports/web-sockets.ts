/** libp2p's WebSockets as ours want them. Loads Node's HTTP and TLS, so it is loaded when one is listened on or dialled. */
import { webSockets } from "@libp2p/websockets";
import type { NetworkWishes } from "@skein/runtime";

/** Bytes a WebSocket may hold before it counts as full, and how often it looks whether it is empty. */
const WS_BUFFERED_BYTES = 1024 * 1024;
const WS_POLL_MS = 2;

/** As `webSockets` of @libp2p/websockets. */
export function ownWebSockets(tls: NetworkWishes["tls"]): ReturnType<typeof webSockets> {
  return webSockets({
    maxBufferedAmount: WS_BUFFERED_BYTES,
    bufferedAmountPollInterval: WS_POLL_MS,
    ...(tls === undefined ? {} : { https: tls }),
  });
}
