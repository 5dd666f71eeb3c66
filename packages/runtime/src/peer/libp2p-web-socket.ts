/** WebSockets that end when they are dropped: libp2p closes them with a code that no WebSocket takes, so they stay open. */
import type { MultiaddrConnection, Transport, Upgrader } from "@libp2p/interface";

/** As a transport of libp2p; a connection of another version that doesn't show its WebSocket is left as it is. */
export function endingWebSockets(transport: Transport): Transport {
  const dial = transport.dial.bind(transport);
  const createListener = transport.createListener.bind(transport);
  transport.dial = (address, given) => dial(address, { ...given, upgrader: ending(given.upgrader) });
  transport.createListener = (given) => createListener({ ...given, upgrader: ending(given.upgrader) });
  return transport;
}

/** The upgrader gets each new connection first. */
function ending(upgrader: Upgrader): Upgrader {
  return {
    upgradeOutbound: (connection: MultiaddrConnection, options: Parameters<Upgrader["upgradeOutbound"]>[1]) => {
      endWhenDropped(connection);
      return upgrader.upgradeOutbound(connection, options);
    },
    upgradeInbound: (connection: MultiaddrConnection, options: Parameters<Upgrader["upgradeInbound"]>[1]) => {
      endWhenDropped(connection);
      return upgrader.upgradeInbound(connection, options);
    },
    createInboundAbortSignal: (signal) => upgrader.createInboundAbortSignal(signal),
    getStreamMuxers: () => upgrader.getStreamMuxers(),
    getConnectionEncrypters: () => upgrader.getConnectionEncrypters(),
  };
}

function endWhenDropped(connection: MultiaddrConnection): void {
  if (!("websocket" in connection) || !("sendReset" in connection)) return;
  const { websocket } = connection;
  if (typeof websocket !== "object" || websocket === null || !("close" in websocket)) return;
  const { close } = websocket;
  if (typeof close === "function") connection.sendReset = () => void close.call(websocket);
}
