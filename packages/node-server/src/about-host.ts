/** What a peer tells members about its host: versions, system and clock, so that `skein check` can compare them. */
import { arch, platform, versions } from "node:process";
import type { PeerHost } from "@skein/runtime";
import { SkeinError } from "@skein/runtime";

const PROCEDURE = "host.about";

export interface AboutHost {
  /** Node's version, as `24.1.0`. */
  readonly node: string;
  /** As `linux-x64`. */
  readonly platform: string;
  /** The clock, in milliseconds since 1970. */
  readonly wallMs: number;
}

export const aboutThisHost = (): AboutHost => ({
  node: versions.node,
  platform: `${platform}-${arch}`,
  wallMs: Date.now(),
});

/** Answers members; a closed peer answers nobody. */
export function tellAboutHost(peer: PeerHost): Disposable {
  return peer.procedures.handle(PROCEDURE, { parse: () => undefined }, aboutThisHost);
}

/** Asks a connected peer. @throws {SkeinError} `NAME_UNKNOWN` when it is no Node process, `WIRE_INVALID` */
export async function askAboutHost(peer: PeerHost, other: PeerHost["id"], timeoutMs: number): Promise<AboutHost> {
  return parseAbout(await peer.procedures.call({ peer: other, server: 0 }, PROCEDURE, undefined, { timeoutMs }));
}

/** @throws {SkeinError} `WIRE_INVALID` */
export function parseAbout(said: unknown): AboutHost {
  const { node, platform: system, wallMs }: Partial<Record<keyof AboutHost, unknown>> = Object(said);
  if (typeof node !== "string" || typeof system !== "string" || typeof wallMs !== "number") {
    throw new SkeinError("WIRE_INVALID", "the host told something else than asked for", {
      hint: "check that both sides run the same version of skein",
    });
  }
  return { node: node.slice(0, 40), platform: system.slice(0, 40), wallMs };
}
