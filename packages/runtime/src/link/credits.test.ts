import { expect, test } from "vitest";
import { LINK_CREDIT_BYTES, LINK_CREDIT_MOST_BYTES } from "../defaults.ts";
import { ReceiveWindow } from "./credits.ts";

/** A sender that always fills the window, over a way of `rttMs` that carries `bytesPerMs`; so many answers go to it between words. */
function stream(window: ReceiveWindow, rttMs: number, bytesPerMs: number, words: number, answers = 1): void {
  let nowMs = 0;
  window.ask(nowMs);
  nowMs += rttMs;
  window.answered(nowMs);
  for (let word = 0; word < words; word += 1) {
    // Half a window comes, as fast as the way and the round trip allow.
    const half = window.bytes / 2;
    nowMs += Math.max(half / bytesPerMs, rttMs / 2);
    for (let answer = 0; answer < answers; answer += 1) {
      if (window.take(half / answers)) window.grow(nowMs);
      window.announce();
    }
  }
}

test("the window stays small where the round trip is short", () => {
  const window = new ReceiveWindow(() => LINK_CREDIT_MOST_BYTES);
  stream(window, 0.3, 100_000, 50);
  expect(window.bytes).toBe(LINK_CREDIT_BYTES);
});

test("on a long way it grows until the way is full, and no further", () => {
  const window = new ReceiveWindow(() => LINK_CREDIT_MOST_BYTES);
  stream(window, 50, 60_000, 50);
  // 3 MB are under way in a round trip.
  expect(window.bytes).toBeGreaterThan(3_000_000);
  expect(window.bytes).toBeLessThan(8_000_000);
});

test("answers that carry the credit all the time don't keep it from growing", () => {
  const window = new ReceiveWindow(() => LINK_CREDIT_MOST_BYTES);
  stream(window, 50, 60_000, 50, 20);
  expect(window.bytes).toBeGreaterThan(3_000_000);
});

test("it never grows past what the way allows", () => {
  const narrow = new ReceiveWindow(() => LINK_CREDIT_BYTES);
  stream(narrow, 200, 1_000_000, 50);
  expect(narrow.bytes).toBe(LINK_CREDIT_BYTES);
  const wide = new ReceiveWindow(() => LINK_CREDIT_MOST_BYTES);
  stream(wide, 200, 1_000_000, 50);
  expect(wide.bytes).toBe(LINK_CREDIT_MOST_BYTES);
});

test("what may be sent in all never goes down, and a word is due after half a window", () => {
  const window = new ReceiveWindow(() => LINK_CREDIT_MOST_BYTES);
  expect(window.announce()).toBe(LINK_CREDIT_BYTES);
  expect(window.take(LINK_CREDIT_BYTES / 2 - 1)).toBe(false);
  expect(window.take(1)).toBe(true);
  window.grow(0);
  expect(window.announce()).toBe(LINK_CREDIT_BYTES * 1.5);
  expect(window.take(0)).toBe(false);
});

test("the round trip is measured now and then, not with each word, and never from a later word than was answered", () => {
  const window = new ReceiveWindow(() => LINK_CREDIT_MOST_BYTES);
  const asked = (...times: readonly number[]): readonly boolean[] => times.map((nowMs) => window.ask(nowMs));
  expect(asked(0, 10, 1500, 2000)).toEqual([true, false, false, false]);
  window.answered(3000);
  // Three seconds: half a window a second fills the way only with a larger one.
  expect(asked(3100, 3200)).toEqual([true, false]);
  window.take(LINK_CREDIT_BYTES / 2);
  window.grow(3200);
  window.take(LINK_CREDIT_BYTES / 2);
  window.grow(4200);
  expect(window.bytes).toBe(2 * LINK_CREDIT_BYTES);
  // One that is never answered is given up in the end.
  expect(asked(5000, 70_000)).toEqual([false, true]);
});
