/** Addresses as people write them, and as libp2p wants them. Pure text; nothing is looked up. */
import type { Address } from "../contracts/endpoint.ts";
import { SkeinError } from "../errors.ts";
import { isPeerId, type PeerId } from "../ids.ts";

/**
 * The multiaddr of a multiaddr, `host:port`, `ws://host:port` or `wss://host:port`.
 *
 * @throws {SkeinError} `OPTION_INVALID`
 * @example
 * toMultiaddr("ws://127.0.0.1:4101"); // "/ip4/127.0.0.1/tcp/4101/ws"
 */
export function toMultiaddr(address: Address): string {
  if (address.startsWith("/")) return address;
  const match = /^(?:(tcp|ws|wss):\/\/)?(\[[0-9a-fA-F:.]+\]|[^/:[\]]+):(\d{1,5})\/?$/.exec(address);
  const host = match?.[2];
  const port = Number(match?.[3]);
  if (host === undefined || port > 65_535) {
    throw new SkeinError("OPTION_INVALID", `"${address}" is no address`, {
      hint: "write host:port, ws://host:port, wss://host:port or a multiaddr",
    });
  }
  const suffix = match?.[1] === "ws" ? "/ws" : match?.[1] === "wss" ? "/tls/ws" : "";
  return `${hostPart(host)}/tcp/${port}${suffix}`;
}

function hostPart(host: string): string {
  if (host.startsWith("[")) return `/ip6/${host.slice(1, -1)}`;
  return /^\d{1,3}(?:\.\d{1,3}){3}$/.test(host) ? `/ip4/${host}` : `/dns/${host}`;
}

/** The peer a multiaddr ends in, if it names one. */
export function peerOfAddress(address: Address): PeerId | undefined {
  const id = /\/p2p\/([^/]+)$/.exec(address)?.[1];
  return isPeerId(id) ? id : undefined;
}

/** The multiaddr with the peer to expect there. */
export function withPeer(address: Address, peer: PeerId): string {
  const multiaddr = toMultiaddr(address);
  return peerOfAddress(multiaddr) === undefined ? `${multiaddr}/p2p/${peer}` : multiaddr;
}

/** What carries a connection to this address. */
export function transportOf(multiaddr: string): "tcp" | "ws" | "wss" | "webrtc" {
  if (isSignalled(multiaddr)) return "webrtc";
  if (/\/(?:tls\/ws|wss)(?:\/|$)/.test(multiaddr)) return "wss";
  return /\/ws(?:\/|$)/.test(multiaddr) ? "ws" : "tcp";
}

/** Where a peer that nobody can dial is reached directly, once there is a connection to agree on it: by WebRTC. */
export const signalledAddress = (peer: string): Address => `/webrtc/p2p/${peer}`;

/** Whether a connection there is made over one that stands already. */
export const isSignalled = (address: Address): boolean => /\/webrtc(?:\/|$)/.test(address);

/** Whether another peer carries what goes there. */
export const isRelayed = (address: Address): boolean => address.includes("/p2p-circuit") && !isSignalled(address);

/** Whether it can be dialled by itself: nobody has to carry or to make the connection. */
export const isDialled = (address: Address): boolean => !isRelayed(address) && !isSignalled(address);

/** The address of the peer that carries what goes there. */
export const relayOf = (address: Address): Address => address.slice(0, address.indexOf("/p2p-circuit"));

/** Whether other machines may reach one of these multiaddrs that are listened on. */
export const beyondLoopback = (listen: readonly Address[]): boolean =>
  listen.some((address) => /^\/(?:ip4\/(?!127\.)|ip6\/(?!::1\/)|dns[46]?\/(?!localhost\/))/.test(address));

/** TCP first, then by the order given; loopback last, since it is another peer's on another machine. */
export const inDialOrder = (addresses: readonly Address[]): readonly Address[] =>
  addresses.toSorted((a, b) => dialRank(a) - dialRank(b));

const dialRank = (address: Address): number =>
  (transportOf(address) === "tcp" ? 0 : 2) + (/^\/(?:ip4\/127\.|ip6\/::1\/)/.test(address) ? 1 : 0);

/** Multiaddrs that name one peer together, the others each by itself. */
export function groupByPeer(
  multiaddrs: readonly string[],
): readonly (readonly [PeerId | undefined, readonly string[]])[] {
  const groups = new Map<PeerId, string[]>();
  const single: (readonly [undefined, readonly string[]])[] = [];
  for (const address of multiaddrs) {
    const peer = peerOfAddress(address);
    if (peer === undefined) single.push([undefined, [address]]);
    else groups.set(peer, [...(groups.get(peer) ?? []), address]);
  }
  return [...groups, ...single];
}
