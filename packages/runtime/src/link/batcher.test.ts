import { expect, test } from "vitest";
import { BATCH_FLUSH_BYTES } from "../defaults.ts";
import type { SkeinError } from "../errors.ts";
import type { TaskId } from "../ids.ts";
import { Codec } from "../wire/codec.ts";
import {
  FrameKind,
  frameCredit,
  frameEpoch,
  frameKind,
  frameOtherEpoch,
  frameRoles,
  payloadOf,
} from "../wire/frames.ts";
import { Entry, type WireEntry } from "../wire/messages.ts";
import { Batcher, FIRST_CREDIT_BYTES, POST_QUEUE_LIMIT } from "./batcher.ts";
import type { Carrier } from "./carrier.ts";

const TASK = `t_${"a".repeat(26)}` as TaskId;
const OTHER = `t_${"b".repeat(26)}` as TaskId;

function setUp(state: Carrier["state"] = "open") {
  const codec = new Codec();
  const frames: Uint8Array[] = [];
  const opening: (() => void)[] = [];
  const turn: (() => void)[] = [];
  const failed: [WireEntry, SkeinError][] = [];
  const carrier = {
    state,
    send: (frame: Uint8Array): void => {
      frames.push(frame);
    },
    whenOpen: (callback: () => void): void => {
      opening.push(callback);
    },
  };
  const batcher = new Batcher({
    codec,
    from: new Uint8Array(34),
    to: new Uint8Array(34).fill(1),
    besideBytes: () => 0,
    carrier,
    epoch: 70_000,
    otherEpoch: () => 3_000_000_000,
    roles: () => 5,
    credit: () => 1234,
    endOfTurn: (callback) => turn.push(callback),
    failed: (entry, error) => failed.push([entry, error]),
    beginning: (entry) => (entry[0] === Entry.call && entry[2] === "begin" ? String(entry[3]) : undefined),
  });
  return {
    batcher,
    carrier,
    frames,
    failed,
    turn,
    endTurn: () => {
      for (const callback of turn.splice(0)) callback();
    },
    open: () => {
      carrier.state = "open";
      for (const callback of opening.splice(0)) callback();
    },
    entries: () => frames.flatMap((frame) => codec.decode(payloadOf(frame)) as WireEntry[]),
  };
}

test("what is sent in one turn leaves as one frame when it ends, with runs to one task as one entry", () => {
  const { batcher, frames, endTurn, entries, turn } = setUp();
  for (let n = 0; n < 5; n += 1) batcher.addSend(TASK, n, 9);
  batcher.addSend(OTHER, "x", 4);
  batcher.add([Entry.answer, 1, "yes"], 10);
  expect(frames).toEqual([]);
  expect(turn).toHaveLength(1);
  endTurn();
  expect(frames).toHaveLength(1);
  expect(entries()).toEqual([
    [Entry.sends, TASK, [0, 1, 2, 3, 4]],
    [Entry.sends, OTHER, ["x"]],
    [Entry.answer, 1, "yes"],
  ]);
  const [frame] = frames;
  expect([frameKind(frame!), frameRoles(frame!), frameCredit(frame!)]).toEqual([1, 5, 1234]);
  expect([frameEpoch(frame!), frameOtherEpoch(frame!)]).toEqual([70_000, 3_000_000_000]);
});

test("a batch that is full leaves at once", () => {
  const { batcher, frames, entries } = setUp();
  const text = "x".repeat(1000);
  for (let n = 0; n < 200; n += 1) batcher.addSend(TASK, text, text.length);
  expect(frames.length).toBe(3);
  for (const frame of frames) expect(frame.byteLength).toBeLessThan(BATCH_FLUSH_BYTES + 22_000);
  expect(entries().length).toBeGreaterThanOrEqual(3);
});

test("procedures and messages keep their order and never share a frame", () => {
  const { batcher, frames, endTurn, entries } = setUp();
  batcher.addSend(TASK, 1, 9);
  batcher.add([Entry.call, 1, "a", 0], 10);
  batcher.add([Entry.notify, "b", 0], 10);
  batcher.addSend(TASK, 2, 9);
  endTurn();
  const { messages, procedures } = FrameKind;
  expect(frames.map(frameKind)).toEqual([messages, procedures, messages]);
  expect(entries().map(([kind]) => kind)).toEqual([Entry.sends, Entry.call, Entry.notify, Entry.sends]);
});

