import { expect, test } from "vitest";
import { TabNotes } from "./tab-notes.ts";

const TAB = { cluster: "c1", roles: ["tab"] };

function notes() {
  const kept = new Map<string, string>();
  const keep = {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
    removeItem: (key: string) => void kept.delete(key),
  };
  return { kept, notes: new TabNotes(keep) };
}

test("that its owner paused it is known to the next load of the page, for this cluster", () => {
  const { kept, notes: one } = notes();
  expect(one.isPaused(TAB)).toBe(false);
  one.setPaused(TAB, true);
  expect([one.isPaused(TAB), one.isPaused({ ...TAB, cluster: "c2" })]).toEqual([true, false]);
  one.setPaused(TAB, false);
  expect([one.isPaused(TAB), kept.size]).toEqual([false, 0]);
});
