import { afterEach, expect, test } from "vitest";
import { isSkeinError } from "../errors.ts";
import { channel, type Channel } from "../message/channel.ts";
import { lookup } from "../message/registry.ts";
import { settled } from "../task/combine.ts";
import type { TaskContext } from "../task/context.ts";
import { createRuntime, type Runtime } from "../task/runtime.ts";
import { spawn } from "../task/spawn.ts";
import type { TaskRef } from "../task/task-ref.ts";
import type { Task } from "../task/types.ts";
import { createHostPlatform, installHostPlatform } from "../testing/host-platform.ts";
import { createMemoryNetwork } from "../testing/memory-network.ts";
import { codecOf } from "./codec-of.ts";
import { createPeer } from "./peer.ts";
import type { PeerHost } from "./peer-host.ts";

installHostPlatform();
const platform = createHostPlatform();
const { network } = createMemoryNetwork(platform);
let places = 0;
const opened: PeerHost[] = [];

afterEach(async () => {
  for (const peer of opened.splice(0)) await peer.close({ cancel: true });
});

/** Peers of one cluster, each connected with each other. */
async function peers(count: number): Promise<readonly PeerHost[]> {
  const made: PeerHost[] = [];
  for (let n = 0; n < count; n += 1) {
    places += 1;
    const [owner] = made;
    const invite = owner === undefined ? {} : { invite: await owner.invite({ roles: ["peer"] }) };
    const listen = [`/memory/c${places}`];
    const peer = await createPeer(platform, { listen, network, runtime: createRuntime({ platform }), ...invite });
    for (const other of made) await peer.connect(other.location);
    made.push(peer);
    opened.push(peer);
  }
  return made;
}

const within = async <T>(runtime: Runtime, body: () => T): Promise<T> => {
  const [made] = await spawn(() => [body()] as const, [], { runtime });
  return made;
};
const channelAt = <T>(peer: PeerHost, ...given: Parameters<typeof channel<T>>): Promise<Channel<T>> =>
  within(peer.runtime, () => channel<T>(...given));
/** What `value` of one peer is at another that gets it in a message. */
const sent = <T>(value: T, from: PeerHost, to: PeerHost): T =>
  codecOf(to.runtime).decode(codecOf(from.runtime).encode(value)) as T;
const failure = async (work: PromiseLike<unknown>): Promise<string> =>
  await Promise.resolve(work).then(
    () => "nothing failed",
    (error: unknown) => (isSkeinError(error) ? error.code : String(error)),
  );
const collector = (peer: PeerHost, count: number): Task<number[], number> =>
  spawn(
    function* (task: TaskContext<number>) {
      const got: number[] = [];
      while (got.length < count) got.push(yield* task.receive());
      return got;
    },
    [],
    { runtime: peer.runtime },
  );

test("channels of three peers lead from one to the next, and a circle is refused", async () => {
  const [one, two, three] = await peers(3);
  if (one === undefined || two === undefined || three === undefined) throw new Error("three peers");
  const first = await channelAt<number>(one, "first");
  const second = await channelAt<number>(two, "second");
  const third = await channelAt<number>(three, "third");
  await first.subscribe(sent(second, two, one));
  await second.subscribe(sent(third, three, two));
  const got = collector(three, 2);
  await third.subscribe(got.ref);
  expect(await first.deliver(1)).toBe(1);
  first.publish(2);
  expect(await got).toEqual([1, 2]);
  expect(await failure(third.subscribe(sent(first, one, three)))).toBe("CHANNEL_CYCLE");
  expect(await failure(second.subscribe(sent(first, one, two)))).toBe("CHANNEL_CYCLE");
  // Asked for from elsewhere, too.
  expect(await failure(sent(third, three, one).subscribe(first))).toBe("CHANNEL_CYCLE");
  // Through a channel of the same process that leads to where it came from.
  const near = await channelAt<number>(three, "near");
  await near.subscribe(sent(first, one, three));
  expect(await failure(third.subscribe(near))).toBe("CHANNEL_CYCLE");
});

test("of two channels that are subscribed to each other at the same time, at most one is", async () => {
  const [one, two] = await peers(2);
  if (one === undefined || two === undefined) throw new Error("two peers");
  const first = await channelAt<number>(one, "first");
  const second = await channelAt<number>(two, "second");
  const both = await settled([first.subscribe(sent(second, two, one)), second.subscribe(sent(first, one, two))]);
  expect(both.filter(({ type }) => type === "returned").length).toBeLessThan(2);
  expect((await first.subscribers()) + (await second.subscribers())).toBeLessThan(2);
});

test("a task elsewhere that has ended is subscribed no longer, and its failure stays its own", async () => {
  const [one, two] = await peers(2);
  if (one === undefined || two === undefined) throw new Error("two peers");
  const news = await channelAt<number>(one, "news");
  const got = collector(two, 1);
  await sent(news, one, two).subscribe(got.ref);
  expect(await news.subscribers()).toBe(1);
  news.publish(7);
  expect(await got).toEqual([7]);
  await expect.poll(() => Promise.resolve(news.subscribers())).toBe(0);
});

