/** libp2p's TCP with what one turn sends written at once: it writes a frame's length and its bytes one by one. */
import { Socket } from "node:net";
import type { MultiaddrConnection, Transport, Upgrader } from "@libp2p/interface";
import { tcp, type TCPOptions } from "@libp2p/tcp";

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

/** A connection of another version that doesn't show its socket is left as it is. */
function cork(connection: MultiaddrConnection): void {
  if (!("socket" in connection) || !("sendData" in connection)) return;
  const { socket, sendData } = connection;
  if (!(socket instanceof Socket) || typeof sendData !== "function") return;
  let corked = false;
  connection.sendData = (data: unknown): unknown => {
    if (!corked) {
      corked = true;
      socket.cork();
      process.nextTick(() => {
        corked = false;
        socket.uncork();
      });
    }
    return sendData.call(connection, data);
  };
}
