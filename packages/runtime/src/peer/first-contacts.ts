/** The peers that one was told of at its start: the cluster is joined through them, and they stay connected. */
import type { Address } from "../contracts/endpoint.ts";
import { isSkeinError, SkeinError } from "../errors.ts";
import type { PeerId } from "../ids.ts";
import { groupByPeer, toMultiaddr } from "./address.ts";
import type { Standing } from "./standing.ts";

/** Keeps whoever is at these addresses connected, for ever; with `retry` also when the first attempt fails. */
export type Stay = (addresses: readonly Address[], expected?: PeerId, retry?: boolean) => Promise<PeerId>;

/**
 * Redeems the invite where that is needed: then the first contact must succeed. The others are tried for ever; whoever
 * can be reached is connected when the promise resolves. Where all of them were reached and none will have this peer,
 * trying again is of no use.
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
  const outcomes = await Promise.allSettled(groups.map(([expected, group]) => stay(group, expected, true)));
  const refusals = outcomes.map((outcome, at) => refusalOf(outcome, groups[at]?.[1] ?? []));
  const [first] = refusals;
  if (first !== undefined && !refusals.includes(undefined)) throw first;
}

/** What a peer that was reached said in place of having us; nothing when it has us, or wasn't reached. */
function refusalOf(outcome: PromiseSettledResult<PeerId>, addresses: readonly Address[]): SkeinError | undefined {
  if (outcome.status === "fulfilled") return undefined;
  const { reason }: { readonly reason: unknown } = outcome;
  return isSkeinError(reason) && REFUSALS.has(reason.code) ? refusedBy(addresses, reason) : undefined;
}

const REFUSALS: ReadonlySet<string> = new Set(["NOT_A_MEMBER", "INVITE_EXPIRED", "INVITE_USED", "ROLE_FORBIDS"]);

/** The same refusal, with who said it. */
export const refusedBy = (addresses: readonly Address[], cause: SkeinError): SkeinError =>
  new SkeinError(
    cause.code,
    `${addresses.slice(0, 4).join(", ")} was reached, and no session came of it: ${cause.message}`,
    {
      hint: cause.hint,
      cause,
    },
  );

async function join(standing: Standing, seeds: readonly Address[], stay: Stay): Promise<void> {
  if (seeds.length === 0) {
    throw new SkeinError("NO_CLUSTER", "the invite names no address", { hint: "the inviter must listen somewhere" });
  }
  await stay(seeds.map(toMultiaddr));
  await standing.rememberSeeds(seeds);
}
