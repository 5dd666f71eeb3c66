/** What a peer's network is opened with, from the options of a command. */
import { readFileSync } from "node:fs";
import { type PeerOptions, SkeinError } from "@skein/runtime";
import type { Config } from "./config.ts";
import { listenAddresses } from "./listen-addresses.ts";
import { isPortTaken } from "./listen-error.ts";

/** How often other ports are looked for, where none were asked for and others were quicker. */
const PORT_TRIES = 20;

export type NetworkOptions = Required<Pick<PeerOptions, "listen" | "announce" | "peers">> &
  Pick<PeerOptions, "discover" | "tls" | "udpPorts" | "heartbeatMs" | "maxFileBytes">;

/**
 * Starts what listens as `config` says. Where it names no port and another program takes the free one meanwhile, the next
 * is tried.
 *
 * @throws {SkeinError} `OPTION_INVALID` when a certificate can't be read, or stands there without its key; what `start` throws
 */
export async function withNetwork<T>(config: Config, start: (network: NetworkOptions) => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await start(await networkOptions(config));
    } catch (error) {
      if (config.listen.length > 0 || tries >= PORT_TRIES || !isPortTaken(error)) throw error;
    }
  }
}

async function networkOptions(config: Config): Promise<NetworkOptions> {
  const { announce, secret, udpPorts, heartbeatMs, maxFile } = config;
  const peers = [...config.peer, ...config.node];
  const { discover = secret !== undefined && peers.length === 0 ? true : undefined } = config;
  return {
    listen: await listenAddresses(config.listen),
    announce,
    peers,
    ...(discover === undefined ? {} : { discover }),
    ...(udpPorts === undefined ? {} : { udpPorts }),
    ...(heartbeatMs === undefined ? {} : { heartbeatMs }),
    ...(maxFile === undefined ? {} : { maxFileBytes: maxFile }),
    ...tlsOf(config),
  };
}

/** Certificate and key as `config` names them. @throws {SkeinError} `OPTION_INVALID` when one is missing or unreadable */
export function tlsOf({ tlsCert, tlsKey }: Pick<Config, "tlsCert" | "tlsKey">): Pick<PeerOptions, "tls"> {
  if (tlsCert === undefined && tlsKey === undefined) return {};
  if (tlsCert === undefined || tlsKey === undefined) {
    throw new SkeinError("OPTION_INVALID", "a certificate and its key are given together", {
      hint: "give both --tls-cert FILE and --tls-key FILE",
    });
  }
  return { tls: { cert: read(tlsCert), key: read(tlsKey) } };
}

function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw new SkeinError("OPTION_INVALID", `${path} can't be read`, { hint: "name a file in PEM form", cause: error });
  }
}
