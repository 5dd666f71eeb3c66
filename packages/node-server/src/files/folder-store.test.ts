import { execFileSync } from "node:child_process";
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type FileDraft, type FileStore, KIB } from "@skein/runtime";
import { expect, onTestFinished, test } from "vitest";
import { folderStore } from "./folder-store.ts";

interface World {
  readonly outside: string;
  readonly root: string;
  readonly store: FileStore;
}

function world(): World {
  const base = mkdtempSync(join(tmpdir(), "skein-store-"));
  onTestFinished(() => rmSync(base, { recursive: true, force: true }));
  const [outside, root] = [join(base, "outside"), join(base, "root")];
  mkdirSync(outside);
  mkdirSync(root);
  return { outside, root, store: folderStore(root) };
}

const HOW = { executable: false, overwrite: false, owners: ["me"] };
const hello = new TextEncoder().encode("hello");

async function drafted(store: FileStore, ...path: string[]): Promise<FileDraft> {
  const draft = await store.draft(path, hello.byteLength, false);
  await draft.write(0, hello);
  return draft;
}

const codeOf = async (work: Promise<unknown>): Promise<string> =>
  await work.then(
    () => "none",
    (error: { readonly code: string }) => error.code,
  );

/** Something else may be there. */
function attempt(change: () => void): void {
  try {
    change();
  } catch {
    // Then the next change finds it.
  }
}

const parts = (root: string): string[] =>
  readdirSync(join(root, ".skein-parts")).filter((name) => name.endsWith(".part"));

test("a file appears whole under its name, in folders that are made for it", async () => {
  const { root, store } = world();
  const draft = await drafted(store, "a", "b", "x");
  expect(readdirSync(root)).toEqual([".skein-parts"]);
  expect(await draft.publish(HOW)).toBe(true);
  expect(readFileSync(join(root, "a/b/x"), "utf8")).toBe("hello");
  expect(await store.look(["a", "b", "x"])).toMatchObject({ bytes: 5, owners: ["me"] });
  expect(parts(root)).toEqual([]);
});

test("links on the way to a file lead nowhere", async () => {
  const { outside, root, store } = world();
  symlinkSync(outside, join(root, "link"));
  expect(await codeOf(store.look(["link", "x"]))).toBe("PATH_FORBIDDEN");
  const draft = await drafted(store, "link", "x");
  expect(await codeOf(draft.publish(HOW))).toBe("PATH_FORBIDDEN");
  await draft.discard();
  expect(await codeOf(store.open(["link", "x"]))).toBe("PATH_FORBIDDEN");
  writeFileSync(join(outside, "x"), "precious");
  expect(await codeOf(store.remove(["link", "x"]))).toBe("PATH_FORBIDDEN");
  expect(readFileSync(join(outside, "x"), "utf8")).toBe("precious");
});

test("a link, a device, a pipe or a folder under the name is neither read, followed, replaced nor removed", async () => {
  const { outside, root, store } = world();
  writeFileSync(join(outside, "victim"), "precious");
  symlinkSync(join(outside, "victim"), join(root, "link"));
  symlinkSync("/dev/null", join(root, "device"));
  mkdirSync(join(root, "folder"));
  execFileSync("mkfifo", [join(root, "pipe")]);
  for (const name of ["link", "device", "folder", "pipe"]) {
    expect(await codeOf(store.look([name]))).toBe("PATH_FORBIDDEN");
    expect(await codeOf(store.open([name]))).toBe("FILE_FAILED");
    expect(await codeOf(store.remove([name]))).toBe("PATH_FORBIDDEN");
    const draft = await drafted(store, name);
    expect(await codeOf(draft.publish({ ...HOW, overwrite: true }))).toBe("PATH_FORBIDDEN");
    await draft.discard();
  }
  expect(readFileSync(join(outside, "victim"), "utf8")).toBe("precious");
  expect(lstatSync(join(root, "link")).isSymbolicLink()).toBe(true);
});

