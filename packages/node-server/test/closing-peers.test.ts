import "../src/index.ts";
import { createRuntime, spawn, type Steps, type TaskContext, type TaskRef } from "@skein/runtime";
import { expect, test } from "vitest";
import { createNodePeer } from "../src/create-node-peer.ts";

for (const [count, size] of [
  [1, 10],
  [1000, 10],
  [300, 10_000],
  [3, 1_000_000],
] as const) {
  test(`${count} messages of ${size} bytes sent over TCP just before close() arrive`, async () => {
    await using owner = await createNodePeer({ listen: ["127.0.0.1:0"], runtime: createRuntime() });
    const all = Promise.withResolvers<void>();
    let got = 0;
    function* takes(task: TaskContext<string>): Steps<void> {
      for (; got < count; got += 1) yield* task.receive();
      all.resolve();
    }
    owner.register("sink", spawn(takes, [], { runtime: owner.runtime }).ref);
    const guest = await createNodePeer({ runtime: createRuntime(), invite: await owner.invite({ roles: ["peer"] }) });
    const ref = await guest.locate<TaskRef<string>>("sink", { timeoutMs: 30_000 });
    for (let n = 0; n < count; n += 1) ref.send("x".repeat(size));
    await guest.close();
    await all.promise;
    expect(got).toBe(count);
  });
}
