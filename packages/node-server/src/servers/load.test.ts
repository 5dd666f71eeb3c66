import { expect, test } from "vitest";
import { createLoadMeter } from "./load.ts";

test("a reading has shares from 0 to 1 and free memory and disk in bytes", () => {
  const load = createLoadMeter(".");
  for (const { cpuIdleShare, memoryFreeBytes, swapFreeBytes, diskFreeBytes } of [load(), load()]) {
    expect(cpuIdleShare).toBeGreaterThanOrEqual(0);
    expect(cpuIdleShare).toBeLessThanOrEqual(1);
    expect(memoryFreeBytes).toBeGreaterThan(2 ** 20);
    expect(swapFreeBytes).toBeGreaterThanOrEqual(0);
    expect(diskFreeBytes).toBeGreaterThan(2 ** 20);
  }
});

test("a folder that does not exist has no free space, and is no error", () => {
  expect(createLoadMeter("/does/not/exist")().diskFreeBytes).toBe(0);
});
