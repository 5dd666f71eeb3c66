import { expect, test } from "vitest";
import { watchBattery } from "./battery.ts";
import { Pauses } from "./pauses.ts";

function pauses(when = {}) {
  const held: boolean[] = [];
  return { held, pauses: new Pauses(when, (on) => held.push(on)) };
}

test("a tab pauses for its owner always, for the rest only where that is wished", () => {
  const { held, pauses: one } = pauses({ hidden: true });
  one.set("battery", true);
  expect([held, one.reasons]).toEqual([[], []]);
  one.set("hidden", true);
  one.set("owner", true);
  one.set("hidden", false);
  expect([held, one.reasons]).toEqual([[true], ["owner"]]);
  one.set("owner", false);
  expect(held).toEqual([true, false]);
  one.when({ onBattery: true });
  expect([held, one.reasons]).toEqual([[true, false, true], ["battery"]]);
  one.when({ onBattery: false });
  expect(held).toEqual([true, false, true, false]);
});

test("a battery is watched where there is one, and no longer than asked", async () => {
  const battery = Object.assign(new EventTarget(), { charging: true });
  const told: boolean[] = [];
  const end = new AbortController();
  await watchBattery({ getBattery: async () => battery }, end.signal, (on) => told.push(on));
  battery.charging = false;
  battery.dispatchEvent(new Event("chargingchange"));
  end.abort();
  battery.dispatchEvent(new Event("chargingchange"));
  await watchBattery({}, new AbortController().signal, (on) => told.push(on));
  await watchBattery({ getBattery: () => Promise.reject(new Error("not here")) }, end.signal, (on) => told.push(on));
  expect(told).toEqual([false, true]);
});
