/** Starts the console's HTTP side. */
import type { Operation } from "@skein/runtime";
import { acting } from "../acting.ts";
import { ConsoleServer, type ConsoleOptions } from "./console.ts";
import { ownCertificate } from "./own-certificate.ts";

/** A certificate chain and its key in PEM; "auto": a self-signed one, kept in the data directory. */
export type ConsoleTls = { readonly cert: string; readonly key: string } | "auto";

/** A running console. */
export interface ServedConsole {
  /** `http://127.0.0.1:8181`; shows a locked page to browsers that did not log in. */
  readonly url: string;
  /** SHA-256 of the certificate that was made for it, as browsers show it. */
  readonly fingerprint?: string;
  /** A new link that opens one browser's session, once, within ten minutes. */
  loginUrl(): string;
  /** Ends it and every page's connection. Twice does nothing. */
  close(): Operation<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

export interface StartConsoleOptions extends Omit<ConsoleOptions, "tls" | "renewTls"> {
  readonly tls?: ConsoleTls;
  /** Where the certificate of `"auto"` is kept. */
  readonly dataPath: string;
  /** Ends with it. */
  readonly also?: () => PromiseLike<void>;
}

/**
 * Serves the console's pages to browsers that logged in, and lets them join as peers. Acts at once.
 *
 * @throws {SkeinError} `OPTION_INVALID` when the port is taken, or the address is not loopback and there is no `tls`
 * @example
 * const console = await startConsole({ pages: consolePages(), dataPath, sessionKey, peer: peer.id, addresses, session });
 * print(console.loginUrl());
 */
export function startConsole(options: StartConsoleOptions): Operation<ServedConsole> {
  return acting(async () => await start(options), {
    what: "the console to listen",
    late: async (console) => await console.close(),
  });
}

async function start({ tls, dataPath, also, ...options }: StartConsoleOptions): Promise<ServedConsole> {
  const own = tls === "auto" ? await ownCertificate(dataPath, Date.now()) : undefined;
  const given = tls === "auto" ? own : tls;
  const server = await new ConsoleServer({
    ...options,
    ...(given === undefined ? {} : { tls: given }),
    ...(own === undefined ? {} : { renewTls: () => ownCertificate(dataPath, Date.now()) }),
  }).listen();
  const end = async (): Promise<void> => {
    await server.close();
    await also?.();
  };
  let closed: Operation<void> | undefined;
  const close = (): Operation<void> => (closed ??= acting(end, { what: "the console to close" }));
  return {
    url: server.url,
    ...(own === undefined ? {} : { fingerprint: own.fingerprint }),
    loginUrl: () => server.loginUrl(),
    close,
    [Symbol.asyncDispose]: async () => await close(),
  };
}
