import { expect, test } from "vitest";
import { checkHistory } from "./check-history.ts";
import type { HistoryEvent } from "./history.ts";

/** Two lives that know each other, and a task of `b` that takes messages; what follows comes at 1000, 1001, … ms. */
function history(...events: readonly object[]): HistoryEvent[] {
  const before = [
    { type: "started", life: "a:1", peer: "a" },
    { type: "started", life: "b:1", peer: "b" },
    { type: "sink", life: "b:1", sink: "sink" },
    { type: "peer", life: "a:1", about: "b", event: "connected" },
    { type: "peer", life: "b:1", about: "a", event: "connected" },
  ];
  const fault = { atMs: 0, type: "fault", kind: "cut" };
  const after = events.map((event, index) => ({ atMs: 1000 + index, ...event }));
  // Written by hand in this file, in the form of the type.
  return [
    ...before.map((event) => ({ atMs: 0, ...event })),
    fault,
    ...after,
    { atMs: 500_000, type: "healed" },
  ] as HistoryEvent[];
}

const sent = (n: number): object => ({ type: "sent", life: "a:1", stream: "s", n, sink: "sink" });
const delivering = (n: number): object => ({ ...sent(n), type: "delivering" });
const received = (n: number): object => ({ type: "received", sink: "sink", stream: "s", n });
const lost = { type: "peer", life: "a:1", about: "b", event: "lost" };
const lostToo = { type: "peer", life: "b:1", about: "a", event: "lost" };
const rules = (...events: readonly object[]): string[] => checkHistory(history(...events)).map(({ rule }) => rule);

test("messages in order and once are as they should be", () => {
  expect(
    rules(sent(1), sent(2), received(1), delivering(3), received(2), received(3), {
      type: "delivered",
      stream: "s",
      n: 3,
    }),
  ).toEqual([]);
});

test("what comes twice, in another order, or was never sent is found", () => {
  expect(rules(sent(1), received(1), received(1))).toEqual(["once"]);
  expect(rules(sent(1), sent(2), received(2), received(1))).toEqual(["order"]);
  expect(rules(received(7))).toEqual(["once"]);
});

test("a message may be lost with its session or its sender, and not without a word", () => {
  expect(rules(sent(1), sent(2), received(2))).toEqual(["lost silently"]);
  expect(rules(sent(1))).toEqual(["lost silently"]);
  expect(rules(sent(1), lost, lostToo)).toEqual([]);
  expect(rules(lost, lostToo, sent(1))).toEqual([]);
  expect(rules(sent(1), { type: "crashed", life: "a:1" })).toEqual([]);
  // Told of after what followed it had come: too late to be the reason.
  expect(rules(sent(1), sent(2), received(2), lost, lostToo)).toEqual(["lost silently"]);
});

test("what was acknowledged has arrived, what was said not to have left has not", () => {
  expect(rules(delivering(1), { type: "delivered", stream: "s", n: 1 })).toEqual(["acknowledged"]);
  const failed = (code: string): object => ({ type: "undelivered", stream: "s", n: 1, code });
  expect(rules(delivering(1), failed("TIMEOUT"), received(1))).toEqual(["withdrawn"]);
  expect(rules(delivering(1), failed("DELIVERY_UNKNOWN"), received(1))).toEqual([]);
  expect(rules(delivering(1), failed("TIMEOUT"))).toEqual([]);
});

test("a deliver without a time limit ends when its peer is there", () => {
  expect(rules(delivering(1), received(1))).toEqual(["call"]);
});

test("a monitor gets exactly one notice, and a true one", () => {
  const set = { type: "monitored", life: "a:1", monitor: "m", worker: "w" };
  const worker = { type: "worker", life: "b:1", worker: "w" };
  const ended = { type: "worker ended", worker: "w", how: "returned" };
  const notice = (how: string, code?: string): object => ({ type: "notice", monitor: "m", how, code });
  expect(rules(worker, set, ended, notice("returned"))).toEqual([]);
  expect(rules(worker, set)).toEqual([]);
  expect(rules(worker, set, ended)).toEqual(["notice"]);
  expect(rules(worker, set, ended, notice("returned"), notice("returned"))).toEqual(["notice"]);
  expect(rules(worker, set, ended, notice("failed"))).toEqual(["notice"]);
  expect(rules(worker, set, notice("lost", "PEER_LOST"))).toEqual(["notice"]);
  expect(rules(worker, set, lost, lostToo, notice("lost", "PEER_LOST"))).toEqual([]);
  expect(rules(worker, set, { type: "crashed", life: "b:1" })).toEqual(["notice"]);
});

test("a call is answered once, in its time, and done at most once", () => {
  const calling = { type: "calling", life: "a:1", call: "c", timeoutMs: 1000 };
  const executed = { type: "executed", call: "c" };
  const answered = { type: "answered", call: "c" };
  expect(rules(calling, executed, answered)).toEqual([]);
  expect(rules(calling)).toEqual(["call"]);
  expect(rules(calling, answered)).toEqual(["call"]);
  expect(rules(calling, executed, executed, answered)).toEqual(["call"]);
  expect(rules(calling, executed, answered, answered)).toEqual(["call"]);
  expect(rules(calling, { ...answered, code: "TIMEOUT", atMs: 9000 })).toEqual(["call"]);
});

test("what a channel or a stream of results gives comes in order, once, and all of it", () => {
  const heard = (n: number): object => ({ type: "heard", channel: "news", reader: "r", n });
  expect(rules(heard(1), heard(2), heard(5))).toEqual([]);
  expect(rules(heard(1), heard(1))).toEqual(["once"]);
  expect(rules(heard(2), heard(1))).toEqual(["order"]);
  const emitted = (n: number): object => ({ type: "emitted", call: "c", n });
  const streamed = { type: "streamed", call: "c", count: 2 };
  expect(rules(emitted(1), emitted(2), streamed)).toEqual([]);
  expect(rules(emitted(1), streamed)).toEqual(["stream"]);
  expect(rules(emitted(2), emitted(1))).toEqual(["stream", "stream"]);
  expect(rules(emitted(1), { ...streamed, code: "PEER_LOST" })).toEqual([]);
});

test("on a healthy network nobody is lost and nothing fails", () => {
  const healthy = (...events: readonly object[]): string[] => {
    const all = history(...events).filter(({ type }) => type !== "fault");
    return checkHistory(all).map(({ rule }) => rule);
  };
  expect(healthy(sent(1), received(1))).toEqual([]);
  expect(healthy(lost, lostToo)).toEqual(["events", "events"]);
  expect(healthy(delivering(1), { type: "undelivered", stream: "s", n: 1, code: "PEER_LOST" })).toEqual(["call"]);
});

test("names of processes long gone are found, as are losses told twice or to one side only", () => {
  const crashed = { type: "crashed", life: "b:1" };
  const located = (begunMs: number): object => ({ type: "located", life: "a:1", begunMs, sink: "sink", atMs: begunMs });
  expect(rules(crashed, located(30_000))).toEqual([]);
  expect(rules(crashed, located(90_000))).toEqual(["name"]);
  expect(rules(lost, lost, lostToo)).toEqual(["events"]);
  expect(rules({ ...lost, atMs: 200_000 })).toEqual(["events"]);
  expect(rules({ type: "unreached", life: "a:1", peer: "b", code: "TIMEOUT" })).toEqual(["healing"]);
});
