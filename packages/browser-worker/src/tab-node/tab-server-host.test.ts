import { sha256 } from "@noble/hashes/sha2.js";
import type { PeerId } from "@skein/runtime";
import { expect, test } from "vitest";
import { memoryCodeStore } from "./memory-code-store.ts";
import { TabServerHost } from "./tab-server-host.ts";

const SOON = { timeout: 40_000 };
const frames = (): number => document.querySelectorAll("iframe[title='skein server']").length;

test("a spare is there while a server is in use, and goes when none has been for a while", async () => {
  const host = new TabServerHost({
    peer: "p" as PeerId, // nobody reads it here
    servers: 0,
    code: memoryCodeStore({ sha256, now: () => 0 }),
    grants: [],
    program: async () => "",
    spareKeptMs: 100,
  });
  const before = frames();
  const first = await host.start(1);
  await expect.poll(frames, SOON).toBe(before + 2);
  first.kill();
  await expect.poll(frames, SOON).toBe(before);
  const second = await host.start(2);
  await expect.poll(frames, SOON).toBe(before + 2);
  await host.close();
  await second.exited;
  expect(frames()).toBe(before);
});

test("a host whose servers end before anything ran says why", async () => {
  const host = new TabServerHost({
    peer: "p" as PeerId, // nobody reads it here
    servers: 0,
    code: memoryCodeStore({ sha256, now: () => 0 }),
    grants: [],
    program: async () => "addEventListener('message', ({ ports: [, host] }) => host.postMessage({ type: 'closing' }));",
  });
  expect(host.trouble).toBeUndefined();
  await (
    await host.start(1)
  ).exited;
  await expect.poll(() => host.trouble, SOON).toBe("its code has closed it");
  await host.close();
});
