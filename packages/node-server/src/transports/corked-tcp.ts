/**
 * libp2p's TCP with few system calls: it writes a frame's length and its bytes one by one. Here a small frame is written
 * at once, mostly it is the only one of its turn; what else the turn sends is written together.
 */
import { Socket } from "node:net";
import type { MultiaddrConnection, Transport, Upgrader } from "@libp2p/interface";
import { tcp, type TCPOptions } from "@libp2p/tcp";
import type { Uint8ArrayList } from "uint8arraylist";
import { isOwnBuffer, releaseBuffer } from "./spent-buffers.ts";

/** Bytes that may wait to be written: what one system call takes, and messages wait behind. */
const SOCKET_BUFFER_BYTES = 256 * 1024;
/** Up to this many bytes are put together: copying them costs less than a list does. */
const SMALL_BYTES = 2048;

type MakeTcp = ReturnType<typeof tcp>;

/** As `tcp` of @libp2p/tcp. */
export function corkedTcp(options: TCPOptions): MakeTcp {
  const make = tcp(options);
  return (components) => {
    const transport: Transport = make(components);
    const dial = transport.dial.bind(transport);
    const createListener = transport.createListener.bind(transport);
    transport.dial = (address, given) => dial(address, { ...given, upgrader: corking(given.upgrader) });
    transport.createListener = (given) => createListener({ ...given, upgrader: corking(given.upgrader) });
    return transport;
  };
}

/** The upgrader gets each new connection first: there its socket is found. */
function corking(upgrader: Upgrader): Upgrader {
  return {
    upgradeOutbound: (connection: MultiaddrConnection, options: Parameters<Upgrader["upgradeOutbound"]>[1]) => {
      cork(connection);
      return upgrader.upgradeOutbound(connection, options);
    },
    upgradeInbound: (connection: MultiaddrConnection, options: Parameters<Upgrader["upgradeInbound"]>[1]) => {
      cork(connection);
      return upgrader.upgradeInbound(connection, options);
    },
    createInboundAbortSignal: (signal) => upgrader.createInboundAbortSignal(signal),
    getStreamMuxers: () => upgrader.getStreamMuxers(),
    getConnectionEncrypters: () => upgrader.getConnectionEncrypters(),
  };
}

/**
 * Writes all parts at once and says that it is full only when so much waits: libp2p's own stops after each part that is
 * larger than the socket's high-water mark, once for each 64 KiB of a file. A connection of another version that doesn't
 * show its socket is left as it is.
 */
function cork(connection: MultiaddrConnection): void {
  if (!("socket" in connection) || !("sendData" in connection)) return;
  const { socket, sendData } = connection;
  if (!(socket instanceof Socket) || typeof sendData !== "function") return;
  let begun = false;
  const endTurn = (): void => {
    begun = false;
    socket.uncork();
  };
  connection.sendData = (data: Uint8ArrayList): { sentBytes: number; canSendMore: boolean } => {
    const alone = !begun && data.byteLength <= SMALL_BYTES;
    if (alone) socket.write(data.subarray());
    if (!begun) {
      begun = true;
      socket.cork();
      process.nextTick(endTurn);
    }
    if (!alone) {
      for (const part of data) socket.write(part, isOwnBuffer(part) ? (error) => written(part, error) : undefined);
    }
    // Past the socket's own mark, so its `drain` is sure to come.
    return { sentBytes: data.byteLength, canSendMore: socket.writableLength < SOCKET_BUFFER_BYTES };
  };
}

/** After an error the system may still hold the bytes. */
function written(part: Uint8Array, error: Error | null | undefined): void {
  if (error === null || error === undefined) releaseBuffer(part);
}
