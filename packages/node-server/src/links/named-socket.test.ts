import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { spawnSync } from "node:child_process";
import { expect, onTestFinished, test } from "vitest";
import type { Link } from "@skein/runtime/host";
import { linkContract } from "@skein/runtime/testing";
import { dialLink, listenForLinks } from "./named-socket.ts";

const windows = process.platform === "win32";
let names = 0;

function freshPath(): string {
  names += 1;
  if (windows) return `\\\\.\\pipe\\skein-test-${process.pid}-${names}`;
  const folder = mkdtempSync(join(tmpdir(), "skein-named-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return join(folder, "link");
}

async function pair(path: string): Promise<{ left: Link; right: Link; close: () => void }> {
  const { promise, resolve } = Promise.withResolvers<Link>();
  const listener = await listenForLinks(path, resolve);
  const left = await dialLink(path);
  const right = await promise;
  return {
    left,
    right,
    close: () => {
      for (const link of [left, right]) link.abort(new Error("the test is over"));
      listener.close();
    },
  };
}

for (const { name, run } of linkContract(async () => await pair(freshPath()))) {
  test(`contract: ${name}`, run);
}

test.skipIf(windows)("the name is for its owner alone, and goes with its listener", async () => {
  const path = freshPath();
  const maskBefore = process.umask();
  const { close, left } = await pair(path);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(process.umask()).toBe(maskBefore);
  close();
  await left.closed;
  expect(() => statSync(path)).toThrowError(/ENOENT/);
  await expect(dialLink(path)).rejects.toMatchObject({ code: "HOST_UNREACHABLE" });
});

test("a name at which somebody listens is not taken", async () => {
  const path = freshPath();
  const { close } = await pair(path);
  await expect(listenForLinks(path, () => {})).rejects.toMatchObject({ code: "OPTION_INVALID" });
  close();
});

test.skipIf(windows)("a name left behind by a process that was killed is taken over", async () => {
  const path = freshPath();
  const script = `require("node:net").createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, "SIGKILL"))`;
  spawnSync(process.execPath, ["--eval", script]);
  expect(statSync(path).isSocket()).toBe(true);
  const { left, right, close } = await pair(path);
  expect([left.transport, right.transport]).toEqual(["unix", "unix"]);
  close();
});

test.skipIf(windows)("what is no socket is left alone", async () => {
  const path = freshPath();
  writeFileSync(path, "a file");
  await expect(listenForLinks(path, () => {})).rejects.toMatchObject({ code: "OPTION_INVALID" });
  expect(statSync(path).size).toBe(6);
});

test("a dial that is given up ends at once", async () => {
  const path = freshPath();
  const server = createServer({ pauseOnConnect: true });
  server.listen(path);
  await once(server, "listening");
  onTestFinished(() => void server.close());
  await expect(dialLink(path, { signal: AbortSignal.abort(new Error("no")) })).rejects.toMatchObject({
    code: "HOST_UNREACHABLE",
  });
});
