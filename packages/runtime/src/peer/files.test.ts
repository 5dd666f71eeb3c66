import { afterEach, expect, test } from "vitest";
import { BULK_WINDOW_BYTES, FILE_BLOCK_BYTES } from "../defaults.ts";
import type { ErrorCode } from "../errors.ts";
import type { Role } from "../contracts/endpoint.ts";
import { createRuntime } from "../task/runtime.ts";
import { spawn } from "../task/spawn.ts";
import { createHostPlatform, installHostPlatform } from "../testing/host-platform.ts";
import { MemoryFileStore } from "../testing/memory-file-store.ts";
import { createMemoryNetwork } from "../testing/memory-network.ts";
import type { PeerHost, PeerOptions } from "./peer-host.ts";
import { startPeerHost } from "./peer.ts";

installHostPlatform();
const platform = createHostPlatform();
const { network, cut } = createMemoryNetwork(platform);
const opened: PeerHost[] = [];
/** Of two blocks and a half, each with other bytes. */
const CONTENT: Uint8Array<ArrayBuffer> = Uint8Array.from({ length: FILE_BLOCK_BYTES * 2.5 }, (_, n) => n >> 12);
/** More than may be on its way at once. */
const LARGE: Uint8Array<ArrayBuffer> = Uint8Array.from({ length: BULK_WINDOW_BYTES * 2.5 }, (_, n) => n >> 12);

async function peerIn(options: PeerOptions = {}): Promise<PeerHost> {
  const runtime = createRuntime({ platform });
  const listen = [`/memory/files-${opened.length}`];
  const peer = await startPeerHost(platform, { listen, network, ...options, runtime });
  opened.push(peer);
  return peer;
}

async function pair(options: PeerOptions = {}, roles: readonly Role[] = ["peer"]) {
  const store = new MemoryFileStore();
  const owner = await peerIn({ files: store, ...options });
  const invite = async (): Promise<string> => await owner.invite({ roles });
  return { store, owner, invite, guest: await peerIn({ invite: await invite() }) };
}

const codeOf = async (work: PromiseLike<unknown>): Promise<ErrorCode | "none"> =>
  await Promise.resolve(work).then(
    () => "none",
    (error: { readonly code: ErrorCode }) => error.code,
  );

afterEach(async () => {
  for (const peer of opened.splice(0)) await peer.close({ cancel: true });
});

test("a file arrives whole, and is not sent again when it is the same", async () => {
  const { store, owner, guest } = await pair();
  const seen: [number, number][] = [];
  const progress = (sent: number, total: number): void => void seen.push([sent, total]);
  const file = { name: "a.bin", bytes: CONTENT, executable: true };
  expect(await guest.sendFile(owner.location, file, { to: "x/y", progress })).toEqual({ state: "stored" });
  const stored = store.files.get("x/y/a.bin");
  expect(same(stored?.content, CONTENT)).toBe(true);
  expect(stored?.executable).toBe(true);
  expect(seen.at(0)).toEqual([0, CONTENT.byteLength]);
  expect(seen.at(-1)).toEqual([CONTENT.byteLength, CONTENT.byteLength]);
  store.onWrite = () => expect.fail("nothing was to be written");
  expect(await guest.sendFile(owner.id, file, { to: "x/y" })).toEqual({ state: "unchanged" });
});

test("bytes, Blobs, empty files and files to oneself are files like others", async () => {
  const { store, owner, guest } = await pair();
  await guest.sendFile(owner.id, { name: "empty", bytes: new Uint8Array(0) });
  await guest.sendFile(owner.id, { name: "blob", bytes: new Blob([CONTENT]) });
  await guest.sendFile(owner.id, { name: "file", bytes: new File(["text"], "other", { lastModified: 1234 }) });
  await owner.sendFile(owner.location, { name: "own", bytes: CONTENT });
  expect(store.files.get("empty")?.content).toEqual(new Uint8Array(0));
  expect(same(store.files.get("blob")?.content, CONTENT)).toBe(true);
  expect(store.files.get("file")?.mtimeMs).toBe(1234);
  expect(same(store.files.get("own")?.content, CONTENT)).toBe(true);
});