test("folders that are swapped for links all the time never let a file out", async () => {
  const { outside, root, store } = world();
  const inside = join(root, "in");
  const end = new AbortController();
  const done = end.signal;
  const swap = (async () => {
    while (!done.aborted) {
      rmSync(inside, { recursive: true, force: true });
      attempt(() => symlinkSync(outside, inside));
      await new Promise(setImmediate);
      attempt(() => unlinkSync(inside));
      attempt(() => mkdirSync(inside));
      await new Promise(setImmediate);
    }
  })();
  const ends = new Set<string>();
  for (let n = 0; n < 40; n += 1) {
    const draft = await drafted(store, "in", `x${n}`);
    ends.add(await codeOf(draft.publish(HOW)));
    await draft.discard();
  }
  end.abort();
  await swap;
  expect(readdirSync(outside)).toEqual([]);
  expect(ends).toContain("PATH_FORBIDDEN");
  await (await drafted(store, "in", "after")).publish(HOW);
  expect(readFileSync(join(inside, "after"), "utf8")).toBe("hello");
});

test("of two files that come under one name the second is not put over the first, unless it is to be", async () => {
  const { root, store } = world();
  const [first, second] = [await drafted(store, "x"), await drafted(store, "x")];
  expect(parts(root)).toHaveLength(2);
  expect(await first.publish(HOW)).toBe(true);
  expect(await second.publish(HOW)).toBe(false);
  expect(await second.publish({ ...HOW, overwrite: true, executable: true, mtimeMs: 1234 })).toBe(true);
  expect(await store.look(["x"])).toMatchObject({ executable: true, mtimeMs: 1234 });
  expect(parts(root)).toEqual([]);
});

test("what was kept is found by place and size, and a part that somebody tampered with is not written to", async () => {
  const { outside, root, store } = world();
  await (await drafted(store, "x")).keep(3);
  expect(await store.kept(["x"], 5)).toBe(3);
  expect(await store.kept(["x"], 6)).toBe(0);
  const again = await store.draft(["x"], 5, true);
  expect(again.keptBytes).toBe(3);
  expect(await store.kept(["x"], 5)).toBe(0);
  await again.keep(4);
  const [name = ""] = parts(root);
  rmSync(join(root, ".skein-parts", name));
  writeFileSync(join(outside, "victim"), "precious");
  symlinkSync(join(outside, "victim"), join(root, ".skein-parts", name));
  expect(await store.kept(["x"], 5)).toBe(0);
  await (await drafted(store, "x")).publish(HOW);
  expect(readFileSync(join(outside, "victim"), "utf8")).toBe("precious");
});

test("parts are kept for a day, and the newest of many", async () => {
  const { root, store } = world();
  for (let n = 0; n < 40; n += 1) await (await drafted(store, `x${n}`)).keep(1);
  expect(parts(root).length).toBeLessThanOrEqual(33);
  const longAgo = Date.now() / 1000 - 25 * 3600;
  for (const name of parts(root)) utimesSync(join(root, ".skein-parts", name), longAgo, longAgo);
  await (await drafted(store, "y")).discard();
  expect(parts(root)).toEqual([]);
});

test("removing a file removes the folders that are empty then, and no others", async () => {
  const { root, store } = world();
  for (const path of [
    ["a", "b", "c", "x"],
    ["a", "y"],
  ])
    await (await drafted(store, ...path)).publish(HOW);
  expect(await store.remove(["a", "b", "c", "x"])).toBe(true);
  expect(await store.remove(["a", "b", "c", "x"])).toBe(false);
  expect(readdirSync(join(root, "a"))).toEqual(["y"]);
  expect(await store.remove(["a", "y"])).toBe(true);
  expect(existsSync(join(root, "a"))).toBe(false);
  expect(existsSync(root)).toBe(true);
});

test("a file for which there is no room is refused before it comes", async () => {
  const { root, store } = world();
  const refused = store.draft(["x"], 2 ** 60, false);
  await expect(refused).rejects.toThrow("ENOSPC");
  expect(parts(root)).toEqual([]);
});

test("a full disk ends a file with the system's reason", async ({ skip }) => {
  const { root } = world();
  const small = join(root, "small");
  mkdirSync(small);
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=64k", "tmpfs", small], { stdio: "ignore" });
  } catch {
    return skip("a small disk can't be mounted here: that takes root");
  }
  try {
    const store = folderStore(small);
    const draft = await store.draft(["x"], 40 * KIB, false);
    const other = await store.draft(["y"], 40 * KIB, false);
    await draft.write(0, new Uint8Array(40 * KIB));
    await expect(other.write(0, new Uint8Array(40 * KIB))).rejects.toThrow("ENOSPC");
    await other.discard();
    expect(await draft.publish(HOW)).toBe(true);
  } finally {
    execFileSync("umount", [small]);
  }
});
