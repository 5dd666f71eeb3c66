import { expect, test } from "vitest";
import { type JobId, type NodeId, type ServerId } from "../ids.ts";
import { ARGS_TEXT_LIMIT } from "../defaults.ts";
import { argsText } from "./args-text.ts";
import { EventRing, roughBytes } from "./event-ring.ts";

const load = { cpuIdleShare: 1, memoryFreeBytes: 0, swapFreeBytes: 0, diskFreeBytes: 0 };
const fill = (ring: EventRing, count: number, bytes = 1): void => {
  for (let n = 0; n < count; n += 1) ring.push({ type: "load", node: "n" as NodeId, load, servers: [] }, n, bytes);
};

test("events are numbered from 1, and a reader gets those after its cursor", () => {
  const ring = new EventRing(7, 10, 1000);
  fill(ring, 5);
  expect(ring.cursor).toEqual({ epoch: 7, seq: 5 });
  expect(ring.since(3, 100).map((event) => event.seq)).toEqual([4, 5]);
  expect(ring.after(5)).toBeUndefined();
});

test("what is no longer kept shows as one gap with its first and last number", () => {
  const ring = new EventRing(7, 10, 1000);
  fill(ring, 25);
  const events = ring.since(2, 100);
  expect(events[0]).toMatchObject({ type: "gap", from: 3, to: 15, seq: 15 });
  expect(events.slice(1).map((event) => event.seq)).toEqual([16, 17, 18, 19, 20, 21, 22, 23, 24, 25]);
});

test("large events push out more of the old ones, and the last one is kept however large it is", () => {
  const ring = new EventRing(7, 10, 1000);
  fill(ring, 6, 100);
  fill(ring, 1, 700);
  expect(ring.since(3, 100).map((event) => event.seq)).toEqual([4, 5, 6, 7]);
  expect(ring.after(2)).toMatchObject({ type: "gap", to: 3 });
  expect(ring.after(0)).toMatchObject({ type: "gap", from: 1, to: 3 });
  fill(ring, 1, 5000);
  expect(ring.since(7, 100).map((event) => event.seq)).toEqual([8]);
  expect(ring.after(6)).toMatchObject({ type: "gap", from: 7, to: 7 });
  fill(ring, 25);
  expect(ring.since(0, 100).map((event) => event.seq)).toEqual([23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33]);
});

test("an event is about as large as its texts, however deep they are, and a circle comes to an end", () => {
  const log = {
    type: "log",
    job: "j" as JobId,
    server: "s" as ServerId,
    level: "info",
    text: "x".repeat(1000),
  } as const;
  expect(roughBytes(log)).toBeGreaterThan(1000);
  expect(roughBytes(log)).toBeLessThan(1500);
  const deep: Record<string, unknown> = { a: { b: { c: "y".repeat(5000) }, bytes: new Uint8Array(3000) } };
  deep["self"] = deep;
  expect(roughBytes({ ...log, fields: deep })).toBeGreaterThan(9000);
});

test("a cursor of another epoch has read nothing of this one", () => {
  const ring = new EventRing(7, 10, 1000);
  fill(ring, 3);
  expect(ring.place({ epoch: 6, seq: 2 })).toBe(0);
  expect(ring.place({ epoch: 7, seq: 2 })).toBe(2);
  expect(ring.place({ epoch: 7, seq: 99 })).toBe(3);
});

test("arguments are shown on one short line", () => {
  expect(argsText([1, "a\nb", null, undefined, [1, 2], { a: 1 }, 5n])).toBe(
    '1, "a\\nb", null, undefined, [1, 2], {a: 1}, 5n',
  );
  expect(argsText(["x".repeat(1000)]).length).toBe(ARGS_TEXT_LIMIT);
  expect(argsText([new Uint8Array(3), new Map([[1, 2]]), () => 1])).toBe("Uint8Array(3), Map(1), function");
});

test("arguments that are objects are shown with what is in them, cut, and no getter of theirs is called", () => {
  expect(argsText([{ id: 3, name: "N 3", "a b": [{ c: { d: { e: 1 } } }] }])).toBe(
    '{id: 3, name: "N 3", "a b": [{c: {…}}]}',
  );
  const asked: string[] = [];
  const sly = {
    get secret() {
      return asked.push("secret");
    },
  };
  const proxy = new Proxy(
    {},
    {
      ownKeys: () => {
        throw new Error("not to be looked at");
      },
    },
  );
  expect(argsText([sly, proxy])).toBe("{secret: …}, {…}");
  expect(asked).toEqual([]);
  const ring: unknown[] = [];
  ring.push(ring);
  expect(argsText([ring])).toBe("[[[[1]]]]");
  const long = argsText([Array.from({ length: 1_000_000 }, (_, at) => at)]);
  expect([long.length, long.at(-1)]).toEqual([ARGS_TEXT_LIMIT, "…"]);
});
