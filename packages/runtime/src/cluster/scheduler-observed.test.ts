import { expect, test } from "vitest";
import { type Endpoint } from "../contracts/endpoint.ts";
import { OBSERVED_LIMIT_BYTES } from "../defaults.ts";
import { SkeinError } from "../errors.ts";
import { type ChannelId, type PeerId, type TaskId } from "../ids.ts";
import { silentLogger } from "../logger.ts";
import { installHostPlatform } from "../testing/host-platform.ts";
import { type Observed, type Topic } from "./observed.ts";
import { SchedulerObserved } from "./scheduler-observed.ts";
import { type Sight } from "./watchers.ts";

const platform = installHostPlatform();
const WATCHER: Endpoint = { peer: "watcher" as PeerId, server: 0 };
const ALL: Sight = { type: "all" };
// An id in its usual form.
const TASK = `t_${"1".padStart(26, "0")}` as TaskId;

const place = (name: string): Endpoint => ({ peer: name as PeerId, server: 1 });

const channels = (name: string, timeMs = 1): Observed => ({
  topic: "channels",
  at: place(name),
  timeMs,
  channels: [{ id: "c_1" as ChannelId, name, published: timeMs, delivered: 0, dropped: 0, subscribers: [] }],
  readers: [],
});

function setUp(showArgs = true) {
  const asked: (readonly Topic[])[] = [];
  const told: Observed[] = [];
  const state = { busy: false, bytes: 100 };
  const observed = new SchedulerObserved({
    platform,
    logger: silentLogger,
    showArgs,
    ask: (topics) => void asked.push(topics),
    ownerOf: () => undefined,
    check: () => state.bytes,
    notify: (_to, _push, batch) => {
      if (state.busy) throw new SkeinError("LINK_OVERLOADED", "no room", { hint: "later" });
      told.push(...batch);
    },
  });
  return { observed, asked, told, state };
}

test("places are asked for what any watcher looks at, once, and for nothing when nobody does", () => {
  const { observed, asked } = setUp();
  observed.look(WATCHER, "a", ALL, ["links"]);
  observed.look(WATCHER, "b", ALL, ["links", "code"]);
  observed.look(WATCHER, "a", ALL, ["links"]);
  observed.remove(WATCHER, "b");
  observed.lost((endpoint) => endpoint.peer === WATCHER.peer);
  expect(asked).toEqual([["links"], ["links", "code"], ["links"], []]);
  expect(observed.wanted).toEqual([]);
  observed.close();
});

test("a watcher that takes nothing for a while is then told how things stand, not how they stood", () => {
  const { observed, told, state } = setUp();
  observed.look(WATCHER, "a", ALL, ["channels"]);
  state.busy = true;
  for (let n = 1; n <= 100; n += 1) observed.take(channels("busy", n));
  observed.flush();
  expect(told).toEqual([]);
  state.busy = false;
  observed.flush();
  expect(told).toEqual([channels("busy", 100)]);
  observed.close();
});

test("what is too large is not kept, nor what nobody looks at", () => {
  const { observed, told, state } = setUp();
  observed.look(WATCHER, "a", ALL, ["channels"]);
  state.bytes = OBSERVED_LIMIT_BYTES + 1;
  observed.take(channels("large"));
  state.bytes = 10;
  observed.take({ topic: "code", at: place("other"), timeMs: 1, bundles: [], services: [] });
  observed.take(channels("small"));
  observed.flush();
  expect(told).toEqual([channels("small")]);
  observed.close();
});

test("that a place is gone is told once to those who saw it, and to nobody who comes later", () => {
  const { observed, told } = setUp();
  observed.look(WATCHER, "a", ALL, ["channels"]);
  observed.take(channels("one"));
  observed.take(channels("two"));
  observed.flush();
  observed.gone((at) => at.peer === "one");
  observed.flush();
  expect(told.at(-1)).toMatchObject({ topic: "channels", at: place("one"), gone: true });
  told.length = 0;
  observed.look(WATCHER, "later", ALL, ["channels"]);
  observed.flush();
  expect(told).toEqual([channels("two")]);
  observed.close();
});

test("messages that wait are shown to nobody where arguments are not", () => {
  const { observed, told } = setUp(false);
  const topic: Topic = `task:${TASK}`;
  observed.look(WATCHER, "a", ALL, [topic]);
  const task = { id: TASK, name: "t", state: "waiting", mailbox: 1, parents: [], children: [] } as const;
  observed.take({ topic, at: place("one"), timeMs: 1, task: { ...task, mailboxTexts: ["secret"] } });
  observed.flush();
  expect(told).toEqual([{ topic, at: place("one"), timeMs: 1, task }]);
  observed.close();
});

test("who may see no names is told nothing of a place whose word is not what it says it is", () => {
  const { observed, told } = setUp();
  observed.look(WATCHER, "a", { type: "bare" }, ["channels"]);
  // As it could come over the wire, where only its frame is checked.
  observed.take({ topic: "channels", at: place("liar"), timeMs: 1 } as unknown as Observed);
  observed.take(channels("honest"));
  observed.flush();
  expect(told).toMatchObject([{ at: place("honest"), channels: [{ name: "" }] }]);
  observed.close();
});
