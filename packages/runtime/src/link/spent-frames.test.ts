import { expect, test } from "vitest";
import { releaseFrame, soleFrame } from "./spent-frames.ts";

const LARGE_BYTES = 8192;
const HEADER_BYTES = 12;

test("a frame that has its buffer alone is freed by its last reader, once", () => {
  const frame = new Uint8Array(new ArrayBuffer(LARGE_BYTES), HEADER_BYTES);
  const body = frame.subarray(100);
  soleFrame(frame);
  releaseFrame(body);
  expect(body.byteLength).toBe(0);
  expect(frame.buffer.byteLength).toBe(0);
  releaseFrame(body);
});

test("a frame that shares its buffer with another, or was not said to be alone, stays", () => {
  const two = new Uint8Array(new ArrayBuffer(2 * LARGE_BYTES), 0, LARGE_BYTES);
  soleFrame(two);
  releaseFrame(two);
  expect(two.byteLength).toBe(LARGE_BYTES);
  const kept = new Uint8Array(LARGE_BYTES);
  releaseFrame(kept);
  expect(kept.byteLength).toBe(LARGE_BYTES);
});

test("a small frame is left to the collector", () => {
  const small = new Uint8Array(100);
  soleFrame(small);
  releaseFrame(small);
  expect(small.byteLength).toBe(100);
});
