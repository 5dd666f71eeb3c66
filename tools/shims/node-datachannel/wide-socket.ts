/** Room in the socket for what comes while the process is busy. */
import { Socket } from "node:dgram";
import type { RTCPeerConnection as WeriftConnection } from "werift";

type Ice = WeriftConnection["dtlsTransports"][number]["iceTransport"];

/**
 * Bytes asked for; the system gives what it allows, often twice its usual 200 KiB. That is 90 packets, which a sender
 * fills in 4 ms: those that found no room were lost, and it waited up to 120 ms before it sent them again.
 */
const RECEIVED_BYTES = 4 * 1024 * 1024;

/** To be called once the two sides have found each other. */
export function widenSocket({ connection }: Ice): void {
  const protocol: object | undefined = connection.nominated?.protocol;
  if (protocol === undefined || !("transport" in protocol)) return;
  const { transport } = protocol;
  if (typeof transport !== "object" || transport === null || !("socket" in transport)) return;
  try {
    if (transport.socket instanceof Socket) transport.socket.setRecvBufferSize(RECEIVED_BYTES);
  } catch {
    // It stays as it is, or is closed by now.
  }
}
