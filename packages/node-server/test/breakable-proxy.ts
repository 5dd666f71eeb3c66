/** For tests: a TCP proxy between two processes that can be cut, shut, or made to swallow what it carries. */
import { type Server, type Socket, connect, createServer } from "node:net";
import { once } from "node:events";

/** A port of 127.0.0.1 that nothing listens on. */
export async function unusedPort(): Promise<number> {
  const server = createServer();
  const port = await listeningPort(server);
  server.close();
  await once(server, "close");
  return port;
}

async function listeningPort(server: Server): Promise<number> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the server has no port");
  return address.port;
}

export class BreakableProxy {
  readonly port: number;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #open = true;
  #accepted = 0;
  #carried = 0;

  private constructor(server: Server, port: number) {
    this.#server = server;
    this.port = port;
  }

  /** `to` gives the port of 127.0.0.1 to go on to, asked at each connection. */
  static async start(to: () => number): Promise<BreakableProxy> {
    const server = createServer();
    const proxy = new BreakableProxy(server, await listeningPort(server));
    server.on("connection", (here) => proxy.#carry(here, connect(to(), "127.0.0.1")));
    return proxy;
  }

  /** Connections made through it so far. */
  get accepted(): number {
    return this.#accepted;
  }

  /** Bytes that it took from either side so far. */
  get carried(): number {
    return this.#carried;
  }

  /** Resolves once so many connections were made through it. */
  async connected(count: number): Promise<void> {
    while (this.#accepted < count) await once(this.#server, "connection");
  }

  /** Breaks every connection; new ones are made. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Breaks every connection, and makes no new ones. */
  shut(): void {
    this.#open = false;
    this.cut();
  }

  open(): void {
    this.#open = true;
  }

  /** The connections there are carry nothing any more, and nobody is told; new ones are made. */
  swallow(): void {
    for (const socket of this.#sockets) {
      socket.unpipe();
      socket.pause();
    }
  }

  async close(): Promise<void> {
    this.cut();
    this.#server.close();
    await once(this.#server, "close");
  }

  #carry(here: Socket, there: Socket): void {
    if (!this.#open) {
      here.destroy();
      there.destroy();
      return;
    }
    this.#accepted += 1;
    for (const [socket, other] of [
      [here, there],
      [there, here],
    ] as const) {
      this.#sockets.add(socket);
      socket.setNoDelay(true);
      socket.pipe(other);
      socket.on("data", (bytes: Buffer) => {
        this.#carried += bytes.byteLength;
      });
      // What one end does, the other sees.
      socket.on("error", () => {});
      socket.on("close", () => {
        this.#sockets.delete(socket);
        other.destroy();
      });
    }
  }
}
