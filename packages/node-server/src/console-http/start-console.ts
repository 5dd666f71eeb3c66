/** Starts the console's HTTP side. */
import type { Operation } from "@skein/runtime";
import { Deferred } from "@skein/runtime/host";
import { type ConsoleOptions, ConsoleServer } from "./console.ts";

/** A running console. */
export interface Console {
  /** `http://127.0.0.1:8181`; shows a locked page to browsers that did not log in. */
  readonly url: string;
  /** A new link that opens one browser's session, once, within ten minutes. */
  loginUrl(): string;
  /** Ends it and every page's connection. Twice does nothing. */
  close(): Operation<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Serves the console's pages to browsers that logged in, and lets them join as peers. Acts at once.
 *
 * @throws {SkeinError} `OPTION_INVALID` when the port is taken, or the address is not loopback and there is no `tls`
 * @example
 * const console = await startConsole({ pages: consolePages(), sessionKey, peer: peer.id, addresses, session });
 * print(console.loginUrl());
 */
export function startConsole(options: ConsoleOptions): Operation<Console> {
  const started = new Deferred<Console>("the console to listen");
  try {
    new ConsoleServer(options).listen().then(
      (server) => started.resolve(consoleOf(server)),
      (error: unknown) => started.reject(error),
    );
  } catch (error) {
    started.reject(error);
  }
  return started;
}

function consoleOf(server: ConsoleServer): Console {
  let closed: Deferred<void> | undefined;
  const close = (): Deferred<void> => {
    if (closed !== undefined) return closed;
    const closing = new Deferred<void>("the console to close");
    closed = closing;
    void server.close().then(() => closing.resolve());
    return closing;
  };
  return {
    url: server.url,
    loginUrl: () => server.loginUrl(),
    close,
    [Symbol.asyncDispose]: async () => await close(),
  };
}