test("without a link messages wait, up to a bound, and leave when it opens", () => {
  const { batcher, frames, endTurn, open, entries } = setUp("opening");
  for (let n = 0; n < POST_QUEUE_LIMIT; n += 1) {
    expect(batcher.full).toBe(false);
    batcher.addSend(TASK, n, 9);
  }
  expect(batcher.full).toBe(true);
  endTurn();
  expect(frames).toEqual([]);
  open();
  const values = entries().flatMap((entry) => (entry[0] === Entry.sends ? entry[2] : []));
  expect(values).toEqual(Array.from({ length: POST_QUEUE_LIMIT }, (_, n) => n));
  expect(batcher.pending).toBe(0);
});

test("without credit messages wait until it comes", () => {
  const { batcher, frames, endTurn, entries } = setUp();
  const text = "x".repeat(50_000);
  for (let n = 0; n < 60; n += 1) {
    batcher.addSend(TASK, text, text.length);
    endTurn();
  }
  const before = frames.reduce((sum, frame) => sum + frame.byteLength, 0);
  expect(before).toBeGreaterThanOrEqual(FIRST_CREDIT_BYTES);
  expect(before).toBeLessThan(FIRST_CREDIT_BYTES + 60_000);
  batcher.credited(before);
  const all = 60 * 51_000;
  batcher.credited(all);
  expect(entries().flatMap((entry) => (entry[0] === Entry.sends ? entry[2] : []))).toHaveLength(60);
});

test("an entry is taken back only while it hasn't left", () => {
  const { batcher, endTurn, entries } = setUp();
  const first: WireEntry = [Entry.call, 1, "a", 0];
  const second: WireEntry = [Entry.call, 2, "b", 0];
  batcher.add(first, 10);
  batcher.add(second, 10);
  expect(batcher.withdraw(first)).toBe(true);
  endTurn();
  expect(entries()).toEqual([second]);
  expect(batcher.withdraw(second)).toBe(false);
});

test("what queued entries begin is known until the last of them has left, or was taken back", () => {
  const { batcher, open } = setUp("busy");
  const [one, again, two, three] = (["one", "one", "two", "three"] as const).map((what, n): WireEntry => [
    Entry.call,
    n,
    "begin",
    what,
  ]);
  if (one === undefined || again === undefined || two === undefined || three === undefined) throw new Error("four");
  for (const entry of [one, again, two, three]) batcher.add(entry, 10);
  batcher.addSend(TASK, "beside", 10);
  const begun = (): boolean[] => ["one", "two", "three", "four"].map((what) => batcher.begins(what));
  expect(begun()).toEqual([true, true, true, false]);
  batcher.withdraw(one);
  batcher.withdraw(two);
  expect(begun()).toEqual([true, false, true, false]);
  batcher.flush();
  open();
  expect(begun()).toEqual([false, false, false, false]);
});

test("one value that can't be encoded after all spoils no other", () => {
  const { batcher, endTurn, entries, failed } = setUp();
  const changing: Record<string, unknown> = { ok: true };
  batcher.add([Entry.answer, 1, "before"], 10);
  batcher.add([Entry.answer, 2, changing], 10);
  batcher.add([Entry.answer, 3, "after"], 10);
  // It was checked when it was sent; whoever changes it later gets this.
  changing["symbol"] = Symbol("late");
  endTurn();
  expect(entries()).toEqual([
    [Entry.answer, 1, "before"],
    [Entry.answer, 3, "after"],
  ]);
  expect(failed).toMatchObject([[[Entry.answer, 2, changing], { code: "NOT_SERIALIZABLE" }]]);
});

test("once closed it gives back what had not left, and sends nothing more", () => {
  const { batcher, frames, endTurn } = setUp("busy");
  const entry: WireEntry = [Entry.call, 1, "a", 0];
  batcher.add(entry, 10);
  expect(batcher.close()).toEqual([entry]);
  batcher.addSend(TASK, 1, 9);
  endTurn();
  expect(frames).toEqual([]);
});
