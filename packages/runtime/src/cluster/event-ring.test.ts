import { expect, test } from "vitest";
import { type NodeId } from "../ids.ts";
import { argsText } from "./args-text.ts";
import { EventRing } from "./event-ring.ts";

const load = { cpuIdleShare: 1, memoryFreeBytes: 0, swapFreeBytes: 0, diskFreeBytes: 0 };
const fill = (ring: EventRing, count: number): void => {
  for (let n = 0; n < count; n += 1) ring.push({ type: "load", node: "n" as NodeId, load, servers: [] }, n);
};

test("events are numbered from 1, and a reader gets those after its cursor", () => {
  const ring = new EventRing(7, 10);
  fill(ring, 5);
  expect(ring.cursor).toEqual({ epoch: 7, seq: 5 });
  expect(ring.since(3, 100).map((event) => event.seq)).toEqual([4, 5]);
  expect(ring.after(5)).toBeUndefined();
});

test("what is no longer kept shows as one gap with its first and last number", () => {
  const ring = new EventRing(7, 10);
  fill(ring, 25);
  const events = ring.since(2, 100);
  expect(events[0]).toMatchObject({ type: "gap", from: 3, to: 15, seq: 15 });
  expect(events.slice(1).map((event) => event.seq)).toEqual([16, 17, 18, 19, 20, 21, 22, 23, 24, 25]);
});

test("a cursor of another epoch has read nothing of this one", () => {
  const ring = new EventRing(7, 10);
  fill(ring, 3);
  expect(ring.place({ epoch: 6, seq: 2 })).toBe(0);
  expect(ring.place({ epoch: 7, seq: 2 })).toBe(2);
  expect(ring.place({ epoch: 7, seq: 99 })).toBe(3);
});

test("arguments are shown on one short line", () => {
  expect(argsText([1, "a\nb", null, undefined, [1, 2], { a: 1 }, 5n])).toBe(
    '1, "a\\nb", null, undefined, [2], {…}, 5n',
  );
  expect(argsText(["x".repeat(1000)]).length).toBe(80);
  expect(argsText([new Uint8Array(3), new Map([[1, 2]]), () => 1])).toBe("Uint8Array(3), Map(1), function");
});
