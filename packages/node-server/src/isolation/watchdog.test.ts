import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { MIB, type SkeinError } from "@skein/runtime";
import { type FolderSize, NOTHING } from "./folder-size.ts";
import { familyOf, residentBytes, type Watched, Watchdog } from "./watchdog.ts";

const hasProc = process.platform === "linux";

function start(script: string): ChildProcess & { readonly pid: number } {
  const child = spawn("/bin/sh", ["-c", script], { stdio: ["ignore", "pipe", "ignore"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  return Object.assign(child, { pid: child.pid ?? 0 });
}

/** Resolves with why the watchdog ended it. */
async function watched(limits: Partial<Watched>): Promise<SkeinError> {
  const watchdog = new Watchdog();
  const { promise, resolve } = Promise.withResolvers<SkeinError>();
  const all: Watched = {
    pid: process.pid,
    memoryLimitBytes: Infinity,
    diskLimitBytes: Infinity,
    startsOthers: false,
    folders: [],
    end: resolve,
    ...limits,
  };
  watchdog.watch(all);
  const error = await promise;
  watchdog.forget(all);
  return error;
}

test.skipIf(!hasProc)("what a process has started counts with it", async () => {
  const child = start("sleep 100 & sleep 100 & echo started; wait");
  if (child.stdout !== null) await once(child.stdout, "data");
  expect(familyOf(child.pid)).toHaveLength(3);
  expect(residentBytes(familyOf(child.pid))).toBeGreaterThan(residentBytes([child.pid]));
  for (const pid of familyOf(child.pid)) process.kill(pid, "SIGKILL");
});

test.skipIf(!hasProc)("a process that has more memory than it may is ended for it", async () => {
  expect(await watched({ memoryLimitBytes: MIB })).toMatchObject({ code: "SERVER_OUT_OF_MEMORY" });
});

test("a process that fills its folder is ended for it", async () => {
  const folder = mkdtempSync(join(tmpdir(), "skein-test-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, "large"), Buffer.alloc(2 * MIB, 1));
  expect(await watched({ folders: [folder], diskLimitBytes: MIB })).toMatchObject({
    code: "SERVER_LOST",
    message: expect.stringContaining("filled its folder"),
  });
});

test("what its node has put into the folder of a process doesn't count", async () => {
  const folder = mkdtempSync(join(tmpdir(), "skein-test-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, "given"), Buffer.alloc(2 * MIB, 1));
  let looks = 0;
  const given = (): FolderSize => {
    looks += 1;
    // Allowed at the first look; at the second it is the process's own.
    return looks === 1 ? { bytes: 2 * MIB, files: 1 } : NOTHING;
  };
  expect(await watched({ folders: [folder], diskLimitBytes: MIB, given })).toMatchObject({ code: "SERVER_LOST" });
  expect(looks).toBe(2);
});
