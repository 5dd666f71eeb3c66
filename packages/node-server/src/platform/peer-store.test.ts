import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { PeerId } from "@skein/runtime";
import { afterEach, beforeEach, expect, test } from "vitest";
import { filePeerStore, PEER_FILE } from "./peer-store.ts";

let base: string;
beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), "skein-store-"));
});
afterEach(async () => {
  await rm(base, { recursive: true });
});

const PEER = "12D3KooWKnDdG3iXw9eTFijk3EWSunZcFi54Zka4wmtqtt6rPxc8" as PeerId;

test("what is saved is loaded again, and a save leaves the rest", async () => {
  const path = join(base, "data");
  const store = filePeerStore(path);
  expect(await store.load()).toEqual({});
  const privateKey = new Uint8Array(32).fill(1);
  const clusterKey = new Uint8Array(32).fill(2);
  // All at once: none is lost.
  await Promise.all([
    store.save({ privateKey }),
    store.save({ clusterKey }),
    store.save({ certificate: "c.c", seeds: ["/ip4/127.0.0.1/tcp/1"] }),
    store.save({ redemptions: { id: { peers: [PEER], expiresMs: 5 } } }),
  ]);
  expect(await filePeerStore(path).load()).toEqual({
    privateKey,
    clusterKey,
    certificate: "c.c",
    seeds: ["/ip4/127.0.0.1/tcp/1"],
    redemptions: { id: { peers: [PEER], expiresMs: 5 } },
  });
});

test("what operators have ordered is kept, and what of it was damaged is left out", async () => {
  const orders = { intake: "paused", nodes: [{ node: PEER, hold: "closed", servers: { 2: "paused" } }] } as const;
  await filePeerStore(base).save({ orders });
  expect(await filePeerStore(base).load()).toEqual({ orders });
  const damaged = {
    intake: "yes",
    nodes: [1, { node: "x" }, { node: PEER, hold: "later", servers: { 1: "closed", 2: 7 } }],
  };
  await writeFile(join(base, PEER_FILE), JSON.stringify({ orders: damaged }));
  expect(await filePeerStore(base).load()).toEqual({ orders: { nodes: [{ node: PEER, servers: { 1: "closed" } }] } });
});

test("only the owner can read it, and no temporary file stays", async () => {
  const path = join(base, "data");
  await filePeerStore(path).save({ privateKey: new Uint8Array(32) });
  expect((await stat(path)).mode & 0o777).toBe(0o700);
  expect((await stat(join(path, PEER_FILE))).mode & 0o777).toBe(0o600);
  expect(await readdir(path)).toEqual([PEER_FILE]);
});

test("a file that is damaged is said to be, not replaced", async () => {
  const file = join(base, PEER_FILE);
  for (const text of ["{", "[]x", '{"privateKey":"abc"}', '{"redemptions":{"a":{"peers":["x"],"expiresMs":1}}}']) {
    await writeFile(file, text);
    await expect(filePeerStore(base).load()).rejects.toMatchObject({ code: "OPTION_INVALID" });
    await expect(filePeerStore(base).save({ certificate: "x" })).rejects.toMatchObject({ code: "OPTION_INVALID" });
    expect(await readFile(file, "utf8")).toBe(text);
  }
});
