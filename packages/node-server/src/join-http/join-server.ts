/** The join page's HTTP server: static files for everybody who has the link; no cookies, no sessions, no other answers. */
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { type Logger, silentLogger, SkeinError } from "@skein/runtime";
import { DEFAULT_PORTS } from "@skein/runtime/host";
import { secure } from "./headers.ts";
import { type SendPageFile, staticPages } from "../static-pages.ts";
import { joinPages } from "./pages.ts";
import type { JoinPageServerOptions } from "./serve-join-page.ts";

/** Ports tried after the default one when nobody asked for a port by number; then any is taken. */
const PORT_TRIES = 50;
/** Sockets of browsers at once; a page takes up to seven while loading. */
const SOCKETS_LIMIT = 512;

/** The running server; `serveJoinPage` wraps it. */
export class JoinServer {
  readonly #options: JoinPageServerOptions;
  readonly #log: Logger;
  readonly #server: Server;
  #serve: SendPageFile | undefined;
  #closed: Promise<void> | undefined;
  /** The port it listens on. */
  port = 0;

  constructor(options: JoinPageServerOptions) {
    this.#options = options;
    this.#log = options.logger ?? silentLogger;
    this.#serve = this.#pages();
    const listener: RequestListener = (request, response) => this.#answer(request, response);
    this.#server = options.tls === undefined ? createServer(listener) : createTlsServer(options.tls, listener);
    this.#server.maxConnections = SOCKETS_LIMIT;
  }

  get scheme(): "http" | "https" {
    return this.#options.tls === undefined ? "http" : "https";
  }

  /** Listens; with no port asked for, on the next free one or any. @throws {SkeinError} `OPTION_INVALID` when it can't */
  async listen(): Promise<this> {
    const { host = "127.0.0.1", port: wanted } = this.#options;
    const first = wanted ?? DEFAULT_PORTS.join;
    for (let port = first; !(await listensOn(this.#server, host, port)); port += 1) {
      if (wanted !== undefined) {
        throw new SkeinError("OPTION_INVALID", `port ${port} of ${host} is taken`, {
          hint: "end what listens there, or ask for another port with --join-port",
        });
      }
      // So many nodes of one machine: any port does.
      if (port === first + PORT_TRIES) port = -1;
    }
    this.#server.on("error", (error) => this.#log.error("join-page.failed", { error }));
    // A server that listens on a host and port has an address with a port.
    ({ port: this.port } = this.#server.address() as AddressInfo);
    this.#log.info("join-page.listening", { host, port: this.port });
    if (this.#serve === undefined) this.#log.warn("join-page.not-built", { hint: UNBUILT });
    return this;
  }

  /** A joining tab downloads a third of what the files have. */
  #pages(): SendPageFile | undefined {
    return staticPages(this.#options.pages ?? joinPages(), { compressed: true });
  }

  close(): Promise<void> {
    this.#closed ??= new Promise((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
    return this.#closed;
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    secure(response);
    request.resume();
    if (request.method !== "GET" && request.method !== "HEAD") return say(response, 405, "only GET and HEAD");
    this.#serve ??= this.#pages(); // it may have been built since
    if (this.#serve === undefined) return say(response, 503, UNBUILT);
    // `/join` is the page, as is the root: its files are named relative to it, so it can be copied anywhere.
    if (/^\/join(?:\?|$)/.test(request.url ?? "")) request.url = "/";
    this.#serve(request, response, () => say(response, 404, "there is no such file; the page is at /join"));
  }
}

const UNBUILT = "the join page is not built: npm run build:pages in the checkout, or install the published package";

function say(response: ServerResponse, status: number, text: string): void {
  response.statusCode = status;
  response.setHeader("Content-Type", "text/plain; charset=utf-8");
  response.setHeader("Cache-Control", "no-store");
  response.end(response.req.method === "HEAD" ? undefined : `${text}\n`);
}

/** Whether it listens now; false when the port is taken. */
function listensOn(server: Server, host: string, port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const failed = (cause: NodeJS.ErrnoException): void => {
      if (cause.code === "EADDRINUSE") return resolve(false);
      const message = `the join page can't listen on ${host}:${port}`;
      reject(new SkeinError("OPTION_INVALID", message, { hint: "check --join-host and --join-port", cause }));
    };
    server.once("error", failed);
    server.listen({ host, port }, () => {
      server.off("error", failed);
      resolve(true);
    });
  });
}
