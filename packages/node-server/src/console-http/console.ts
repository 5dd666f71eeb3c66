/** The console's HTTP server: pages for browsers that logged in, and the way for their WebSockets; nothing else. */
import { createReadStream } from "node:fs";
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from "node:http";
import { createServer as createTlsServer, type Server as TlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { pipeline } from "node:stream/promises";
import { type Address, type Logger, type PeerId, silentLogger, SkeinError } from "@skein/runtime";
import { DEFAULT_PORTS, type Endpoint } from "@skein/runtime/host";
import { type SendPageFile, staticPages } from "../static-pages.ts";
import { guardOrigin, type GuardSettings, guardUpgrade, isLoopback, type Refusal } from "./guard.ts";
import { answer, PAGE_CSP, secure } from "./headers.ts";
import { CERTIFICATE_LOOK_MS, CONSOLE_SOCKETS_LIMIT, PORT_TRIES, SESSION_ANSWER_MS } from "./limits.ts";
import { LoginLinks } from "./login-links.ts";
import { LINK_USED_PAGE, NOTICE_CSP, NOTICES, UNBUILT_PAGE } from "./notice-page.ts";
import { answeredHosts, shownHost } from "./own-hosts.ts";
import {
  cookieName,
  cookieOf,
  isPageKey,
  newSessionId,
  pageKey,
  type SessionId,
  setCookie,
  signSession,
  verifySession,
} from "./session-cookie.ts";
import { refuseUpgrade, Tunnels, webSocketOf } from "./tunnel.ts";

/** What a page is given to join the cluster as a peer. */
export interface PageSession {
  /** A fresh invite, for one use, good for a minute or so. */
  readonly invite: string;
  /** Who grants leases and numbers events. */
  readonly scheduler: Endpoint;
}

/** What pages of a console without a cluster show. */
export interface ShownRecording {
  /** The file's name, for people. */
  readonly name: string;
  /** Where it is. */
  readonly path: string;
}

export interface ConsoleOptions {
  /** Where to listen. Default 127.0.0.1; anything but loopback needs `tls`. */
  readonly host?: string;
  /** Default 8181, or the next free one; a port given here is taken or refused. 0 takes any. */
  readonly port?: number;
  /** Directory of the built pages ({@link consolePages}). */
  readonly pages: string;
  /** 32 secret bytes that sign sessions. Keep them in the data directory, and open pages survive a restart. */
  readonly sessionKey: Uint8Array;
  /** The peer this console belongs to: whom pages meet behind their WebSocket. */
  readonly peer: PeerId;
  /** The peer's present addresses; pages reach the first plain WebSocket one through the console's port. */
  readonly addresses: () => readonly Address[];
  /** Asked for every page that opens; or a recording, which they show in place of a cluster. */
  readonly session: (() => PromiseLike<PageSession>) | ShownRecording;
  /** Certificate chain and key in PEM. The names in it are answered to, besides loopback's and `host`. */
  readonly tls?: { readonly cert: string; readonly key: string };
  /** Asked daily for the certificate to go on with. */
  readonly renewTls?: () => PromiseLike<{ readonly cert: string; readonly key: string }>;
  readonly logger?: Logger;
}

/** The running server; `startConsole` wraps it. */
export class ConsoleServer {
  readonly #options: ConsoleOptions;
  readonly #log: Logger;
  readonly #server: Server | TlsServer;
  readonly #settings: GuardSettings;
  readonly #serve: SendPageFile | undefined;
  readonly #links = new LoginLinks();
  readonly #tunnels = new Tunnels();
  #closed: Promise<void> | undefined;
  #renewing: NodeJS.Timeout | undefined;
  /** `http://127.0.0.1:8181`, as it listens. */
  url = "";
  #cookie = "";

  constructor(options: ConsoleOptions) {
    const host = options.host ?? "127.0.0.1";
    if (options.tls === undefined && !isLoopback(host)) {
      throw new SkeinError("OPTION_INVALID", `the console is not served on ${host} without TLS`, {
        hint: "give a certificate and key, or keep it on 127.0.0.1 and use ssh -L 8181:127.0.0.1:8181",
      });
    }
    if (options.sessionKey.length !== 32) {
      throw new SkeinError("OPTION_INVALID", `sessionKey has ${options.sessionKey.length} bytes`, {
        hint: "give 32 random bytes, kept in a file only you can read",
      });
    }
    this.#options = options;
    this.#log = options.logger ?? silentLogger;
    const scheme = options.tls === undefined ? "http" : "https";
    this.#settings = { scheme, hosts: answeredHosts(host, options.tls?.cert) };
    this.#serve = staticPages(options.pages, { single: true, compressed: true });
    const listener: RequestListener = (request, response) => {
      this.#answer(request, response).catch((error: unknown) => this.#failed(response, error));
    };
    this.#server = options.tls === undefined ? createServer(listener) : createTlsServer(options.tls, listener);
    this.#server.maxConnections = CONSOLE_SOCKETS_LIMIT;
    this.#server.on("upgrade", (request, socket, head) => this.#upgrade(request, socket, head));
  }

  /** Listens; with no port asked for, on the next free one. */
  async listen(): Promise<this> {
    const host = this.#options.host ?? "127.0.0.1";
    const first = this.#options.port ?? DEFAULT_PORTS.console;
    const tries = this.#options.port === undefined ? PORT_TRIES : 1;
    for (let port = first; !(await listensOn(this.#server, host, port)); port += 1) {
      if (port + 1 < first + tries) continue;
      throw new SkeinError("OPTION_INVALID", `port ${port} of ${host} is taken`, {
        hint: "end what listens there, or ask for another port",
      });
    }
    this.#server.on("error", (error) => this.#log.error("console.failed", { error }));
    // A server that listens on a host and port has an address with a port.
    const { port } = this.#server.address() as AddressInfo;
    this.#cookie = cookieName(port);
    this.url = `${this.#settings.scheme}://${shownHost(host)}:${port}`;
    if (this.#options.renewTls !== undefined) {
      this.#renewing = setInterval(() => void this.#renew(), CERTIFICATE_LOOK_MS).unref();
    }
    this.#log.info("console.listening", { url: this.url, pages: this.#serve !== undefined });
    return this;
  }

  loginUrl(): string {
    return `${this.url}/login?t=${this.#links.make(Date.now())}`;
  }

  close(): Promise<void> {
    clearInterval(this.#renewing);
    this.#closed ??= new Promise((resolve) => {
      this.#tunnels.close();
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
    return this.#closed;
  }

  async #renew(): Promise<void> {
    const { renewTls } = this.#options;
    try {
      if (renewTls !== undefined && "setSecureContext" in this.#server) this.#server.setSecureContext(await renewTls());
    } catch (error) {
      this.#log.error("console.certificate", { error });
    }
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    secure(response, NOTICE_CSP);
    const url = URL.parse(request.url ?? "", "http://console");
    const method = request.method ?? "";
    const refusal =
      url === null ? ({ status: 400, reason: "path" } as const) : guardOrigin(request.headers, this.#settings);
    if (url === null || refusal !== undefined) return this.#refuse(request, response, refusal);
    if (method === "POST" && url.pathname === "/session") return await this.#session(request, response);
    if (method === "POST" && url.pathname === "/recording") return await this.#recording(request, response);
    if (method === "GET" && url.pathname === "/login")
      return this.#login(request, response, url.searchParams.get("t") ?? "");
    if (method !== "GET" && method !== "HEAD")
      return this.#refuse(request, response, { status: 405, reason: "method" });
    if (this.#sessionOf(request) === undefined)
      return this.#refuse(request, response, { status: 401, reason: "session" });
    if (this.#serve === undefined) return answer(response, 503, "text/html", UNBUILT_PAGE);
    secure(response, PAGE_CSP);
    this.#serve(request, response, () => this.#refuse(request, response, { status: 404, reason: "path" }));
  }

  #login(request: IncomingMessage, response: ServerResponse, token: string): void {
    const good = this.#links.redeem(token, Date.now());
    const session = this.#sessionOf(request) ?? (good ? newSessionId() : undefined);
    if (session === undefined) return answer(response, 401, "text/html", LINK_USED_PAGE);
    this.#log.info("console.login", { from: request.socket.remoteAddress, again: !good });
    response.statusCode = 303;
    response.setHeader("Cache-Control", "no-store");
    // A fragment stays in the browser: the page keeps the key and takes it out of the address. Used links carry none.
    response.setHeader("Location", good ? `/#key=${pageKey(this.#options.sessionKey, session)}` : "/");
    if (good) this.#keepLoggedIn(response, session);
    response.end();
  }

  /** The session of a page of ours; others are refused. */
  #sessionOfPage(request: IncomingMessage, response: ServerResponse): SessionId | undefined {
    request.resume();
    const session = this.#sessionOf(request);
    // A header of our own: other sites can't send it without asking first, and they don't know the key.
    const isOurs = session !== undefined && isPageKey(this.#options.sessionKey, session, request.headers["x-skein"]);
    if (isOurs) return session;
    this.#refuse(request, response, { status: 401, reason: session === undefined ? "session" : "key" });
    return undefined;
  }

  async #recording(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (this.#sessionOfPage(request, response) === undefined) return;
    const { session } = this.#options;
    if (typeof session === "function") return this.#refuse(request, response, { status: 404, reason: "path" });
    response.setHeader("Content-Type", "application/jsonl; charset=utf-8");
    response.setHeader("Cache-Control", "no-store");
    await pipeline(createReadStream(session.path), response);
  }

  async #session(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const session = this.#sessionOfPage(request, response);
    if (session === undefined) return;
    const { promise: late, reject } = Promise.withResolvers<never>();
    const timer = setTimeout(() => reject(new Error("nobody made an invite in time")), SESSION_ANSWER_MS);
    try {
      const words = await Promise.race([this.#shown(), late]);
      this.#keepLoggedIn(response, session);
      answer(response, 200, "application/json", JSON.stringify(words));
    } catch (error) {
      this.#log.warn("console.session-failed", { error });
      answer(response, 503, "text/plain", "no session can be opened now");
    } finally {
      clearTimeout(timer);
    }
  }

  /** What a page that opens is told to show. */
  async #shown(): Promise<object> {
    const { session, peer } = this.#options;
    if (typeof session !== "function") return { recording: session.name };
    const { invite, scheduler } = await session();
    return { invite, peer, scheduler };
  }

  #upgrade(request: IncomingMessage, page: Duplex, head: Uint8Array): void {
    const refusal = guardOrigin(request.headers, this.#settings) ?? guardUpgrade(request.headers);
    if (refusal !== undefined || this.#sessionOf(request) === undefined) {
      this.#log.warn("console.refused", { url: request.url, reason: refusal?.reason ?? "session", upgrade: true });
      refuseUpgrade(page, refusal?.status ?? 401);
      return;
    }
    try {
      this.#tunnels.forward(request, page, head, webSocketOf(this.#options.addresses()));
    } catch (error) {
      this.#log.error("console.failed", { error });
      refuseUpgrade(page, 503);
    }
  }

  /** People get a page that says what to do; the reason goes to the log. Tokens and cookies never do. */
  #refuse(request: IncomingMessage, response: ServerResponse, refusal: Refusal | undefined): void {
    const { status, reason } = refusal ?? { status: 400, reason: "path" };
    request.resume();
    if (reason !== "session") {
      this.#log.warn("console.refused", {
        method: request.method,
        reason,
        host: request.headers.host,
        origin: request.headers.origin,
      });
    }
    const shown = request.method === "GET" ? NOTICES.get(reason) : undefined;
    answer(response, status, shown === undefined ? "text/plain" : "text/html", shown ?? `refused: ${reason}\n`);
  }

  #sessionOf(request: IncomingMessage): SessionId | undefined {
    return verifySession(this.#options.sessionKey, cookieOf(request.headers.cookie, this.#cookie), Date.now());
  }

  #keepLoggedIn(response: ServerResponse, session: SessionId): void {
    const value = signSession(this.#options.sessionKey, session, Date.now());
    response.setHeader("Set-Cookie", setCookie(this.#cookie, value, this.#settings.scheme === "https"));
  }

  #failed(response: ServerResponse, error: unknown): void {
    this.#log.error("console.failed", { error });
    if (response.headersSent) response.destroy();
    else answer(response, 500, "text/plain", "the console failed; its log says why");
  }
}

/** Whether it listens now; false when the port is taken. */
function listensOn(server: Server, host: string, port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const failed = (error: NodeJS.ErrnoException): void => {
      if (error.code === "EADDRINUSE") resolve(false);
      else
        reject(
          new SkeinError("OPTION_INVALID", `the console can't listen on ${host}:${port}`, {
            hint: "check the address",
            cause: error,
          }),
        );
    };
    server.once("error", failed);
    server.listen({ host, port }, () => {
      server.off("error", failed);
      resolve(true);
    });
  });
}
