/** Who schedules in a cluster: its roles don't tell where a secret gives them to everybody, so each peer is asked. */
import type { Location } from "../contracts/endpoint.ts";
import type { Operation } from "../contracts/operation.ts";
import type { WaitOptions } from "../contracts/wait.ts";
import { SkeinError } from "../errors.ts";
import type { PeerId } from "../ids.ts";
import type { PeerHost } from "../peer/peer-host.ts";
import { settled } from "../task/combine.ts";
import { deadline } from "../task/deadline.ts";
import { op } from "../task/op.ts";
import { sleep } from "../task/sleep.ts";
import { SECOND_MS } from "../units.ts";
import { parseWhere } from "./schemas.ts";
import { SCHEDULER_WHERE } from "./tell-scheduler.ts";

/** How long one peer may take to answer. */
const ASK_TIMEOUT_MS: number = 5 * SECOND_MS;
/** Peers that know of no scheduler are asked again after this. */
const ASK_AGAIN_MS = 500;

/**
 * The scheduler of `peer`'s cluster: one that a connected peer is, or knows; `peer` is connected to it then. Waits for
 * one that starts later.
 *
 * @throws {SkeinError} `TIMEOUT` when none is found in `timeoutMs`; the signal's reason
 * @example
 * const scheduler = await findScheduler(peer, { timeoutMs: 5000 });
 */
export function findScheduler(peer: PeerHost, { timeoutMs, signal }: WaitOptions = {}): Operation<Location> {
  const search = op(function* () {
    for (;;) {
      signal?.throwIfAborted();
      const asked = yield* settled(peer.peers().map((other) => ask(peer, other.peer)));
      for (const answer of asked) {
        const place = answer.type === "returned" ? answer.value : undefined;
        if (place !== undefined && (yield* schedules(peer, place))) return place;
      }
      yield* sleep(ASK_AGAIN_MS);
    }
  });
  return timeoutMs === undefined ? search : deadline(timeoutMs, search);
}

const ask = (peer: PeerHost, other: PeerId): Operation<Location | undefined> =>
  op(function* () {
    const to = { peer: other, server: 0 };
    return parseWhere(yield* peer.procedures.call(to, SCHEDULER_WHERE, undefined, { timeoutMs: ASK_TIMEOUT_MS }));
  });

/** Connects to who is said to schedule, which must have the role and say so itself. */
const schedules = (peer: PeerHost, place: Location): Operation<boolean> =>
  op(function* () {
    try {
      yield* peer.connect(place, { timeoutMs: ASK_TIMEOUT_MS });
      const itself = yield* ask(peer, place.peer);
      return itself?.peer === place.peer && peer.rolesOf(place.peer).includes("scheduler");
    } catch {
      return false;
    }
  });

/** What an end of the search without success says. */
export const noScheduler = (cause: unknown): SkeinError =>
  new SkeinError("NO_CLUSTER", "none of the peers reached schedules jobs, or knows who does", {
    hint: "start one with skein up, or use an invite made by it",
    cause,
  });