test("a channel elsewhere that is closed is subscribed no longer", async () => {
  const [one, two] = await peers(2);
  if (one === undefined || two === undefined) throw new Error("two peers");
  const news = await channelAt<number>(one, "news");
  const below = await channelAt<number>(two, "below");
  await news.subscribe(sent(below, two, one));
  await below.close();
  news.publish(1);
  await expect.poll(() => Promise.resolve(news.subscribers())).toBe(0);
});

test("a reader elsewhere that is slow refuses, as the channel says, and its publisher is told", async () => {
  const [one, two] = await peers(2);
  if (one === undefined || two === undefined) throw new Error("two peers");
  const news = await channelAt<number>(one, "news", { bufferLimit: 4 });
  const stream = sent(news, one, two).values();
  await expect.poll(() => Promise.resolve(news.subscribers())).toBe(1);
  for (let n = 0; n < 4; n += 1) await news.deliver(n);
  // By now its owner has heard that it is full.
  await expect.poll(() => failure(within(one.runtime, () => news.publish(99)))).toBe("MAILBOX_FULL");
  const late = news.deliver(4);
  const read = async (): Promise<number | undefined> => (await stream.next()).value;
  expect([await read(), await read(), await read(), await read(), await read()]).toEqual([0, 1, 2, 3, 4]);
  expect(await late).toBe(1);
  await expect.poll(() => failure(within(one.runtime, () => news.publish(5)))).toBe("nothing failed");
  expect(await read()).toBe(5);
});

test("a reader elsewhere of a channel that drops the oldest keeps the newest", async () => {
  const [one, two] = await peers(2);
  if (one === undefined || two === undefined) throw new Error("two peers");
  const news = await channelAt<number>(one, "news", { bufferLimit: 2, overflow: "drop-oldest" });
  const stream = sent(news, one, two).values();
  await expect.poll(() => Promise.resolve(news.subscribers())).toBe(1);
  for (let n = 0; n < 10; n += 1) await news.deliver(n);
  expect([(await stream.next()).value, (await stream.next()).value]).toEqual([8, 9]);
});

test("a delivery on a channel elsewhere waits for subscribers; its timeout carries how many have the value", async () => {
  const [one, two] = await peers(2);
  if (one === undefined || two === undefined) throw new Error("two peers");
  const work = await channelAt<number>(one, "work");
  const far = sent(work, one, two);
  const waiting = far.deliver(1, { subscribers: 2 });
  const [near, away] = [collector(one, 1), collector(two, 1)];
  await work.subscribe(near.ref);
  await far.subscribe(away.ref);
  expect(await waiting).toBe(2);
  expect([await near, await away]).toEqual([[1], [1]]);
  const full = spawn(
    function* (task: TaskContext<number>) {
      yield* task.suspend();
    },
    [],
    { runtime: one.runtime, mailboxLimit: 1 },
  );
  await work.subscribe(full.ref);
  full.send(0);
  const fast = collector(two, 2);
  await far.subscribe(fast.ref);
  const error = await Promise.resolve(far.deliver(2, { timeoutMs: 500 })).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: "TIMEOUT", delivered: 1 });
  await full.cancel();
  await fast.cancel();
});

test("a task of a third peer is subscribed and taken off again by who has its reference", async () => {
  const [one, two, three] = await peers(3);
  if (one === undefined || two === undefined || three === undefined) throw new Error("three peers");
  const news = await channelAt<number>(one, "news");
  const got = collector(three, 2);
  const far = sent(news, one, two);
  const ref: TaskRef<number> = sent(got.ref, three, two);
  await far.subscribe(ref);
  await news.deliver(1);
  far.unsubscribe(ref);
  await expect.poll(() => Promise.resolve(news.subscribers())).toBe(0);
  news.publish(2);
  await far.subscribe(ref);
  await news.deliver(3);
  expect(await got).toEqual([1, 3]);
});

test("a name given to what is elsewhere is free again when that has ended or is lost", async () => {
  const [one, two] = await peers(2);
  if (one === undefined || two === undefined) throw new Error("two peers");
  const task = collector(two, 1);
  const away = await channelAt<number>(two, "away");
  one.register("task", sent(task.ref, two, one));
  one.register("channel", sent(away, two, one));
  const names = (): PromiseLike<unknown[]> =>
    within(one.runtime, () => ["task", "channel"].filter((name) => lookup(name) !== undefined));
  expect(await names()).toEqual(["task", "channel"]);
  task.send(1);
  await expect.poll(names).toEqual(["channel"]);
  await two.close();
  await expect.poll(names).toEqual([]);
});
