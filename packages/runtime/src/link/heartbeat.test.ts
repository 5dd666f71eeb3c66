import { expect, test } from "vitest";
import { DIAL_TIMEOUT_MS, HEARTBEAT_MS, LOST_AFTER_MS, SUSPECTED_AFTER_MS } from "../defaults.ts";
import { heardAtCheck, heartbeatTimes, livenessAt, redialMs, timesFor } from "./heartbeat.ts";

const times = heartbeatTimes({});

test("silence makes a peer suspected, then lost; any word brings it back", () => {
  expect(livenessAt(0, SUSPECTED_AFTER_MS - 1, times)).toBe("alive");
  expect(livenessAt(0, SUSPECTED_AFTER_MS, times)).toBe("suspected");
  expect(livenessAt(0, LOST_AFTER_MS - 1, times)).toBe("suspected");
  expect(livenessAt(0, LOST_AFTER_MS, times)).toBe("lost");
  expect(livenessAt(LOST_AFTER_MS, LOST_AFTER_MS + 1, times)).toBe("alive");
});

test("a check that comes late blames nobody: the peer's words may wait to be read", () => {
  const nowMs = 10 * LOST_AFTER_MS;
  const heardMs = heardAtCheck(0, 0, nowMs, times);
  expect(livenessAt(heardMs, nowMs, times)).toBe("alive");
  // Checks in time take the clock as it is.
  expect(heardAtCheck(0, nowMs - HEARTBEAT_MS, nowMs, times)).toBe(0);
});

test("a short linger brings more beats and an earlier suspicion", () => {
  const short = heartbeatTimes({ lingerMs: 1200 });
  expect(short).toEqual({ intervalMs: 200, suspectedAfterMs: 600, lostAfterMs: 1200 });
  expect(heartbeatTimes({ heartbeatMs: 100, lingerMs: 60_000 })).toEqual({
    intervalMs: 100,
    suspectedAfterMs: SUSPECTED_AFTER_MS,
    lostAfterMs: 60_000,
  });
});

test("a peer far away is given the time that dialling takes from there, within bounds", () => {
  expect(redialMs(undefined)).toBe(0);
  expect(redialMs(500)).toBe(6000);
  expect(redialMs(60_000)).toBe(DIAL_TIMEOUT_MS);
  const goneOf = (rttMs?: number): number | undefined =>
    timesFor({ times, goneAfterMs: 4000 }, true, rttMs).goneAfterMs;
  expect([goneOf(), goneOf(100), goneOf(500)]).toEqual([4000, 4000, 6000]);
  expect(timesFor({ times }, false, 500).goneAfterMs).toBeUndefined();
});
