import { expect, test, vi } from "vitest";
import type { Steps } from "../../contracts/operation.ts";
import type { PeerEvent } from "../../peer/events.ts";
import { locate, register } from "../../message/registry.ts";
import type { TaskContext } from "../../task/context.ts";
import { sleep } from "../../task/sleep.ts";
import { spawn } from "../../task/spawn.ts";
import type { TaskRef } from "../../task/task-ref.ts";
import { HOUR_MS, MINUTE_MS, SECOND_MS } from "../../units.ts";
import { simulate } from "./simulate.ts";
import type { SimulateOptions, World } from "./types.ts";

// WebKit's event loop takes ten times as long for a turn as Node's.
vi.setConfig({ testTimeout: 60_000 });

/** Adds up what it is sent, up to a 0. */
function* counter(task: TaskContext<number>): Steps<number> {
  register("counter", task.ref);
  let sum = 0;
  for (;;) {
    const n = yield* task.receive();
    if (n === 0) return sum;
    sum += n;
  }
}

function* deliverAll(_task: TaskContext, count: number): Steps<void> {
  const ref = yield* locate<TaskRef<number>>("counter", { timeoutMs: MINUTE_MS });
  for (let n = 1; n <= count; n += 1) {
    yield* ref.deliver(n);
    yield* sleep(10);
  }
  ref.send(0);
}

const idle = (): void => undefined;
const two = { seed: 1, peers: { a: idle, b: idle } };

/** Names of what a peer was told about its connections, from now on. */
function eventsOf(world: World, name: string): PeerEvent["type"][] {
  const seen: PeerEvent["type"][] = [];
  world.peer(name).spawn(function* (): Steps<void> {
    yield* world
      .peer(name)
      .peer.events.values()
      .forEach((event) => void (event.type !== "joined" && event.type !== "left" && seen.push(event.type)));
  });
  return seen;
}

test("peers of a simulation find each other and talk", async () => {
  const sum = await simulate(two, async (world) => {
    const counting = world.peer("a").spawn(counter);
    await world.peer("b").spawn(deliverAll, [100]);
    return await counting;
  });
  expect(sum).toBe(5050);
});

test("the same seed gives the same run again, another one another", async () => {
  const digest = async (seed: number, lossShare = 0): Promise<string> =>
    await simulate({ ...two, seed, network: { lossShare } }, async (world) => {
      const counting = world.peer("a").spawn(counter);
      const sending = world.peer("b").spawn(deliverAll, [20]);
      await world.advance(100 + world.random());
      world.freeze("a");
      await world.advance(1000);
      world.thaw("a");
      await sending;
      await counting;
      await world.advance(MINUTE_MS);
      expect(world.trace.length).toBeGreaterThan(200);
      return world.trace.digest;
    });
  const first = await digest(7, 0.2);
  expect(await digest(7, 0.2)).toBe(first);
  expect(await digest(8, 0.2)).not.toBe(first);
});

test("hours pass in moments, and each peer's timers ring at their time", async () => {
  const rang: string[] = [];
  const ring = (name: string, ms: number): (() => Steps<void>) =>
    function* () {
      yield* sleep(ms);
      rang.push(name);
    };
  await simulate({ seed: 3, peers: { a: ring("a", 2 * HOUR_MS), b: ring("b", HOUR_MS) } }, async (world) => {
    await world.advance(HOUR_MS + SECOND_MS);
    expect(rang).toEqual(["b"]);
    await world.advance(HOUR_MS);
    expect(world.now()).toBeGreaterThan(2 * HOUR_MS);
  });
  expect(rang).toEqual(["b", "a"]);
});

test("nothing gets through a partition, and all is well once it is healed", async () => {
  await simulate(two, async (world) => {
    const seen = eventsOf(world, "b");
    const counting = world.peer("a").spawn(counter);
    world.peer("b").spawn(deliverAll, [3]);
    await counting;
    world.partition("a", "b");
    await world.advance(2 * MINUTE_MS);
    expect(seen.filter((type) => type === "lost")).toHaveLength(1);
    expect(world.peer("b").peer.peers()).toEqual([]);
    world.heal();
    await world.advance(MINUTE_MS);
    expect(seen.filter((type) => type === "lost")).toHaveLength(1);
    expect(seen.at(-1)).toBe("connected");
    const again = world.peer("a").spawn(counter);
    await world.peer("b").spawn(deliverAll, [3]);
    expect(await again).toBe(6);
  });
});

test("a partition of one direction ends the connection for both", async () => {
  await simulate(two, async (world) => {
    world.partition("a", "b", { oneWay: true });
    await world.advance(3 * MINUTE_MS);
    expect(world.peer("a").peer.peers()).toEqual([]);
    expect(world.peer("b").peer.peers()).toEqual([]);
    world.heal("b");
    await world.advance(MINUTE_MS);
    expect(world.peer("a").peer.peers()).toHaveLength(1);
  });
});

test("a peer that crashed is the same after its restart, or another one without its disk", async () => {
  let starts = 0;
  await simulate({ ...two, peers: { a: idle, b: () => (starts += 1) } }, async (world) => {
    const before = world.peer("b").peer.id;
    const waiting = world.peer("b").spawn(counter);
    world.crash("b");
    expect(world.peer("b").running).toBe(false);
    expect(() => world.peer("b").peer).toThrow("does not run");
    expect((await waiting.exit()).type).toBe("lost");
    await world.advance(SECOND_MS);
    expect(world.peer("a").peer.peers()).toEqual([]);
    await world.restart("b");
    expect(world.peer("b").peer.id).toBe(before);
    world.crash("b", { keepDisk: false, silent: true });
    await world.advance(MINUTE_MS);
    await world.restart("b");
    expect(world.peer("b").peer.id).not.toBe(before);
    expect(starts).toBe(3);
    expect(() => world.crash("a", { keepDisk: false })).toThrow("holds the cluster's key");
  });
});

