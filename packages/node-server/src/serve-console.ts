/** `serveConsole()`: the console of a program's own client. */
import { type Client, type Logger, type Operation, type PeerHost, SkeinError } from "@skein/runtime";
import { acting } from "./acting.ts";
import type { ServedConsole } from "./console-http/start-console.ts";

export interface ServeConsoleOptions {
  /** Where to listen. Default 127.0.0.1; anything but loopback needs `tls`. */
  readonly host?: string;
  /** Default 8181, or the next free one; a port given here is taken or refused. 0 takes any. */
  readonly port?: number;
  /**
   * Certificate chain and key in PEM, or "auto" for a self-signed one, kept in the data directory: its `fingerprint` is
   * what people compare with what their browser shows.
   */
  readonly tls?: { readonly cert: string; readonly key: string } | "auto";
  /** With `false` arguments of tasks, and messages in their mailboxes, don't leave this process. Default true. */
  readonly showArgs?: boolean;
  readonly logger?: Logger;
}

/**
 * Serves the console for the cluster of `client`, also of a private one, to browsers that open a link of `loginUrl()`:
 * on this machine, or by TLS. Pages may do what the client may: see everything and steer what runs where it is an
 * operator, else what is of its own jobs. While its scheduler is away, pages show what they had, and come again. It goes
 * on until it is closed, and keeps the process. Acts at once.
 *
 * Errors: `OPTION_INVALID` when the port is taken, the host is not loopback and there is no `tls`, or an option means
 * nothing.
 *
 * @example
 * await using client = await connect();
 * await using pages = await serveConsole(client, { port: 8200 });
 * console.log(pages.loginUrl());
 */
export function serveConsole(client: Client<PeerHost>, options: ServeConsoleOptions = {}): Operation<ServedConsole> {
  return acting(async () => await serve(client, options), {
    what: "the console to listen",
    late: async (server) => await server.close(),
  });
}

async function serve(client: Client<PeerHost>, options: ServeConsoleOptions): Promise<ServedConsole> {
  const { anyObject, checkOptions, flag, text, whole } = await import("@skein/runtime/network");
  checkOptions<ServeConsoleOptions>("serveConsole", options, {
    host: text,
    port: whole(0, 65_535),
    tls: (value, path, what) => (value === "auto" ? undefined : anyObject(value, path, what)),
    showArgs: flag,
    logger: anyObject,
  });
  if (typeof client !== "object" || client === null || !("scheduler" in client)) {
    throw new SkeinError("OPTION_INVALID", "serveConsole was given no client", {
      hint: "give the client that connect() gave",
    });
  }
  // Only here: most programs serve nothing.
  const { consoleBeside } = await import("./console-http/console-beside.ts");
  return await consoleBeside({ ...options, peer: client.peer, scheduler: client.scheduler });
}
