/** Goodbyes of peers that can be reached only through another one. */
import "../src/index.ts";
import {
  createRuntime,
  type PeerHost,
  type PeerOptions,
  spawn,
  type Steps,
  type TaskContext,
  type TaskRef,
} from "@skein/runtime";
import { afterEach, expect, test } from "vitest";
import { createNodePeer } from "../src/create-node-peer.ts";

const opened: PeerHost[] = [];
afterEach(async () => {
  for (const peer of opened.splice(0).toReversed()) await peer.close({ cancel: true });
});

async function start(options: PeerOptions): Promise<PeerHost> {
  const peer = await createNodePeer({ runtime: createRuntime(), ...options });
  opened.push(peer);
  return peer;
}

function* echoes(task: TaskContext<string>): Steps<never> {
  for (;;) yield* task.receive();
}

/** Two peers that listen nowhere, and the one that carries what they say to each other. */
async function carried(): Promise<{
  readonly hidden: PeerHost;
  readonly other: PeerHost;
  readonly ref: TaskRef<string>;
}> {
  const carrier = await start({ listen: ["127.0.0.1:0"] });
  const invite = await carrier.invite({ roles: ["peer"], uses: 2 });
  const [hidden, other] = [await start({ invite, name: "hidden" }), await start({ invite, name: "other" })];
  hidden.register("inside", spawn(echoes, [], { runtime: hidden.runtime }).ref);
  const ref = await other.locate<TaskRef<string>>("inside", { timeoutMs: 30_000 });
  await ref.deliver("hello", { timeoutMs: 30_000 });
  expect(other.peers().find(({ peer }) => peer === hidden.id)?.transport).toBe("relay");
  return { hidden, other, ref };
}

for (const cancel of [false, true]) {
  test(`a peer that another one carries is lost at once when it closes${cancel ? " with cancel" : ""}`, async () => {
    const { hidden, other } = await carried();
    const events = other.events.values();
    await hidden.close({ cancel });
    for (;;) {
      const { value } = await events.next();
      if (value?.type !== "lost" || value.peer !== hidden.id) continue;
      expect(value.error.message).toContain("left");
      break;
    }
    expect(other.peers().map(({ peer }) => peer)).not.toContain(hidden.id);
  });
}

test("what a carried peer sends just before it closes arrives", async () => {
  const { hidden, other, ref } = await carried();
  const got = Promise.withResolvers<number>();
  function* counts(task: TaskContext<string>): Steps<void> {
    let count = 0;
    while ((yield* task.receive()) !== "end") count += 1;
    got.resolve(count);
  }
  hidden.register("counts", spawn(counts, [], { runtime: hidden.runtime }).ref);
  const counting = await other.locate<TaskRef<string>>("counts", { timeoutMs: 30_000 });
  for (let n = 0; n < 1000; n += 1) counting.send("x".repeat(1000));
  counting.send("end");
  await other.close();
  expect(await got.promise).toBe(1000);
  void ref;
});
