/** Starts the join page's HTTP side. */
import type { Address, Logger, Operation } from "@skein/runtime";
import { acting } from "../acting.ts";
import { joinHostOf, joinLink, printedHost } from "./join-link.ts";
import { JoinServer } from "./join-server.ts";
import { joinPages } from "./pages.ts";

export interface JoinPageServerOptions {
  /** The addresses of the peer beside it, from which follows where it listens and what links say. */
  readonly addresses?: readonly Address[];
  /** Where to listen. Default 127.0.0.1, or every address where the peer listens beyond this machine. */
  readonly host?: string;
  /** Default 8182, or the next free one; a port given here is taken or refused. 0 takes any. */
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
 * Serves the page with which browsers join: static files, for everybody. Acts at once.
 *
 * @throws {SkeinError} `OPTION_INVALID` when the port is taken, or the host is none of this machine
 * @example
 * await using page = await startJoinPage({ addresses: peer.location.addresses });
 * print(page.link(await peer.invite({ roles: ["tab"] })));
 */
export function startJoinPage(options: JoinPageServerOptions = {}): Operation<JoinPageServer> {
  return acting(async () => await start(options), {
    what: "the join page to listen",
    late: async (page) => await page.close(),
  });
}

async function start({ addresses = [], pages = joinPages(), ...rest }: JoinPageServerOptions): Promise<JoinPageServer> {
  const host = rest.host ?? joinHostOf(addresses);
  const server = await new JoinServer({ ...rest, host, pages }).listen();
  const url = `${server.scheme}://${printedHost(host, addresses)}:${server.port}/join`;
  return {
    url,
    link: (invite) => joinLink(url, invite),
    close: () => acting(async () => await server.close(), { what: "the join page to close" }),
    [Symbol.asyncDispose]: async () => await server.close(),
  };
}
