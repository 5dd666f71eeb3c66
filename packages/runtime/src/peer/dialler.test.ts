import { expect, test } from "vitest";
import type { Steps } from "../contracts/operation.ts";
import { isSkeinError } from "../errors.ts";
import { locate, register } from "../message/registry.ts";
import type { TaskContext } from "../task/context.ts";
import type { TaskRef } from "../task/task-ref.ts";
import { simulate } from "../testing/simulator/simulate.ts";
import { MINUTE_MS, SECOND_MS } from "../units.ts";
import { memoryPeers } from "../../test/memory-peers.ts";

const { peerIn } = memoryPeers();

const idle = (): void => undefined;

test("what is sent to a peer that is being dialled for another reason fails with that dial, and goes once it is back", async () => {
  await simulate({ seed: 1, peers: { a: idle, b: idle, c: idle } }, async (world) => {
    world.peer("c").spawn(function* (task: TaskContext<number>): Steps<void> {
      register("sink", task.ref);
      for (;;) yield* task.receive();
    });
    const b = world.peer("b");
    const ref = await b.spawn(function* (): Steps<TaskRef<number>> {
      const found = yield* locate<TaskRef<number>>("sink", { timeoutMs: MINUTE_MS });
      yield* found.deliver(1);
      return found;
    });
    const there = world.peer("c").peer.location;
    world.partition("b", "c");
    await world.advance(2 * MINUTE_MS);
    expect(b.peer.peers().some(({ peer }) => peer === there.peer)).toBe(false);
    const ends: string[] = [];
    const connecting = b.peer.connect(there);
    void Promise.resolve(connecting).catch(() => {});
    const delivering = (): unknown =>
      b.spawn(function* (): Steps<void> {
        try {
          yield* ref.deliver(2);
          ends.push("delivered");
        } catch (error) {
          ends.push(isSkeinError(error) ? error.code : String(error));
        }
      });
    delivering();
    await world.advance(MINUTE_MS);
    expect(ends).toEqual([expect.stringMatching(/^PEER_/)]);
    world.heal();
    delivering();
    await world.advance(MINUTE_MS);
    expect(ends[1]).toBe("delivered");
  });
});

test("disconnecting while connecting ends it: the attempt fails, and nothing connects later", async () => {
  const owner = await peerIn();
  const invite = await owner.invite({ roles: ["peer"], uses: 2 });
  const [a, b] = [await peerIn({ invite }), await peerIn({ invite })];
  for (const target of [b.location, ...b.location.addresses]) {
    const connecting = a.connect(target);
    a.disconnect(b.location);
    await expect(connecting).rejects.toMatchObject({ code: "PEER_UNREACHABLE" });
    expect(a.peers().map(({ peer }) => peer)).toEqual([owner.id]);
    expect(b.peers().map(({ peer }) => peer)).toEqual([owner.id]);
  }
  await a.connect(b.location);
  expect(a.peers()).toHaveLength(2);
});

test("disconnecting at any moment of a handshake leaves no session on either side", async () => {
  const network = { latencyMs: [40, 60] as const };
  await simulate({ seed: 4, peers: { a: idle, b: idle, c: idle }, network }, async (world) => {
    const [b, c] = [world.peer("b").peer, world.peer("c").peer];
    for (let afterMs = 0; afterMs < SECOND_MS; afterMs += 30) {
      const connecting = Promise.resolve(b.connect(c.location));
      const end = connecting.then(
        () => "connected",
        (error: unknown) => (isSkeinError(error) ? error.code : String(error)),
      );
      await world.advance(afterMs);
      b.disconnect(c.id);
      await world.advance(2 * SECOND_MS);
      expect([b.peers(), c.peers()].map((peers) => peers.map(({ name }) => name))).toEqual([["a"], ["a"]]);
      expect(["connected", "PEER_UNREACHABLE"]).toContain(await end);
    }
  });
});

test("a peer whose addresses only others know is reached where they say that it is", async () => {
  const owner = await peerIn();
  const invite = await owner.invite({ roles: ["peer"], uses: 2 });
  const [a, b] = [await peerIn({ invite }), await peerIn({ invite })];
  await a.connect({ ...b.location, addresses: [] });
  expect(a.peers().map(({ peer }) => peer)).toContain(b.id);
});
