/** What an invite says before anybody joins by it, and whether this page can join by it at all. Pure. */
import { errorFrom, SkeinError } from "@skein/runtime";
import type { Invite } from "@skein/runtime/network";

export interface InviteFacts {
  /** As it is given to `joinTab`. */
  readonly invite: string;
  /** The cluster's id: its public key in hexadecimal. */
  readonly cluster: string;
  /** In groups, to be compared by people. */
  readonly fingerprint: string;
  readonly roles: readonly string[];
  /** By which `skein invite --list` names it. */
  readonly id: string;
  /** What it is for, in the words of whoever asked for it. */
  readonly about: string | undefined;
  /** Hosts that the page will connect to. */
  readonly hosts: readonly string[];
  readonly uses: number;
  readonly expiresMs: number;
}

/** What of the page's address matters. */
export interface PageAddress {
  readonly protocol: string;
  readonly hostname: string;
}

/** Reads an invite, and believes it only when its cluster has signed it. */
export type ReadInvite = (text: string) => Invite;

/**
 * @throws {SkeinError} what `read` throws; `OPTION_INVALID` when the text is no invite, `ROLE_FORBIDS` when it is not for tabs,
 *   `INVITE_EXPIRED` by the clock here, `PEER_UNREACHABLE` when a page at that address can reach none of its addresses
 */
export function inviteFacts(text: string, page: PageAddress, nowMs: number, read: ReadInvite): InviteFacts {
  const invite = read(text);
  if (!invite.roles.includes("tab")) {
    throw new SkeinError("ROLE_FORBIDS", `this invite is for ${invite.roles.join(" and ")}, not for a browser`, {
      hint: "ask for a link made with: skein invite --role tab",
    });
  }
  if (invite.expiresMs < nowMs) {
    throw new SkeinError("INVITE_EXPIRED", "the invite is no longer good", { hint: "ask for a new link" });
  }
  checkReachable(invite.addresses, page);
  return {
    invite: text,
    cluster: invite.cluster,
    fingerprint: (invite.cluster.slice(0, 16).match(/.{4}/g) ?? []).join(" "),
    roles: invite.roles,
    id: invite.id,
    about: invite.about,
    hosts: [...new Set(invite.addresses.filter(isWebSocket).map(hostOf))],
    uses: invite.uses,
    expiresMs: invite.expiresMs,
  };
}

const isWebSocket = (address: string): boolean => /\/wss?(?:\/|$)/.test(address);
const isSecure = (address: string): boolean => /\/wss(?:\/|$)|\/tls\/(?:.*\/)?ws(?:\/|$)/.test(address);
const hostOf = (address: string): string => address.split("/")[2] ?? address;
const isLocal = (host: string): boolean => /^(?:127\.|::1$|\[::1\]$|localhost$)/.test(host);

function checkReachable(addresses: readonly string[], { protocol, hostname }: PageAddress): void {
  const sockets = addresses.filter(isWebSocket);
  if (sockets.length === 0) {
    throw new SkeinError("PEER_UNREACHABLE", "the invite names no address that browsers can reach", {
      hint: "the cluster has to listen on a WebSocket: skein up --listen 0.0.0.0:4100 --listen ws://0.0.0.0:4101",
    });
  }
  // Browsers let an https page reach plain WebSockets of its own machine only.
  if (protocol === "https:" && !sockets.some((one) => isSecure(one) || isLocal(hostOf(one)))) {
    throw new SkeinError("PEER_UNREACHABLE", "this page came by https, and the cluster has no encrypted WebSocket", {
      hint: "open the link that skein up prints, by http, or let the cluster listen on wss:// with --tls-cert and --tls-key",
    });
  }
  if (sockets.every((one) => isLocal(hostOf(one))) && !isLocal(hostname) && hostname !== "") {
    throw new SkeinError("PEER_UNREACHABLE", "the cluster is reached from its own machine only", {
      hint: "it has to listen beyond it: skein up --listen 0.0.0.0:4100 --listen ws://0.0.0.0:4101; then ask for a new link",
    });
  }
}

/** The invite in a page's address, or in what a person pasted: an invite, or a link with one. */
export function inviteIn(text: string): string {
  const given = text.trim();
  const hash = given.indexOf("#");
  const part = hash < 0 ? given : given.slice(hash + 1);
  try {
    return decodeURIComponent(part);
  } catch (cause) {
    throw errorFrom(cause);
  }
}
