import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { PeerId } from "@skein/runtime";
import { defaultDataPath, openDataDirectory } from "./data-directory.ts";
import { readUpState, removeUpState, upWasKilled, writeUpState } from "./up-state.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "skein-data-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const inUse = expect.objectContaining({ code: "OPTION_INVALID", message: expect.stringContaining("in use") });
const PEER = "12D3KooWEyoppNCUx8Yx66oV9fJnriXwCcXwDDUA2kj6vnc6iDEp" as PeerId;
const module = JSON.stringify(new URL("data-directory.ts", import.meta.url).href);

test("where it is: SKEIN_DATA, else below XDG_DATA_HOME, else below the home folder", () => {
  expect(defaultDataPath({ SKEIN_DATA: "/a/b", XDG_DATA_HOME: "/x" })).toBe("/a/b");
  expect(defaultDataPath({ XDG_DATA_HOME: "/x" })).toBe("/x/skein");
  expect(defaultDataPath({})).toMatch(/\/\.local\/share\/skein$/);
});

test("it is for its owner only, also when it was there before", () => {
  const path = join(folder, "new", "data");
  openDataDirectory(path).close();
  expect(statSync(path).mode & 0o777).toBe(0o700);
  chmodSync(path, 0o755);
  openDataDirectory(path).close();
  expect(statSync(path).mode & 0o777).toBe(0o700);
});

test("a second opening is refused until the first is closed, which may be done twice", () => {
  const first = openDataDirectory(folder);
  expect(() => openDataDirectory(folder)).toThrow(inUse);
  first.close();
  using second = openDataDirectory(folder);
  first.close();
  expect(() => openDataDirectory(folder)).toThrow(inUse);
  second.close();
  expect(readdirSync(folder)).toEqual([]);
});

test("another process that runs keeps it, one that was killed does not", async () => {
  const source = `import { openDataDirectory } from ${module}; openDataDirectory(${JSON.stringify(folder)}); console.log("locked"); setInterval(() => {}, 1000);`;
  const holder = spawn(process.execPath, ["--input-type=module", "-e", source], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  await once(holder.stdout, "data");
  expect(() => openDataDirectory(folder)).toThrow(inUse);
  const ended = once(holder, "exit");
  holder.kill("SIGKILL");
  await ended;
  using taken = openDataDirectory(folder);
  expect(existsSync(join(taken.path, "lock"))).toBe(true);
});

test("a lock whose process id now belongs to another process is taken over", () => {
  writeFileSync(join(folder, "lock"), JSON.stringify({ pid: process.pid, started: "1" }));
  openDataDirectory(folder).close();
  writeFileSync(join(folder, "lock"), "damaged");
  openDataDirectory(folder).close();
});

test("of many processes that find a stale lock, one gets the directory", () => {
  writeFileSync(join(folder, "lock"), JSON.stringify({ pid: 2 ** 22 + 1, started: "1" }));
  // Who has it keeps it until all have tried.
  const source = `import { readdirSync, writeFileSync } from "node:fs"; import { openDataDirectory } from ${module};
    const folder = ${JSON.stringify(folder)};
    const tried = () => { writeFileSync(folder + "/tried" + process.pid, ""); };
    const wait = () => { if (readdirSync(folder).filter((name) => name.startsWith("tried")).length < 4) setTimeout(wait, 10); };
    try { openDataDirectory(folder); console.log("got it"); tried(); wait(); } catch { console.log("in use"); tried(); }`;
  const script = `for i in 1 2 3 4; do "${process.execPath}" --input-type=module -e '${source}' & done; wait`;
  const { stdout } = spawnSync("/bin/sh", ["-c", script], { encoding: "utf8" });
  expect(stdout.split("\n").filter((line) => line === "got it")).toHaveLength(1);
});

test("the state of a `skein up` that runs is found, and only that", () => {
  expect(readUpState(folder)).toBeUndefined();
  writeUpState(folder, { peer: PEER, addresses: ["/ip4/127.0.0.1/tcp/4100"], console: "http://127.0.0.1:8181" });
  expect(statSync(join(folder, "up.json")).mode & 0o777).toBe(0o600);
  expect(readUpState(folder)).toEqual({
    pid: process.pid,
    peer: PEER,
    addresses: ["/ip4/127.0.0.1/tcp/4100"],
    console: "http://127.0.0.1:8181",
  });
  removeUpState(folder);
  expect(readUpState(folder)).toBeUndefined();
  expect(upWasKilled(folder)).toBe(false);
  writeFileSync(join(folder, "up.json"), JSON.stringify({ pid: 2 ** 22 + 1, peer: PEER, addresses: [] }));
  expect(readUpState(folder)).toBeUndefined();
  expect(upWasKilled(folder)).toBe(true);
  writeFileSync(join(folder, "up.json"), "{");
  expect(readUpState(folder)).toBeUndefined();
});
