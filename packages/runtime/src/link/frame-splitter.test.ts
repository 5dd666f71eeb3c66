import fc from "fast-check";
import { expect, test } from "vitest";
import { FrameKind, HEADER_BYTES, writeHeader } from "../wire/frames.ts";
import { FrameSplitter } from "./frame-splitter.ts";

const KEY = new Uint8Array(34);
const frame = (size: number, fill: number): Uint8Array => {
  const bytes = new Uint8Array(HEADER_BYTES + size).fill(fill);
  writeHeader(bytes, FrameKind.messages, KEY, KEY);
  return bytes;
};

test("frames come out whole, however the bytes were cut", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(300), { maxLength: 20 }), fc.array(fc.integer({ min: 1, max: 400 })), (sizes, cuts) => {
      const frames = sizes.map((size, index) => frame(size, index));
      const bytes = new Uint8Array(frames.reduce((sum, one) => sum + one.byteLength, 0));
      let at = 0;
      for (const one of frames) {
        bytes.set(one, at);
        at += one.byteLength;
      }
      const out: Uint8Array[] = [];
      const splitter = new FrameSplitter((one) => out.push(one));
      let start = 0;
      for (const cut of [...cuts, bytes.byteLength]) {
        splitter.push(bytes.slice(start, start + cut));
        start += cut;
        if (start >= bytes.byteLength) break;
      }
      expect(out).toEqual(frames);
    }),
  );
});

test("a length that can't be is refused", () => {
  const splitter = new FrameSplitter(() => {});
  expect(() => splitter.push(new Uint8Array([0xff, 0xff, 0xff, 0xff]))).toThrowError(
    expect.objectContaining({ code: "WIRE_INVALID" }),
  );
  const limited = new FrameSplitter(() => {});
  limited.limitBytes = 1000;
  expect(() => limited.push(frame(2000, 0))).toThrowError(expect.objectContaining({ code: "WIRE_INVALID" }));
});
