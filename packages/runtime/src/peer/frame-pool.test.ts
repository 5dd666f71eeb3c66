import { expect, test } from "vitest";
import { FramePool } from "./frame-pool.ts";

test("a buffer that was given back serves again, one of another size or from elsewhere does not", () => {
  const pool = new FramePool(100);
  const first = pool.take(100);
  pool.give(first);
  expect(pool.take(100)).toBe(first);
  expect(pool.take(100)).not.toBe(first);
  const small = pool.take(10);
  const foreign = new Uint8Array(100);
  pool.give(small);
  pool.give(foreign);
  expect(pool.take(10)).not.toBe(small);
  expect(pool.take(100)).not.toBe(foreign);
});
