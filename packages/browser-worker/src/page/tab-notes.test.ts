import { expect, test } from "vitest";
import { memoryKeep } from "./memory-keep.ts";
import { usualSettings } from "./settings.ts";
import { TabNotes } from "./tab-notes.ts";

const TAB = { cluster: "c1", roles: ["tab"] };

function notes() {
  const { keep, kept } = memoryKeep();
  const clock = { nowMs: 1000 };
  return { clock, kept, notes: new TabNotes(keep, () => clock.nowMs, 4) };
}

test("that its owner paused it is known to the next load of the page, for this cluster", () => {
  const { kept, notes: one } = notes();
  expect(one.isPaused(TAB)).toBe(false);
  one.setPaused(TAB, true);
  expect([one.isPaused(TAB), one.isPaused({ ...TAB, cluster: "c2" })]).toEqual([true, false]);
  one.setPaused(TAB, false);
  expect([one.isPaused(TAB), kept.size]).toEqual([false, 0]);
});

test("what was agreed to for this once goes over one load of the page that follows at once", () => {
  const { clock, kept, notes: one } = notes();
  const settings = { ...usualSettings(4), workers: 3 };
  expect(one.carried(TAB)).toBeUndefined();
  one.carry(TAB, settings);
  expect(one.carried({ ...TAB, roles: ["tab", "client"] })).toBeUndefined();
  expect([one.carried(TAB), one.carried(TAB)]).toEqual([settings, undefined]);
  one.carry(TAB, settings);
  clock.nowMs += 60_000;
  expect([one.carried(TAB), kept.size]).toEqual([undefined, 0]);
});

test("where nothing may be kept the next load asks", () => {
  const refuse = (): never => {
    throw new Error("SecurityError");
  };
  const one = new TabNotes({ getItem: refuse, setItem: refuse, removeItem: refuse }, () => 0, 4);
  one.setPaused(TAB, true);
  one.carry(TAB, usualSettings(4));
  expect([one.isPaused(TAB), one.carried(TAB)]).toEqual([false, undefined]);
});
