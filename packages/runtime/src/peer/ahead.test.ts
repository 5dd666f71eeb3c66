import { expect, test, vi } from "vitest";
import type { Steps } from "../contracts/operation.ts";
import { service, type Service, type ServiceContext } from "../message/service.ts";
import { register } from "../message/registry.ts";
import type { TaskContext } from "../task/context.ts";
import { spawn } from "../task/spawn.ts";
import type { TaskRef } from "../task/task-ref.ts";
import { simulate } from "../testing/simulator/simulate.ts";
import { MIB, MINUTE_MS, SECOND_MS } from "../units.ts";
import type { PeerHost } from "./peer-host.ts";
import { memoryPeers } from "../../test/memory-peers.ts";

const { peerIn } = memoryPeers();

interface Sink {
  readonly guest: PeerHost;
  readonly sink: TaskRef<unknown>;
  readonly slow: Service<[], void>;
  readonly got: unknown[];
  /** How much the sink had when the call was cancelled. */
  readonly atCancel: Promise<number>;
  readonly atBegin: Promise<void>;
}

async function setUp(): Promise<Sink> {
  const owner = await peerIn();
  const guest = await peerIn({ invite: await owner.invite({ roles: ["peer"] }) });
  const got: unknown[] = [];
  const begun = Promise.withResolvers<void>();
  const cancelled = Promise.withResolvers<number>();
  function* takes(task: TaskContext<unknown>): Steps<never> {
    for (;;) got.push(yield* task.receive());
  }
  function* waits(task: ServiceContext): Steps<void> {
    try {
      begun.resolve();
      yield* task.suspend();
    } finally {
      cancelled.resolve(got.length);
    }
  }
  const { runtime } = owner;
  owner.register("sink", spawn(takes, [], { runtime }).ref);
  const offer = function* (): Steps<void> {
    register("slow", service("slow", waits));
  };
  await spawn(offer, [], { runtime });
  const sink = await guest.locate<TaskRef<unknown>>("sink");
  const slow = await guest.locate<Service<[], void>>("slow");
  return { guest, sink, slow, got, atCancel: cancelled.promise, atBegin: begun.promise };
}

const SENT = 200;
const LARGE = "x".repeat(20_000);

test("the cancel of a call goes ahead of messages that wait for credit", async () => {
  await simulate({ seed: 7, peers: { a: () => {}, b: () => {} }, network: { latencyMs: [50, 50] } }, async (world) => {
    let got = 0;
    const cancelled = Promise.withResolvers<number>();
    function* waits(task: ServiceContext): Steps<void> {
      try {
        yield* task.suspend();
      } finally {
        cancelled.resolve(got);
      }
    }
    world.peer("a").spawn(function* (task: TaskContext<string>): Steps<never> {
      register("slow", service("slow", waits));
      register("sink", task.ref);
      for (; ; got += 1) yield* task.receive();
    });
    const { peer } = world.peer("b");
    const sink = await peer.locate<TaskRef<string>>("sink", { timeoutMs: MINUTE_MS });
    const slow = await peer.locate<Service<[], void>>("slow", { timeoutMs: MINUTE_MS });
    const call = slow.start([]);
    await world.advance(SECOND_MS);
    for (let n = 0; n < SENT; n += 1) sink.send(LARGE);
    const ended = call.cancel();
    expect(await cancelled.promise).toBeLessThan(SENT / 2);
    await ended;
    await world.advance(MINUTE_MS);
    expect(got).toBe(SENT);
  });
});

test("a call that nobody waits for any more is told so ahead of a large value under way", async () => {
  const { sink, slow, got, atBegin, atCancel } = await setUp();
  const abort = new AbortController();
  const call = slow.call([], { signal: abort.signal });
  const failed = Promise.resolve(call).catch(() => "aborted");
  await atBegin;
  sink.send(new Uint8Array(12 * MIB));
  sink.send("after it");
  abort.abort();
  expect(await atCancel).toBe(0);
  expect(await failed).toBe("aborted");
  await sink.deliver("last");
  // Its mailbox has it; the task may read it a turn later.
  await vi.waitFor(() => expect(got).toHaveLength(3), { timeout: 20_000 });
});

test("a call is never cancelled before it has begun: its cancel waits with it", async () => {
  const { sink, slow, atBegin, atCancel } = await setUp();
  for (let n = 0; n < SENT; n += 1) sink.send(LARGE);
  const call = slow.start([]);
  await call.cancel();
  expect(await call.exit()).toMatchObject({ type: "cancelled" });
  // It may have been cancelled before its function ran, and then neither is told.
  void atBegin;
  void atCancel;
});
