/** A console beside a member of a cluster, which is not the console of its `skein up`: pages ask as that member. */
import { randomBytes } from "node:crypto";
import type { Location, Logger, PeerHost } from "@skein/runtime";
import { defaultDataPath } from "../data-directory.ts";
import { ConsoleGateway } from "./gateway.ts";
import { consolePages } from "./pages.ts";
import { type ServedConsole, type ConsoleTls, startConsole } from "./start-console.ts";

export interface ConsoleBesideOptions {
  readonly peer: PeerHost;
  readonly scheduler: Location;
  readonly host?: string;
  readonly port?: number;
  readonly tls?: ConsoleTls;
  readonly showArgs?: boolean;
  /** Default: browsers log in again after a restart. */
  readonly sessionKey?: Uint8Array;
  readonly logger?: Logger;
}

const SESSION_KEY_BYTES = 32;

/** Serves it. @throws {SkeinError} as {@link startConsole} */
export async function consoleBeside(options: ConsoleBesideOptions): Promise<ServedConsole> {
  const { peer, scheduler, host, port, tls, showArgs = true, logger, sessionKey } = options;
  const logs = logger === undefined ? {} : { logger };
  const gateway = await ConsoleGateway.open({ peer, scheduler, showArgs, ...logs });
  try {
    return await startConsole({
      ...(host === undefined ? {} : { host }),
      ...(port === undefined ? {} : { port }),
      ...(tls === undefined ? {} : { tls }),
      ...logs,
      dataPath: defaultDataPath(),
      pages: consolePages(),
      sessionKey: sessionKey ?? new Uint8Array(randomBytes(SESSION_KEY_BYTES)),
      peer: gateway.peer.id,
      addresses: () => gateway.peer.location.addresses,
      session: () => gateway.session(),
      also: () => gateway.close(),
    });
  } catch (error) {
    await gateway.close();
    throw error;
  }
}
