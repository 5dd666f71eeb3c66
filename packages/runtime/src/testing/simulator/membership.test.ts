/** Membership under faults, on virtual time: who was sent away stays away, whatever the network did meanwhile. */
import { expect, test } from "vitest";
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from "../../units.ts";
import { simulate } from "./simulate.ts";
import type { World } from "./types.ts";
import { seeds } from "../../../test/rounds.ts";

const idle = (): void => undefined;
const peers = { owner: idle, bad: idle, one: idle, two: idle, three: idle };
const NAMES = Object.keys(peers);

const sees = (world: World, name: string, other: string): boolean =>
  world.peer(name).running &&
  world
    .peer(name)
    .peer.peers()
    .some(({ peer, suspected }) => !suspected && peer === world.peer(other).peer.id);

async function mesh(world: World): Promise<void> {
  for (const name of NAMES) {
    for (const other of NAMES) {
      if (name < other) await world.peer(name).peer.connect(world.peer(other).peer.location);
    }
  }
}

test("a revoked peer is out everywhere within two seconds, on a slow network that loses", async () => {
  for (const seed of seeds(10)) {
    const network = { latencyMs: 60, lossShare: 0.02 };
    const tookMs = await simulate({ seed, peers, network }, async (world) => {
      await mesh(world);
      const since = world.now();
      await world.peer("owner").peer.revoke(world.peer("bad").peer.id);
      const others = NAMES.filter((name) => name !== "bad");
      await world.until(() => !others.some((name) => sees(world, name, "bad")), { timeoutMs: MINUTE_MS });
      return world.now() - since;
    });
    expect(tookMs, `seed ${seed}`).toBeLessThan(2 * SECOND_MS);
  }
});

test("who was cut off, frozen or crashed learns of it on its return, and lets the revoked peer in no more", async () => {
  for (const seed of seeds(10)) {
    await simulate({ seed, peers }, async (world) => {
      await mesh(world);
      const badId = world.peer("bad").peer.id;
      const badPlace = world.peer("bad").peer.location;
      // One side of the network has the revoked peer, and hears nothing of it.
      for (const here of ["bad", "one"]) for (const there of ["owner", "two", "three"]) world.partition(here, there);
      world.crash("three");
      world.freeze("two");
      await world.peer("owner").peer.revoke(badId);
      await world.advance(world.random() * 2 * MINUTE_MS);
      world.thaw("two");
      await world.restart("three");
      world.heal();
      const others = NAMES.filter((name) => name !== "bad");
      await world.until(() => others.every((name) => name === "owner" || sees(world, name, "owner")), {
        timeoutMs: 5 * MINUTE_MS,
      });
      await world.until(() => !others.some((name) => sees(world, name, "bad")), { timeoutMs: 5 * MINUTE_MS });
      for (const name of others) {
        const refused = await world
          .peer(name)
          .peer.connect(badPlace)
          .then(
            () => "connected",
            (error: unknown) => (error as { readonly code?: string }).code,
          );
        expect([seed, name, refused]).toEqual([seed, name, expect.stringMatching(/^(NOT_A_MEMBER|PEER_UNREACHABLE)$/)]);
      }
    });
  }
});

test("a cluster outlives its first certificates, and clocks that jump ten minutes end nothing", async () => {
  // Heartbeats are rare, so that weeks go by soon.
  const rarely = { run: idle, options: { heartbeatMs: 6 * HOUR_MS, lingerMs: 4 * DAY_MS } };
  const weeks = { owner: rarely, one: rarely, two: rarely };
  await simulate({ seed: 1, peers: weeks, limitMs: 60 * DAY_MS }, async (world) => {
    await world.peer("one").peer.connect(world.peer("two").peer.location);
    for (let day = 0; day < 36; day += 1) {
      world.jumpClock("one", (day % 2 === 0 ? 10 : -10) * MINUTE_MS);
      await world.advance(DAY_MS);
      expect([day, sees(world, "one", "two"), sees(world, "two", "owner")]).toEqual([day, true, true]);
    }
  });
}, 30_000);

test("an operator can invite whoever of the two, it or the holder of the key, opened the connection", async () => {
  await simulate({ seed: 1, peers: { owner: idle, op: { run: idle, roles: ["operator"] } } }, async (world) => {
    await world.advance(SECOND_MS);
    for (let round = 0; round < 8; round += 1) {
      await world.peer("op").peer.invite({ roles: ["peer"] }, { timeoutMs: MINUTE_MS });
      world.partition("owner", "op");
      await world.advance(17 * SECOND_MS + round * 300);
      world.heal();
      await world.advance(10 * SECOND_MS);
    }
  });
});
