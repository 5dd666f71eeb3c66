/** Which of several holders of a name is nearest: this process, this machine, the one that answers soonest. Pure. */
import type { Address } from "../contracts/endpoint.ts";
import type { PeerId } from "../ids.ts";
import type { Found } from "./directory-words.ts";

export interface Surroundings {
  readonly self: PeerId;
  readonly addresses: readonly Address[];
  readonly isConnected: (peer: PeerId) => boolean;
  /** Milliseconds to it and back, where it was measured. */
  readonly rttOf: (peer: PeerId) => number | undefined;
}

/** 0: this peer, 1: this machine, 2: connected, 3: would have to be dialled. */
export function tierOf({ peer, addresses }: Pick<Found, "peer" | "addresses">, around: Surroundings): number {
  if (peer === around.self) return 0;
  if (sameMachine(around.addresses, addresses)) return 1;
  return around.isConnected(peer) ? 2 : 3;
}

/** Nearest first. */
export function nearestFirst(found: readonly Found[], around: Surroundings): readonly Found[] {
  const rttOf = (peer: PeerId): number => around.rttOf(peer) ?? Infinity;
  // Infinity minus itself is no number: those not measured stay as they came.
  return found.toSorted(
    (a, b) => tierOf(a, around) - tierOf(b, around) || rttOf(a.peer) - rttOf(b.peer) || a.server - b.server || 0,
  );
}

const HOST = /^\/(ip4|ip6)\/([^/]+)\//;
const isLoopback = (host: string): boolean => host.startsWith("ip4/127.") || host === "ip6/::1";

function hosts(addresses: readonly Address[]): readonly string[] {
  return addresses.flatMap((address) => {
    // What is reached through a relay begins with the relay's address.
    const [, version, host] = address.includes("/p2p-circuit") ? [] : (HOST.exec(address) ?? []);
    return version === undefined || host === undefined ? [] : [`${version}/${host}`];
  });
}

/** Whether two peers say that they are reached at one host; those reached only on loopback are on the same one. */
export function sameMachine(ours: readonly Address[], theirs: readonly Address[]): boolean {
  const here = hosts(ours);
  const there = hosts(theirs);
  if (here.length === 0 || there.length === 0) return false;
  if (there.every(isLoopback)) return true;
  return there.some((host) => !isLoopback(host) && here.includes(host));
}
