/** Asks whoever made an invite what it is still good for, without joining by it. */
import { DIAL_TIMEOUT_MS } from "../defaults.ts";
import type { Platform } from "../platform.ts";
import { parseLooked } from "../wire/schema.ts";
import { peerOfAddress, toMultiaddr } from "./address.ts";
import { unreachable } from "./unreachable.ts";
import { libp2pNetwork } from "./default-network.ts";
import { peerIdOf } from "./identity.ts";
import { receiveJoin, refused, sendJoin } from "./join-frames.ts";
import { readInvite } from "./membership.ts";
import { JOIN_PROTOCOL, type NetworkHandlers } from "./network.ts";
import type { PeerOptions } from "./peer-host.ts";

export interface LookOptions {
  /** The one of the invite's addresses to ask at. Default: all. */
  readonly address?: string;
  /** Milliseconds. Default 10 s. */
  readonly timeoutMs?: number;
  /** For tests: another network than libp2p. */
  readonly network?: PeerOptions["network"];
}

/** What an invite is still good for. */
export interface InviteStanding {
  /** How many peers may still join by it. */
  readonly left: number;
}

/**
 * Asks at the addresses of an invite what it is still good for. It is not used up, and nobody joins.
 *
 * @throws {SkeinError} why nobody joins by it any more: `INVITE_EXPIRED`, `INVITE_USED`, `NOT_A_MEMBER` when it was
 *   revoked; `PEER_UNREACHABLE`; `ROLE_FORBIDS` where the peer that is reached doesn't hold the cluster's key
 * @example
 * const { left } = await lookAtInvite(platform, invite);
 */
export async function lookAtInvite(
  platform: Platform,
  inviteText: string,
  options: LookOptions = {},
): Promise<InviteStanding> {
  const { timeoutMs = DIAL_TIMEOUT_MS, network = libp2pNetwork(platform) } = options;
  const invite = readInvite(inviteText);
  const addresses = (options.address === undefined ? invite.addresses : [options.address]).map(toMultiaddr);
  const keys = platform.generateKey();
  const self = peerIdOf(keys.publicKey);
  const host = await network({ keys, listen: [], announce: [], handlers: NOBODY });
  const abort = new AbortController();
  const timer = platform.startTimer(timeoutMs, () => abort.abort(unreachable(addresses, "no answer in time")));
  try {
    const connection = await host.dial(addresses, abort.signal).catch((error: unknown) => {
      throw unreachable(addresses, error);
    });
    const named = invite.addresses.some((address) => peerOfAddress(address) === connection.remote);
    // Whoever sees it could use it: only those that it names do.
    if (!named) throw unreachable(addresses, "another peer is there than the invite names");
    const link = await connection.openLink(JOIN_PROTOCOL, abort.signal);
    sendJoin(link, { look: inviteText }, self, connection.remote);
    const answer = parseLooked(await receiveJoin(link, abort.signal));
    if ("left" in answer) return answer;
    if (!answer.ok) throw refused(answer, platform.wallMs());
    throw unreachable(addresses, "it answered something else");
  } finally {
    platform.stopTimer(timer);
    await host.close();
  }
}

const NOBODY: NetworkHandlers = { connected: (connection) => connection.close(), linked: () => {} };
