import { expect, test } from "vitest";
import { type LeaseId, type PeerId } from "../ids.ts";
import { Serving } from "./node-serving.ts";

// Only compared here.
const lease = (name: string): LeaseId => name as LeaseId;
const endpoint = { peer: "a" as PeerId, server: 0 };
const held = (over: object = {}) => ({ server: 1, lease: lease("a"), running: 0, ended: 0, ...over });

test("a node that serves two clients takes these again, and no third", () => {
  const serving = new Serving({ maxClients: 2 });
  for (const client of ["a", "b", "a"]) {
    expect(serving.takes(client)).toBe(true);
    serving.took(client, endpoint);
  }
  expect(serving.takes("c")).toBe(false);
  expect(serving.takes("a")).toBe(true);
  expect(serving.all).toEqual(["a", "b"]);
});

test("a node without a limit takes everybody and is never done", () => {
  const serving = new Serving({});
  for (let client = 0; client < 100; client += 1) serving.took(String(client), endpoint);
  expect(serving.takes("another")).toBe(true);
  expect(serving.all).toBeUndefined();
});

test("a server that runs nothing for the zombie time is asked back once, and again after as long", () => {
  const serving = new Serving({ zombieMs: 100 });
  expect(serving.idle([held()], 0)).toEqual([]);
  expect(serving.idle([held()], 99)).toEqual([]);
  expect(serving.idle([held()], 100)).toEqual([1]);
  expect(serving.idle([held()], 101)).toEqual([]);
  expect(serving.idle([held()], 200)).toEqual([1]);
});

test("what runs, or has ended since, or another lease, begins the time afresh", () => {
  const serving = new Serving({ zombieMs: 100 });
  serving.idle([held()], 0);
  expect(serving.idle([held({ running: 1 })], 150)).toEqual([]);
  expect(serving.idle([held({ ended: 1 })], 240)).toEqual([]);
  expect(serving.idle([held({ ended: 1, lease: lease("b") })], 330)).toEqual([]);
  expect(serving.idle([], 1000)).toEqual([]);
  expect(serving.idle([held({ ended: 1, lease: lease("b") })], 1001)).toEqual([]);
});

test("of the node's own zombie time and its scheduler's, the shorter one counts", () => {
  const serving = new Serving({ zombieMs: 100 });
  serving.schedulerSays(10);
  serving.idle([held()], 0);
  expect(serving.idle([held()], 10)).toEqual([1]);
  serving.schedulerSays();
  expect(serving.idle([held()], 90)).toEqual([]);
  expect(serving.idle([held()], 110)).toEqual([1]);
});
