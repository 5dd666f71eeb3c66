import { freemem } from "node:os";
import { expect, test, vi } from "vitest";
import { askSystem, createLoadMeter } from "./load.ts";

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

test("where the system has no file for it, memory is asked for beside the readings, and not with each of them", async () => {
  const askMemory = vi.fn(() => Promise.resolve({ memoryFreeBytes: 5, swapFreeBytes: 7 }));
  const load = createLoadMeter(".", { readMemory: () => undefined, askMemory });
  expect(load().memoryFreeBytes).toBeGreaterThan(2 ** 20);
  await vi.waitFor(() => expect(load()).toMatchObject({ memoryFreeBytes: 5, swapFreeBytes: 7 }), { timeout: 20_000 });
  expect(askMemory).toHaveBeenCalledOnce();
});

test("memory that can't be asked for is what the system calls free", async () => {
  const askMemory = vi.fn(() => Promise.reject(new Error("no such program")));
  const load = createLoadMeter(".", { readMemory: () => undefined, askMemory });
  load();
  await Promise.resolve();
  expect(Math.abs(load().memoryFreeBytes - freemem())).toBeLessThan(2 ** 32);
});

test("the library tells free memory and swap of this machine", async () => {
  const { memoryFreeBytes, swapFreeBytes } = await askSystem();
  expect(memoryFreeBytes).toBeGreaterThan(2 ** 20);
  expect(swapFreeBytes).toBeGreaterThanOrEqual(0);
});
