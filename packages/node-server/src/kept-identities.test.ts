import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRuntime, type PeerHost, type Role, type Runtime } from "@skein/runtime";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createNodePeer } from "./create-node-peer.ts";
import { nodePlatform } from "./platform/installed.ts";
import { freeIdentities, hasJoined, identityFor, isKept, type KeptIdentity } from "./kept-identities.ts";

const runtime = (): Runtime => createRuntime({ platform: nodePlatform() });

let data: string;
let owner: PeerHost;
beforeEach(async () => {
  data = mkdtempSync(join(tmpdir(), "skein-kept-"));
  owner = await createNodePeer({ listen: ["127.0.0.1:0"], runtime: runtime() });
});
afterEach(async () => {
  await owner.close({ cancel: true });
  rmSync(data, { recursive: true, force: true });
});

const membership = (...roles: readonly Role[]) => ({ cluster: owner.cluster, roles });

/** A program that joins the owner's cluster by an invite, with the identity that is kept for it. */
async function program(role: Role = "client"): Promise<PeerHost> {
  const kept = identityFor(data, membership(role));
  if (kept === undefined) throw new Error("no identity is kept");
  const invite = await owner.invite({ roles: [role] });
  return await createNodePeer({ invite, newCluster: false, store: kept.store, runtime: runtime() });
}

const folders = (): string[] => readdirSync(join(data, "clients")).toSorted();

test("an identity is used again by the next program, and another by one at the same time", async () => {
  const first = await program();
  const second = await program();
  expect(second.id).not.toBe(first.id);
  await first.close({ cancel: true });
  const third = await program();
  expect(third.id).toBe(first.id);
  expect(folders()).toEqual(["1", "2"]);
  await Promise.all([second, third].map((peer) => peer.close({ cancel: true })));
});

test("an identity serves invites for what it may do, and those who need one of its roles", async () => {
  await (await program("viewer")).close({ cancel: true });
  expect(["viewer" as const, "client" as const].map((role) => isKept(data, membership(role)))).toEqual([true, false]);
  expect([hasJoined(data), [...freeIdentities(data)]]).toEqual([false, []]);
  const [viewer] = [...freeIdentities(data, ["operator", "viewer"])];
  expect(viewer).toBeDefined();
  viewer?.store.close?.();
  await (await program()).close({ cancel: true });
  expect([isKept(data, membership("client", "viewer")), folders()]).toEqual([false, ["1", "2"]]);
});

test("it is readable by its user only", async () => {
  await (await program()).close({ cancel: true });
  expect(statSync(join(data, "clients/1")).mode & 0o777).toBe(0o700);
  expect(statSync(join(data, "clients/1/peer.json")).mode & 0o777).toBe(0o600);
});

test("a cluster that was joined is found by what was kept, one identity for each cluster", async () => {
  expect([hasJoined(data), [...freeIdentities(data)]]).toEqual([false, []]);
  const [first, second] = [await program(), await program()];
  await Promise.all([first, second].map((peer) => peer.close({ cancel: true })));
  expect(hasJoined(data)).toBe(true);
  const free: KeptIdentity[] = [];
  for (const identity of freeIdentities(data)) free.push(identity);
  expect(free).toHaveLength(1);
  for (const { store } of free) store.close?.();
});

test("one that is dropped is forgotten, and its place is taken by the next", async () => {
  await (await program()).close({ cancel: true });
  identityFor(data, membership("client"))?.drop();
  expect(hasJoined(data)).toBe(false);
  await (await program()).close({ cancel: true });
  expect(folders()).toEqual(["1"]);
});

test("where nothing can be written, none is kept", () => {
  expect(identityFor("/dev/null/data", membership("client"))).toBeUndefined();
  expect([...freeIdentities("/dev/null/data")]).toEqual([]);
});
