import { describe, expect, test } from "vitest";
import { isOwnBuffer, ownBuffer, RELEASED_FROM_BYTES, releaseBuffer } from "./spent-buffers.ts";

describe("buffers that encryption made", () => {
  test("are freed once, when they are written", () => {
    const bytes = ownBuffer(new Uint8Array(RELEASED_FROM_BYTES));
    expect(isOwnBuffer(bytes)).toBe(true);
    releaseBuffer(bytes);
    releaseBuffer(bytes);
    expect(bytes.byteLength).toBe(0);
    expect(isOwnBuffer(bytes)).toBe(false);
  });

  test("stay while a part of them is written", () => {
    const bytes = ownBuffer(new Uint8Array(2 * RELEASED_FROM_BYTES).fill(1));
    const part = bytes.subarray(RELEASED_FROM_BYTES);
    expect(isOwnBuffer(part)).toBe(false);
    releaseBuffer(part);
    expect(bytes.every((byte) => byte === 1)).toBe(true);
  });

  test("are told from those of others, from parts and from small ones, which are never freed", () => {
    const others = new Uint8Array(RELEASED_FROM_BYTES);
    const part = ownBuffer(new Uint8Array(2 * RELEASED_FROM_BYTES).subarray(0, RELEASED_FROM_BYTES));
    const small = ownBuffer(new Uint8Array(RELEASED_FROM_BYTES - 1));
    for (const bytes of [others, part, small]) {
      const before = bytes.byteLength;
      expect(isOwnBuffer(bytes)).toBe(false);
      releaseBuffer(bytes);
      expect(bytes.byteLength).toBe(before);
    }
  });
});
