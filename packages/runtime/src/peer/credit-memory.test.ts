import { expect, test } from "vitest";
import { FrameKind, HEADER_BYTES, endpointBytes, frameCredit, setCredit, writeHeader } from "../wire/frames.ts";
import { CREDITS_LIMIT, CreditMemory } from "./credit-memory.ts";

const key = (n: number): Uint8Array => {
  const bytes = new Uint8Array(32);
  new DataView(bytes.buffer).setUint32(0, n);
  return bytes;
};
const credit = (conversation: number, bytes: number): Uint8Array => {
  const frame = new Uint8Array(HEADER_BYTES);
  writeHeader(frame, FrameKind.credit, endpointBytes(key(conversation), 0), endpointBytes(key(0), 0));
  setCredit(frame, bytes);
  return frame;
};
const said = (memory: CreditMemory): number[] => {
  const credits: number[] = [];
  for (let frame = memory.next(); frame !== undefined; frame = memory.next()) credits.push(frameCredit(frame));
  return credits;
};

test("of each conversation only the latest credit waits", () => {
  const memory = new CreditMemory();
  for (let n = 1; n <= 1000; n += 1) memory.add(credit(n % 2, n));
  expect(said(memory)).toEqual([999, 1000]);
  expect(said(memory)).toEqual([]);
});

test("a credit is said again on another connection until a beat after it was answered", () => {
  const memory = new CreditMemory();
  memory.add(credit(1, 10));
  expect(said(memory)).toEqual([10]);
  memory.beat();
  memory.add(credit(2, 20));
  expect(said(memory)).toEqual([20]);
  memory.answered();
  // The first one arrived before the beat; the second may not have.
  memory.rewind();
  expect(said(memory)).toEqual([20]);
  memory.beat();
  memory.rewind();
  // The answer to a beat on the connection that is gone proves nothing on this one.
  memory.answered();
  expect(said(memory)).toEqual([20]);
  memory.beat();
  memory.answered();
  memory.rewind();
  expect(said(memory)).toEqual([]);
});

test("a newer credit takes the place of one whose beat is under way", () => {
  const memory = new CreditMemory();
  memory.add(credit(1, 10));
  said(memory);
  memory.beat();
  memory.add(credit(1, 30));
  said(memory);
  memory.rewind();
  expect(said(memory)).toEqual([30]);
});

test("more conversations than are remembered are refused", () => {
  const memory = new CreditMemory();
  let fits = true;
  for (let n = 0; n <= CREDITS_LIMIT && fits; n += 1) fits = memory.add(credit(n, 1));
  expect(fits).toBe(false);
});
