import { expect, test } from "vitest";
import { POOL_UNKNOWN_ITEMS } from "../defaults.ts";
import { MIB } from "../units.ts";
import { MapAhead } from "./map-ahead.ts";

/** How many are taken before any was sent, 16 at once. */
function taken(ahead: MapAhead, item: unknown): number {
  while (ahead.hasRoom && ahead.pulled < 100_000) {
    ahead.took(Array.from({ length: Math.min(16, ahead.room) }, () => item));
  }
  return ahead.pulled;
}

test("what is small by its type is taken at once, of all else a few before it is known what they take", () => {
  for (const item of [1, true, null, "short"]) expect(taken(new MapAhead(5000), item)).toBe(5000);
  for (const item of [{}, "long".repeat(100), new Uint8Array(1)]) {
    expect(taken(new MapAhead(5000), item)).toBe(POOL_UNKNOWN_ITEMS);
  }
});

test("of large items whole chunks are taken, one for each worker in any case", () => {
  const ahead = new MapAhead(1600, 50);
  ahead.lanes = 8;
  ahead.took(Array.from({ length: 50 }, () => ({})));
  ahead.sent(50, 50 * MIB);
  expect(ahead.count + ahead.room).toBe(200);
  ahead.took(Array.from({ length: 150 }, () => ({})));
  ahead.sent(150, 150 * MIB);
  expect(ahead.count + ahead.room).toBe(8 * 50);
  ahead.took(Array.from({ length: 160 }, () => ({})));
  // 40 more would be part of a chunk.
  expect([ahead.room, ahead.hasRoom]).toEqual([40, false]);
  ahead.read = 10;
  expect(ahead.hasRoom).toBe(true);
});
