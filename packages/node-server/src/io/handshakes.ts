/** Connections of a TLS listener whose handshake has not ended: they belong to nobody but the listener. */
import type { Socket } from "node:net";
import type { Server } from "node:tls";

/** Keeps the sockets under a server's handshakes, to close them with it. */
export class Handshakes {
  /** By the other side's address and port, which no two open connections of one listener share. */
  readonly #sockets = new Map<string, Socket>();
  #closed = false;

  constructor(server: Server) {
    // TCP's connection, before its handshake.
    server.on("connection", (socket: Socket) => {
      if (this.#closed) {
        socket.destroy();
        return;
      }
      const key = keyOf(socket);
      this.#sockets.set(key, socket);
      socket.once("close", () => {
        if (this.#sockets.get(key) === socket) this.#sockets.delete(key);
      });
    });
  }

  /** The handshake on `socket` has ended well. */
  done(socket: Socket): void {
    this.#sockets.delete(keyOf(socket));
  }

  /** Closes those that are under way, and those that come yet. */
  close(): void {
    this.#closed = true;
    for (const socket of this.#sockets.values()) socket.destroy();
    this.#sockets.clear();
  }
}

const keyOf = (socket: Socket): string => `${socket.remoteAddress} ${socket.remotePort}`;