test("a peer that was frozen for a while goes on where it stood", async () => {
  await simulate(two, async (world) => {
    const seen = eventsOf(world, "b");
    const counting = world.peer("a").spawn(counter);
    const sending = world.peer("b").spawn(deliverAll, [50]);
    await world.advance(200);
    world.freeze("a");
    await world.advance(10 * SECOND_MS);
    world.thaw("a");
    await sending;
    expect(await counting).toBe(1275);
    expect(seen).not.toContain("lost");
  });
});

test("a wall clock may jump, and timers ring at their time all the same", async () => {
  await simulate(two, async (world) => {
    const { peer } = world.peer("b");
    const beforeMs = peer.platform.wallMs();
    const ringing = world.peer("b").spawn(function* (): Steps<void> {
      yield* sleep(SECOND_MS);
    });
    world.jumpClock("b", 2 * HOUR_MS);
    await ringing;
    expect(Math.round(world.now() / SECOND_MS)).toBe(1);
    expect(Math.round((peer.platform.wallMs() - beforeMs) / SECOND_MS)).toBe(7201);
  });
});

test("jobs run on the servers of simulated nodes, each function for as long as it is said to", async () => {
  const peers: SimulateOptions["peers"] = { up: idle, node: { servers: 2 }, laptop: idle };
  await simulate({ seed: 5, peers }, async (world) => {
    const tasks = { square: (x: number): number => x * x };
    const url = world.module("tasks", tasks, { square: 1000 });
    const job = await world.peer("laptop").client.openJob({ modules: [url] });
    const module = await job.module<typeof tasks>(url);
    const startedMs = world.now();
    const results = Array.from({ length: 6 }, (_, n) => module.square.call([n]));
    const values: number[] = [];
    for (const result of results) values.push(await result);
    expect(values).toEqual([0, 1, 4, 9, 16, 25]);
    // Six of them, a second each, on two servers.
    expect(Math.round((world.now() - startedMs) / 1000)).toBe(3);
    await job.close();
  });
});

test("a server process that dies costs a retry", async () => {
  await simulate({ seed: 6, peers: { up: { servers: 1 }, laptop: idle } }, async (world) => {
    const tasks = { square: (x: number): number => x * x };
    const url = world.module("tasks", tasks, { square: 500 });
    const job = await world.peer("laptop").client.openJob({ modules: [url] });
    const module = await job.module<typeof tasks>(url);
    const result = module.square.call([7], { retries: 2 });
    await world.advance(200);
    world.killServer("up", 1);
    expect(await result).toBe(49);
  });
});

test("a failure says which seed it was and what happened last", async () => {
  const failing = simulate({ ...two, seed: 42 }, async (world) => {
    await world.advance(5);
    expect(1).toBe(2);
  });
  await expect(failing).rejects.toThrow(/expected 1 to be 2[\s\S]*seed: 42[\s\S]*world advanced/);
});

test("an error that nobody in a peer handles fails the simulation", async () => {
  const fails = (): never => {
    throw new RangeError("too far");
  };
  await expect(simulate({ seed: 1, peers: { a: fails } }, (world) => world.advance(1))).rejects.toThrow(
    /nobody handled an error in the peer a: .*too far/,
  );
  await simulate({ seed: 1, peers: { a: fails } }, async (world) => {
    await world.advance(1);
    expect(world.unhandled.splice(0)).toHaveLength(1);
  });
});

test("what can't happen is told, not waited for", async () => {
  await expect(simulate({ seed: 1, peers: {} }, () => new Promise(() => {}))).rejects.toThrow("nothing is left to run");
  await expect(
    simulate({ ...two, limitMs: SECOND_MS }, async (world) => await world.until(() => false)),
  ).rejects.toThrow("1000 ms of virtual time");
  await expect(simulate(two, async (world) => await world.until(() => false, { timeoutMs: 50 }))).rejects.toThrow(
    "a condition to hold: not done within 50 ms",
  );
  await expect(
    simulate({ ...two, limitMs: SECOND_MS }, async () => await simulate(two, () => undefined)),
  ).rejects.toThrow("was begun inside it");
  await expect(simulate(two, (world) => world.crash("c"))).rejects.toThrow('named "c"');
  expect(() => simulate({ ...two, seed: 0.5 }, idle)).toThrow("whole number");
});

test("simulations begun together run one after the other, each with its own peers", async () => {
  const run = (seed: number): Promise<string> => simulate({ ...two, seed }, (world) => world.peer("b").peer.id);
  const [one, other] = await Promise.all([run(1), run(2)]);
  expect(one).not.toBe(other);
  expect(await run(1)).toBe(one);
});

test("async tasks of a peer use its runtime, also between two of their waits", async () => {
  await simulate(two, async (world) => {
    const counting = world.peer("a").spawn(counter);
    await world.peer("b").spawn(async () => {
      const ref = await locate<TaskRef<number>>("counter", { timeoutMs: MINUTE_MS });
      await Promise.resolve();
      const child = spawn(function* () {
        yield* sleep(5);
        yield* ref.deliver(3);
      });
      await child;
      await sleep(5);
      ref.send(0);
    });
    expect(await counting).toBe(3);
  });
});