test("another file of that name is replaced only when that is said, and the refusal says what is there", async () => {
  const { store, owner, guest } = await pair();
  const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
  await guest.sendFile(owner.id, { name: "a", bytes: bytes("one") });
  for (const text of ["four", "two"]) {
    const sending = guest.sendFile(owner.id, { name: "a", bytes: bytes(text) });
    const refused: { code?: string; cause?: unknown } = await Promise.resolve(sending).catch((error) => error);
    expect(refused.code).toBe("FILE_EXISTS");
    expect(refused.cause).toMatchObject({ bytes: 3, executable: false });
  }
  await guest.sendFile(owner.id, { name: "a", bytes: bytes("two") }, { overwrite: true });
  expect(store.files.get("a")?.content).toEqual(bytes("two"));
});

test("what somebody else sent is replaced and removed by operators, and by who came by the same invite", async () => {
  const { store, owner, guest, invite } = await pair();
  const other = await peerIn({ invite: await invite() });
  const shared = await owner.invite({ roles: ["peer"], uses: 2 });
  const [before, after] = [await peerIn({ invite: shared }), await peerIn({ invite: shared })];
  const file = (text: string) => ({ name: "a", bytes: new TextEncoder().encode(text) });
  await guest.sendFile(owner.id, file("guest's"));
  expect(await codeOf(other.sendFile(owner.id, file("other's"), { overwrite: true }))).toBe("ROLE_FORBIDS");
  expect(await codeOf(other.removeFile(owner.id, "a"))).toBe("ROLE_FORBIDS");
  expect(await other.removeFile(owner.id, "b")).toEqual({ state: "absent" });
  expect(await guest.removeFile(owner.id, "a")).toEqual({ state: "removed" });
  await before.sendFile(owner.id, file("one of two"));
  await after.sendFile(owner.id, file("the other one"), { overwrite: true });
  await owner.removeFile(owner.id, "a");
  expect([...store.files]).toEqual([]);
});

test("files are refused for their name, their size, who sends them, and where none are taken", async () => {
  const { owner, guest } = await pair({ maxFileBytes: 10 });
  const small = { name: "a", bytes: new Uint8Array(10) };
  expect(await codeOf(guest.sendFile(owner.id, { name: "a", bytes: new Uint8Array(11) }))).toBe("FILE_TOO_LARGE");
  expect(await codeOf(guest.sendFile(owner.id, { ...small, name: "../a" }))).toBe("PATH_FORBIDDEN");
  expect(await codeOf(guest.sendFile(owner.id, small, { to: "../a" }))).toBe("PATH_FORBIDDEN");
  expect(await codeOf(guest.removeFile(owner.id, "..", { to: "a" }))).toBe("PATH_FORBIDDEN");
  expect(await codeOf(owner.sendFile(guest.id, small))).toBe("ABILITY_NOT_GRANTED");
  expect(await codeOf(guest.sendFile(owner.id, "/etc/hostname"))).toBe("OPTION_INVALID");
  for (const role of ["tab", "viewer"] as const) {
    const peer = await peerIn({ invite: await owner.invite({ roles: [role] }) });
    expect(await codeOf(peer.sendFile(owner.id, small))).toBe("ROLE_FORBIDS");
    expect(await codeOf(peer.removeFile(owner.id, "a"))).toBe("ROLE_FORBIDS");
  }
  // The receiver looks for itself, whatever the sender has checked.
  const place = { name: "a", to: "../..", bytes: 1, fromBytes: 0, executable: false, overwrite: true, bulk: 1 };
  const there = { peer: owner.id, server: 0 };
  expect(await codeOf(guest.procedures.call(there, "file.put", place))).toBe("PATH_FORBIDDEN");
  expect(await codeOf(guest.procedures.call(there, "file.put", { ...place, to: "x", bytes: 11 }))).toBe(
    "FILE_TOO_LARGE",
  );
  expect(await codeOf(guest.procedures.call(there, "file.put", { ...place, to: "x", bytes: -1 }))).toBe("WIRE_INVALID");
});

test("a transfer goes on where it was after its connection broke", async () => {
  const { store, owner, guest } = await pair();
  let cuts = 0;
  store.onWrite = () => {
    cuts += 1;
    cut(owner.id, guest.id);
  };
  await guest.sendFile(owner.id, { name: "a", bytes: CONTENT });
  expect(same(store.files.get("a")?.content, CONTENT)).toBe(true);
  expect(cuts).toBe(3);
});

