import { expect, test } from "vitest";
import { HEARTBEAT_MS, LOST_AFTER_MS, SUSPECTED_AFTER_MS } from "../defaults.ts";
import { heardAtCheck, heartbeatTimes, livenessAt } from "./heartbeat.ts";

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
