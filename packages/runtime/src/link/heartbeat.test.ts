import { expect, test } from "vitest";
import { HEARTBEAT_MS, LOST_AFTER_MS, SUSPECTED_AFTER_MS } from "../defaults.ts";
import { Heartbeat } from "./heartbeat.ts";

test("silence makes a peer suspected, then lost; any word brings it back", () => {
  const heartbeat = new Heartbeat(0);
  const states: string[] = [];
  for (let now = HEARTBEAT_MS; now <= LOST_AFTER_MS; now += HEARTBEAT_MS) {
    const { state, changed } = heartbeat.check(now);
    if (changed) states.push(`${state}@${now}`);
  }
  expect(states).toEqual([`suspected@${SUSPECTED_AFTER_MS}`, `lost@${LOST_AFTER_MS}`]);
  heartbeat.heard(LOST_AFTER_MS);
  expect(heartbeat.check(LOST_AFTER_MS + HEARTBEAT_MS)).toEqual({ state: "alive", changed: true });
});

test("a check that comes late blames nobody: the peer's words may wait to be read", () => {
  const heartbeat = new Heartbeat(0);
  expect(heartbeat.check(10 * LOST_AFTER_MS).state).toBe("alive");
});