test("an interrupted transfer is gone on with by the next one, also of another session", async () => {
  const { store, owner, guest, invite } = await pair();
  store.onWrite = async (at) => {
    if (at > 0) await guest.close();
  };
  expect(await codeOf(guest.sendFile(owner.id, { name: "a", bytes: LARGE }))).not.toBe("none");
  await until(() => store.parts.size === 1);
  const again = await peerIn({ invite: await invite() });
  const written: number[] = [];
  store.onWrite = (at) => void written.push(at);
  const seen: number[] = [];
  await again.sendFile(owner.id, { name: "a", bytes: LARGE }, { progress: (sent) => seen.push(sent) });
  expect(same(store.files.get("a")?.content, LARGE)).toBe(true);
  expect(seen[0]).toBeGreaterThanOrEqual(FILE_BLOCK_BYTES);
  expect(written[0]).toBe(seen[0]);
});

test("a part of another file of that size is not gone on with", async () => {
  const { store, owner, guest } = await pair();
  store.parts.set(`a ${CONTENT.byteLength}`, new Uint8Array(FILE_BLOCK_BYTES).fill(255));
  await guest.sendFile(owner.id, { name: "a", bytes: CONTENT });
  expect(same(store.files.get("a")?.content, CONTENT)).toBe(true);
});

test("of two who send under one name at once one is stored, and the other one told", async () => {
  const { store, owner, guest, invite } = await pair();
  const other = await peerIn({ invite: await invite() });
  const mine = CONTENT.slice();
  mine[0] = 77;
  const ends = await Promise.all([
    codeOf(guest.sendFile(owner.id, { name: "a", bytes: mine })),
    codeOf(other.sendFile(owner.id, { name: "a", bytes: CONTENT })),
  ]);
  expect(ends.toSorted()).toEqual(["FILE_EXISTS", "none"]);
  const stored = store.files.get("a")?.content;
  expect(same(stored, ends[0] === "none" ? mine : CONTENT)).toBe(true);
});

test("two who send the same at once are both content", async () => {
  const { owner, guest, invite } = await pair();
  const other = await peerIn({ invite: await invite() });
  const file = { name: "a", bytes: CONTENT };
  const ends = await Promise.all([guest.sendFile(owner.id, file), other.sendFile(owner.id, file)]);
  expect(ends.map(({ state }) => state).toSorted()).toEqual(["stored", "unchanged"]);
});

test("a hundred files at once all arrive, and those that wait for their turn can be given up", async () => {
  const { store, owner, guest } = await pair();
  const gone = new AbortController();
  const files = Array.from({ length: 100 }, (_, n) => ({ name: `f${n}`, bytes: new Uint8Array(n) }));
  const sending = files.map((file, n) => {
    return codeOf(guest.sendFile(owner.id, file, n === 50 ? { signal: gone.signal } : {}));
  });
  gone.abort(new Error("not this one"));
  const ends = await Promise.all(sending);
  expect(ends.filter((end) => end === "none")).toHaveLength(99);
  expect(store.files.size).toBe(99);
});

test("a transfer ends with its signal, its time, its progress, and the task that waits for it, on both sides", async () => {
  const { store, owner, guest } = await pair();
  let count = 0;
  const file = () => ({ name: `a${(count += 1)}`, bytes: LARGE });
  // Nothing is so quick that it is over before a task can be cancelled.
  store.onWrite = turn;
  const abort = new AbortController();
  const stopAt = (stop: () => void) => (sent: number) => {
    if (sent >= FILE_BLOCK_BYTES) stop();
  };
  const { signal } = abort;
  const progress = stopAt(() => abort.abort(new Error("enough")));
  await expect(Promise.resolve(guest.sendFile(owner.id, file(), { signal, progress }))).rejects.toThrow();
  const broken = stopAt(() => {
    throw new RangeError("no room on the screen");
  });
  await expect(Promise.resolve(guest.sendFile(owner.id, file(), { progress: broken }))).rejects.toThrow(RangeError);
  expect(await codeOf(guest.sendFile(owner.id, file(), { timeoutMs: 0 }))).toBe("TIMEOUT");
  const task = spawn(
    function* () {
      yield* guest.sendFile(owner.id, file(), { progress: stopAt(() => void task.cancel()) });
    },
    [],
    { runtime: guest.runtime },
  );
  expect(await codeOf(task)).toBe("TASK_CANCELLED");
  expect(store.files.size).toBe(0);
  expect(await guest.sendFile(owner.id, file())).toEqual({ state: "stored" });
});

/** Quicker than a comparison that could say what differs. */
const same = (a: Uint8Array | undefined, b: Uint8Array): boolean =>
  a?.byteLength === b.byteLength && a.every((byte, index) => byte === b[index]);

const turn = (): Promise<void> =>
  new Promise((resolve) => {
    platform.nextTurn(resolve);
  });

async function until(what: () => boolean): Promise<void> {
  while (!what()) await turn();
}
