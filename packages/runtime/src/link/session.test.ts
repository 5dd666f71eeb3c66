import fc from "fast-check";
import { expect, test } from "vitest";
import { FrameKind, HEADER_BYTES, frameAck, frameSeq, writeHeader } from "../wire/frames.ts";
import { ACK_AFTER_BYTES, SessionCore } from "./session.ts";
import { rounds } from "../../test/rounds.ts";

const KEY = new Uint8Array(34);
/** Numbers a frame and takes it for the connection, as a session that isn't behind does. */
const stamp = (core: SessionCore, one: Uint8Array): Uint8Array => {
  core.stamp(one);
  expect(core.next()).toBe(one);
  return one;
};
const resent = (core: SessionCore, received: number): Uint8Array[] => {
  core.acknowledge(received);
  core.rewind();
  const frames: Uint8Array[] = [];
  for (let one = core.next(); one !== undefined; one = core.next()) frames.push(one);
  return frames;
};
const frame = (size = 0): Uint8Array => {
  const bytes = new Uint8Array(HEADER_BYTES + size);
  writeHeader(bytes, FrameKind.messages, KEY, KEY);
  return bytes;
};

test("frames are numbered from 1 and carry the acknowledgement of what came", () => {
  const [a, b] = [new SessionCore(), new SessionCore()];
  const first = frame();
  stamp(a, first);
  expect(frameSeq(first)).toBe(1);
  expect(b.accept(first)).toBe(true);
  const answer = frame();
  stamp(b, answer);
  expect(frameAck(answer)).toBe(1);
  expect(a.accept(answer)).toBe(true);
  expect(resent(a, 1)).toEqual([]);
});

test("a frame that comes twice is dropped, one that is missing ends the session", () => {
  const [a, b] = [new SessionCore(), new SessionCore()];
  const frames = [frame(), frame(), frame()];
  for (const one of frames) stamp(a, one);
  expect(b.accept(frames[0]!)).toBe(true);
  expect(b.accept(frames[0]!)).toBe(false);
  expect(() => b.accept(frames[2]!)).toThrowError(expect.objectContaining({ code: "WIRE_INVALID" }));
});

test("acknowledging what was never sent is refused", () => {
  expect(() => new SessionCore().acknowledge(1)).toThrowError(expect.objectContaining({ code: "WIRE_INVALID" }));
});

test("an acknowledgement is due after enough bytes that nothing answered", () => {
  const [a, b] = [new SessionCore(), new SessionCore()];
  for (let sent = 0; sent < ACK_AFTER_BYTES; sent += 60_000) {
    const one = frame(60_000);
    stamp(a, one);
    expect(b.ackDue).toBe(false);
    b.accept(one);
  }
  expect(b.ackDue).toBe(true);
  expect(b.takeAck()).toBe(5);
  expect(b.ackDue).toBe(false);
});

test("after a cut at any place, resending what is missing gives each frame once and in order", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 3000 }), fc.nat(), fc.nat(), (count, cutAt, ackAt) => {
      const [a, b] = [new SessionCore(), new SessionCore()];
      const sent = Array.from({ length: count }, () => frame());
      for (const one of sent) stamp(a, one);
      const cut = count === 0 ? 0 : cutAt % (count + 1);
      const got: number[] = [];
      for (const one of sent.slice(0, cut)) if (b.accept(one)) got.push(frameSeq(one));
      if (cut > 0) a.acknowledge(ackAt % (cut + 1));
      for (const one of resent(a, b.received)) if (b.accept(one)) got.push(frameSeq(one));
      expect(got).toEqual(sent.map((_, index) => index + 1));
    }),
    { numRuns: rounds(50) },
  );
});
