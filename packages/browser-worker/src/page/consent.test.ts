import { DAY_MS } from "@skein/runtime";
import { expect, test } from "vitest";
import { Consents } from "./consent.ts";
import { memoryKeep } from "./memory-keep.ts";
import { usualSettings } from "./settings.ts";

const TAB = { cluster: "c1", roles: ["tab"] };
const settings = { ...usualSettings(4), workers: 3 };

function consents() {
  const { keep, kept } = memoryKeep();
  const clock = { nowMs: 1000 };
  return { clock, kept, consents: new Consents(keep, () => clock.nowMs, 4) };
}

test("a consent stands for a day, for its cluster and its roles", () => {
  const { clock, consents: one } = consents();
  expect(one.find(TAB)).toBeUndefined();
  one.give(TAB, settings, "day");
  expect(one.find(TAB)?.settings).toEqual(settings);
  expect(one.find({ ...TAB, cluster: "c2" })).toBeUndefined();
  expect(one.find({ ...TAB, roles: ["tab", "client"] })).toBeUndefined();
  clock.nowMs += DAY_MS;
  expect(one.find(TAB)).toBeUndefined();
});

test("a consent for this once is not kept, one without an end stands until it is taken back", () => {
  const { clock, consents: one } = consents();
  one.give(TAB, settings, "always");
  clock.nowMs += 100 * DAY_MS;
  one.change(TAB, { ...settings, workers: 1 });
  expect(one.find(TAB)).toEqual({ settings: { ...settings, workers: 1 } });
  one.takeBack(TAB);
  expect(one.find(TAB)).toBeUndefined();
  one.give(TAB, settings, "day");
  one.give(TAB, settings, "once");
  expect(one.find(TAB)).toBeUndefined();
});

test("where nothing may be kept it is asked each time", () => {
  const refuse = (): never => {
    throw new Error("SecurityError");
  };
  const one = new Consents({ getItem: refuse, setItem: refuse, removeItem: refuse }, () => 0, 4);
  one.give(TAB, settings, "day");
  one.change(TAB, settings);
  expect(one.find(TAB)).toBeUndefined();
});
