import { expect, test } from "vitest";
import type { Steps } from "../contracts/operation.ts";
import { type Logger, silentLogger } from "../logger.ts";
import type { TaskContext } from "../task/context.ts";
import { spawn } from "../task/spawn.ts";
import type { TaskRef } from "../task/task-ref.ts";
import { simulate } from "../testing/simulator/simulate.ts";
import { MINUTE_MS, SECOND_MS } from "../units.ts";
import { drain } from "./draining.ts";
import type { PeerHost } from "./peer-host.ts";
import { memoryPeers } from "../../test/memory-peers.ts";

const { peerIn, platform, partition } = memoryPeers();

interface Sink {
  readonly owner: PeerHost;
  readonly guest: PeerHost;
  readonly ref: TaskRef<unknown>;
  readonly got: unknown[];
}

function* waits(task: TaskContext<unknown>): Steps<never> {
  for (;;) yield* task.receive();
}

async function sinkFor(): Promise<Sink> {
  const owner = await peerIn();
  const got: unknown[] = [];
  function* takes(task: TaskContext<unknown>): Steps<void> {
    for (;;) got.push(yield* task.receive());
  }
  owner.register("sink", spawn(takes, [], { runtime: owner.runtime }).ref);
  const guest = await peerIn({ invite: await owner.invite({ roles: ["peer"] }) });
  const ref = await guest.locate<TaskRef<unknown>>("sink");
  await ref.deliver("first");
  return { owner, guest, ref, got };
}

for (const [count, size] of [
  [1000, 10],
  [100, 10_000],
  [3, 1_000_000],
] as const) {
  test(`${count} messages of ${size} bytes sent just before close() arrive`, async () => {
    const { guest, ref, got } = await sinkFor();
    for (let n = 0; n < count; n += 1) ref.send("x".repeat(size));
    await guest.close();
    expect(got).toHaveLength(1 + count);
  });
}

test("what was sent just before disconnect() arrives, and connecting anew meanwhile keeps the session", async () => {
  const { owner, guest, ref, got } = await sinkFor();
  for (let n = 0; n < 1000; n += 1) ref.send(n);
  const events = owner.events.values();
  guest.disconnect(owner.id);
  for (let lost = false; !lost;) {
    const { value } = await events.next();
    lost = value?.type === "lost";
  }
  await guest.connect(owner.location);
  ref.send("again");
  guest.disconnect(owner.id);
  await guest.connect(owner.location);
  await ref.deliver("last");
  expect(guest.peers()).toHaveLength(1);
  await expect.poll(() => got.length).toBe(1003);
});

test("close() waits for a peer that is away only as long as it is told to, and not at all when it cancels", async () => {
  const { owner, guest, ref } = await sinkFor();
  partition(owner.id, guest.id);
  ref.send("lost");
  await guest.close({ timeoutMs: 20 });
  const other = await peerIn({ invite: await owner.invite({ roles: ["peer"] }) });
  const there = await other.locate<TaskRef<unknown>>("sink");
  partition(owner.id, other.id);
  there.send("lost too");
  const closing = other.close({ timeoutMs: MINUTE_MS });
  void other.close({ cancel: true });
  await closing;
});

test("close() does not wait for a peer that is away when only notices between peers are for it, but for a message", async () => {
  const warned: string[] = [];
  const logger: Logger = { ...silentLogger, warn: (event) => void warned.push(event) };
  const owner = await peerIn({ logger });
  const guest = await peerIn({ invite: await owner.invite({ roles: ["peer"], uses: 2 }), logger });
  guest.register("sink", spawn(waits, [], { runtime: guest.runtime }).ref);
  const ref = await owner.locate<TaskRef<unknown>>("sink");
  await ref.deliver("first");
  partition(owner.id, guest.id);
  guest.procedures.notify({ peer: owner.id, server: 0 }, "peer.nothing", undefined);
  await guest.close();
  expect(warned).toEqual([]);
  ref.send("lost");
  await owner.close({ timeoutMs: 20 });
  expect(warned).toEqual(["peer.unsent"]);
});

test("whatever is sent just before close() arrives over a slow network, and nothing twice", async () => {
  await simulate({ seed: 5, peers: { a: () => {}, b: () => {} }, network: { latencyMs: [80, 120] } }, async (world) => {
    const got: number[] = [];
    world.peer("a").spawn(function* (task: TaskContext<number>): Steps<void> {
      world.peer("a").peer.register("sink", task.ref);
      for (;;) got.push(yield* task.receive());
    });
    const { peer } = world.peer("b");
    const ref = await peer.locate<TaskRef<number>>("sink", { timeoutMs: MINUTE_MS });
    for (let n = 0; n < 500; n += 1) ref.send(n);
    await peer.close();
    await world.advance(SECOND_MS);
    expect(got).toEqual(Array.from({ length: 500 }, (_, n) => n));
  });
});

test("draining ends with its time, its signal, or when all has arrived", async () => {
  const asked: string[] = [];
  const options = { platform, hurry: () => void asked.push("asked"), timeoutMs: 10 };
  expect(await drain({ ...options, isDrained: () => false })).toBe(false);
  expect(await drain({ ...options, isDrained: () => asked.length > 3, timeoutMs: MINUTE_MS })).toBe(true);
  const abort = new AbortController();
  const waiting = drain({ ...options, isDrained: () => false, timeoutMs: MINUTE_MS, signal: abort.signal });
  abort.abort();
  expect(await waiting).toBe(false);
});
