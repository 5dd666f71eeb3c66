/** The join page of a `skein up` or `skein node`, as its options say. */
import type { Logger, PeerHost } from "@skein/runtime";
import type { Config } from "./config.ts";
import { type JoinPageServer, serveJoinPage } from "./join-http/serve-join-page.ts";
import { tlsOf } from "./network-options.ts";

/** Starts it; `undefined` where it is not wanted. @throws {SkeinError} `OPTION_INVALID` when a port asked for is taken */
export async function startJoinPageHere(
  config: Config,
  peer: PeerHost,
  logger: Logger,
): Promise<JoinPageServer | undefined> {
  if (!config.join) return undefined;
  return await serveJoinPage(peer, {
    ...(config.joinHost === undefined ? {} : { host: config.joinHost }),
    ...(config.joinPort === undefined ? {} : { port: config.joinPort }),
    ...tlsOf(config),
    logger,
  });
}
