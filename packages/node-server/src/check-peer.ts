/** Looks at a peer: whether it is reached, whether it takes us for a member, its roles, its Node and its clock. */
import {
  type Address,
  isSkeinError,
  type PeerHost,
  type PeerId,
  type Role,
  SECOND_MS,
  type SkeinError,
} from "@skein/runtime";
import { type AboutHost, askAboutHost } from "./about-host.ts";

/** Dialling, joining, and each question. */
const CHECK_TIMEOUT_MS: number = 10 * SECOND_MS;

export interface PeerCheck {
  /** Whether a peer of skein answered there, member or not. */
  readonly reached: boolean;
  readonly peer?: PeerId;
  readonly name?: string;
  readonly roles?: readonly Role[];
  readonly transport?: string;
  /** Of one question and its answer. */
  readonly roundTripMs?: number;
  readonly host?: AboutHost;
  /** By how much its clock is ahead of ours; negative: behind. */
  readonly clockAheadMs?: number;
  readonly error?: SkeinError;
}

/** Never throws for what is wrong there: that is the finding. @throws {SkeinError} `OPTION_INVALID` for what is no address */
export async function checkPeer(peer: PeerHost, address: Address): Promise<PeerCheck> {
  try {
    const { peer: id, name, roles, transport } = await peer.connect(address, { timeoutMs: CHECK_TIMEOUT_MS });
    const before = { wallMs: Date.now(), ms: performance.now() };
    const host = await askAboutHost(peer, id, CHECK_TIMEOUT_MS).catch((error: unknown) => {
      if (isSkeinError(error, "NAME_UNKNOWN")) return undefined; // no Node process: a tab
      throw error;
    });
    const roundTripMs = performance.now() - before.ms;
    return {
      reached: true,
      peer: id,
      name,
      roles,
      transport,
      roundTripMs,
      ...(host === undefined ? {} : { host, clockAheadMs: host.wallMs - (before.wallMs + roundTripMs / 2) }),
    };
  } catch (error) {
    // What is no address at all says nothing about whoever is there.
    if (!isSkeinError(error) || error.code === "OPTION_INVALID") throw error;
    return { reached: REFUSALS.has(error.code), error };
  }
}

/** Words of a peer that was reached. */
const REFUSALS: ReadonlySet<string> = new Set(["NOT_A_MEMBER", "INVITE_EXPIRED", "INVITE_USED", "ROLE_FORBIDS"]);
