import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";
import { createRuntime, spawn } from "@skein/runtime";
import { createNodePlatform, STUCK_EXIT_CODE } from "./node-platform.ts";

const platform = createNodePlatform();
const bytes = (hex: string): Uint8Array => Buffer.from(hex, "hex");
const hex = (data: Uint8Array): string => Buffer.from(data).toString("hex");

test("an Ed25519 pair from a seed is that of RFC 8032, test 1", () => {
  const seed = bytes("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60");
  const pair = platform.keyPair(seed);
  expect(hex(pair.publicKey)).toBe("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
  const signature = platform.sign(pair.privateKey, new Uint8Array());
  expect(hex(signature)).toBe(
    "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
  );
  expect(platform.verify(pair.publicKey, new Uint8Array(), signature)).toBe(true);
});

test("a signature of other bytes, of another key or of a wrong length is not accepted", () => {
  const [mine, other] = [platform.generateKey(), platform.generateKey()];
  const signature = platform.sign(mine.privateKey, bytes("0102"));
  expect(platform.verify(mine.publicKey, bytes("0102"), signature)).toBe(true);
  expect(platform.verify(mine.publicKey, bytes("0103"), signature)).toBe(false);
  expect(platform.verify(other.publicKey, bytes("0102"), signature)).toBe(false);
  expect(platform.verify(mine.publicKey, bytes("0102"), signature.subarray(1))).toBe(false);
  expect(platform.verify(mine.publicKey.subarray(1), bytes("0102"), signature)).toBe(false);
});

test("hashes are SHA-256 and its HMAC", () => {
  expect(hex(platform.sha256(new TextEncoder().encode("abc")))).toBe(
    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
  );
  // RFC 4231, test case 2.
  const mac = platform.hmacSha256(
    new TextEncoder().encode("Jefe"),
    new TextEncoder().encode("what do ya want for nothing?"),
  );
  expect(hex(mac)).toBe("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
});

test("a timer calls back once, and not after it was stopped", async () => {
  let calls = 0;
  const stopped = platform.startTimer(1, () => (calls += 100));
  platform.stopTimer(stopped);
  platform.stopTimer(platform.startTimer(2 ** 40, () => {}));
  await new Promise<void>((resolve) => {
    platform.keepAlive(true);
    platform.startTimer(5, () => {
      calls += 1;
      resolve();
    });
  });
  platform.keepAlive(false);
  expect(calls).toBe(1);
});

const inChild = (code: string): { status: number | null; stdout: string; stderr: string } => {
  const module = new URL("node-platform.ts", import.meta.url).href;
  const source = `import { createNodePlatform } from ${JSON.stringify(module)};\nconst p = createNodePlatform();\n${code}`;
  return spawnSync(process.execPath, ["--input-type=module", "-e", source], { encoding: "utf8" });
};

test("timers alone do not keep a process alive; keepAlive does, until it is off again", () => {
  expect(inChild(`p.startTimer(60_000, () => console.log("late"));`)).toMatchObject({ status: 0, stdout: "" });
  expect(
    inChild(`p.keepAlive(true); p.startTimer(20, () => { console.log("on time"); p.keepAlive(false); });`),
  ).toMatchObject({ status: 0, stdout: "on time\n" });
});

test("closed runtimes leave nothing at the process", async () => {
  const before = process.listenerCount("beforeExit");
  for (let n = 0; n < 20; n += 1) {
    await using runtime = createRuntime({ platform: createNodePlatform() });
    await spawn(function* () {}, [], { runtime });
  }
  expect(process.listenerCount("beforeExit")).toBe(before);
});

test("onDrain calls back when the event loop has nothing left", () => {
  expect(inChild(`p.onDrain(() => console.log("idle")); setTimeout(() => console.log("timer"), 5);`)).toMatchObject({
    status: 0,
    stdout: "timer\nidle\n",
  });
});

test("endStuck prints its report and exits with 13", () => {
  const ended = inChild(`p.endStuck("nothing can end these waits");`);
  expect(ended.status).toBe(STUCK_EXIT_CODE);
  expect(ended.stderr).toBe("nothing can end these waits\n");
});

test("an unhandled error is printed and fails the process", () => {
  const ended = inChild(`p.reportUnhandled(new Error("nobody caught me"));`);
  expect(ended.status).toBe(1);
  expect(ended.stderr).toContain("nobody caught me");
});

test("a file to send that can't be opened is told by its whole path", async () => {
  const platform = createNodePlatform();
  await expect(platform.openFile?.("/nowhere/at/all.txt")).rejects.toThrow(
    "could not read /nowhere/at/all.txt: ENOENT",
  );
});
