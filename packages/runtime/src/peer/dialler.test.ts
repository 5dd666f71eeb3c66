import { expect, test } from "vitest";
import type { Steps } from "../contracts/operation.ts";
import { isSkeinError } from "../errors.ts";
import { locate, register } from "../message/registry.ts";
import type { TaskContext } from "../task/context.ts";
import type { TaskRef } from "../task/task-ref.ts";
import { simulate } from "../testing/simulator/simulate.ts";
import { MINUTE_MS } from "../units.ts";

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
