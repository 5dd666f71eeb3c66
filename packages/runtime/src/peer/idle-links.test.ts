import { expect, test } from "vitest";
import { LINK_IDLE_MS } from "../defaults.ts";
import { locate, register } from "../message/registry.ts";
import type { Steps } from "../contracts/operation.ts";
import type { TaskContext } from "../task/context.ts";
import { sleep } from "../task/sleep.ts";
import type { TaskRef } from "../task/task-ref.ts";
import { simulate } from "../testing/index.ts";
import type { PeerHost } from "./peer-host.ts";

function* count(task: TaskContext<number>): Steps<void> {
  register("counter", task.ref);
  for (;;) yield* task.receive();
}

const connected = (peer: PeerHost): readonly string[] => peer.peers().map(({ name }) => name);

test("a session made for what was sent ends when nothing has used it for a while, and nobody is told a loss", async () => {
  await simulate({ seed: 7, peers: { seed: () => {}, a: count, b: () => {} } }, async (world) => {
    const [a, b] = [world.peer("a").peer, world.peer("b").peer];
    const told: string[] = [];
    void Promise.resolve(b.events.values().forEach((event) => void told.push(event.type)));
    const ref = await b.locate<TaskRef<number>>("counter");
    await ref.deliver(1);
    expect(connected(b)).toContain("a");
    await world.advance(2 * LINK_IDLE_MS);
    expect([connected(a), connected(b)]).toEqual([["seed"], ["seed"]]);
    expect(told).not.toContain("lost");
    // It is made again as soon as there is something to send.
    await ref.deliver(2);
    expect(connected(b)).toContain("a");
  });
});

test("a session on which something hangs stays: a monitor, a delivery that waits, a peer that is kept", async () => {
  await simulate({ seed: 8, peers: { seed: () => {}, a: count, b: () => {} } }, async (world) => {
    const b = world.peer("b");
    const { peer } = b;
    const ref = await peer.locate<TaskRef<number>>("counter");
    const watching = b.spawn(function* (task: TaskContext<string>): Steps<unknown> {
      const watch = ref.monitor(task.ref, ({ type }) => type);
      try {
        return yield* task.receive();
      } finally {
        watch[Symbol.dispose]();
      }
    });
    await world.advance(3 * LINK_IDLE_MS);
    expect(connected(peer)).toContain("a");
    await watching.cancel();
    await world.advance(2 * LINK_IDLE_MS);
    expect(connected(peer)).toEqual(["seed"]);
    await peer.connect(world.peer("a").peer.location);
    await world.advance(3 * LINK_IDLE_MS);
    expect(connected(peer)).toContain("a");
  });
});

for (const way of ["send", "deliver"] as const) {
  test(`nothing is lost by ending idle sessions, when messages are sent a minute apart by ${way}`, async () => {
    const outcome = await simulate(
      { seed: 2, peers: { seed: () => {}, a: () => {}, b: () => {} }, network: { latencyMs: [80, 120] } },
      async (world) => {
        const got: number[] = [];
        const told: string[] = [];
        world.peer("a").spawn(function* (task: TaskContext<number>): Steps<void> {
          register("sink", task.ref);
          for (;;) got.push(yield* task.receive());
        });
        void Promise.resolve(
          world
            .peer("b")
            .peer.events.values()
            .forEach((event) => void told.push(event.type)),
        );
        const sent = Array.from({ length: 100 }, (_, n) => n);
        await world.peer("b").spawn(function* (): Steps<void> {
          const ref = yield* locate<TaskRef<number>>("sink");
          for (const n of sent) {
            // Around the time at which a session ends.
            yield* sleep(LINK_IDLE_MS - 1000 + world.random() * 18_000);
            if (way === "send") ref.send(n);
            else yield* ref.deliver(n);
          }
        });
        await world.advance(LINK_IDLE_MS);
        expect(got).toEqual(sent);
        expect(told.filter((type) => type === "lost" || type === "suspected")).toEqual([]);
        return told.filter((type) => type === "connected").length;
      },
    );
    // They did end.
    expect(outcome).toBeGreaterThan(10);
  });
}
