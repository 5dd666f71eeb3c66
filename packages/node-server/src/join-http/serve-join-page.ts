/** `serveJoinPage()`: the page with which browsers join, beside a peer. */
import type { Logger, Operation, Peer } from "@skein/runtime";
import { acting } from "../acting.ts";
import { joinHostOf, joinLink, printedHost } from "./join-link.ts";

export interface JoinPageServerOptions {
  /** Where to listen. Default 127.0.0.1, or every address where the peer listens beyond this machine. */
  readonly host?: string;
  /** Default 8182, or another one that is free; a port given here is taken or refused. 0 takes any. */
  readonly port?: number;
  /** Directory of the page's files. Default: those of this package. */
  readonly pages?: string;
  /** Certificate chain and key in PEM. Without them it is plain http, which a LAN may do with. */
  readonly tls?: { readonly cert: string; readonly key: string };
  readonly logger?: Logger;
}

/** A running join page. */
export interface JoinPageServer {
  /** `http://10.0.0.5:8182/join`, which asks for an invite. */
  readonly url: string;
  /** The link with which a browser joins by `invite`. */
  link(invite: string): string;
  /** Ends it; pages that have joined stay. Twice does nothing. */
  close(): Operation<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Serves the page with which browsers join the cluster of `peer`: static files without cookies, for everybody who asks.
 * Links name an address that the peer announces. Acts at once.
 *
 * @throws {SkeinError} `OPTION_INVALID` when the port is taken, or the host is none of this machine
 * @example
 * await using page = await serveJoinPage(client.peer);
 * console.log(page.link(await client.peer.invite({ roles: ["tab"], uses: 20 })));
 */
export function serveJoinPage(
  peer: Pick<Peer, "location">,
  options: JoinPageServerOptions = {},
): Operation<JoinPageServer> {
  return acting(async () => await serve(peer, options), {
    what: "the join page to listen",
    late: async (page) => await page.close(),
  });
}

async function serve(
  { location: { addresses } }: Pick<Peer, "location">,
  options: JoinPageServerOptions,
): Promise<JoinPageServer> {
  // Only here: most processes that import skein serve nothing.
  const { JoinServer } = await import("./join-server.ts");
  const host = options.host ?? joinHostOf(addresses);
  const server = await new JoinServer({ ...options, host }).listen();
  const url = `${server.scheme}://${printedHost(host, addresses)}:${server.port}/join`;
  return {
    url,
    link: (invite) => joinLink(url, invite),
    close: () => acting(async () => await server.close(), { what: "the join page to close" }),
    [Symbol.asyncDispose]: async () => await server.close(),
  };
}
