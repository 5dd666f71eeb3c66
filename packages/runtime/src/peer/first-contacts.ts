/** The peers that one was told of at its start: the cluster is joined through them, and they stay connected. */
import type { Address } from "../contracts/endpoint.ts";
import { SkeinError } from "../errors.ts";
import type { PeerId } from "../ids.ts";
import { groupByPeer, toMultiaddr } from "./address.ts";
import type { Standing } from "./standing.ts";

/** Keeps whoever is at these addresses connected, for ever; with `retry` also when the first attempt fails. */
export type Stay = (addresses: readonly Address[], expected?: PeerId, retry?: boolean) => Promise<PeerId>;

/**
 * Redeems the invite where that is needed: then the first contact must succeed. The others are tried for ever; whoever
 * can be reached is connected when the promise resolves.
 *
 * @throws {SkeinError} `NO_CLUSTER`, and why joining failed
 */
export async function contact(
  standing: Standing,
  seeds: readonly Address[],
  peers: readonly Address[],
  stay: Stay,
): Promise<void> {
  if (standing.certificate === undefined) await join(standing, seeds, stay);
  const addresses = standing.owns ? peers : [...seeds, ...peers];
  const groups = groupByPeer(addresses.map(toMultiaddr));
  await Promise.allSettled(groups.map(([expected, group]) => stay(group, expected, true)));
}

async function join(standing: Standing, seeds: readonly Address[], stay: Stay): Promise<void> {
  if (seeds.length === 0) {
    throw new SkeinError("NO_CLUSTER", "the invite names no address", { hint: "the inviter must listen somewhere" });
  }
  await stay(seeds.map(toMultiaddr));
  await standing.rememberSeeds(seeds);
}
