/** Programs that a test run starts end with it. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, test } from "vitest";
import { startGuarded } from "./guarded.ts";

/** Prints its process id, then stays. */
const STAYS = ["-c", "echo $$; exec sleep 1000"];

const runs = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

test.skipIf(process.platform === "win32")("a guarded program ends when it is told to, also twice", async () => {
  const program = startGuarded("/bin/sh", STAYS);
  const pid = Number(await program.firstLine());
  expect(runs(pid)).toBe(true);
  await program.end();
  await program.end();
  expect(runs(pid)).toBe(false);
});

test.skipIf(process.platform === "win32")("a guarded program ends when its starter is killed", async () => {
  const url = JSON.stringify(new URL("guarded.ts", import.meta.url).href);
  const code = `const { startGuarded } = await import(${url});
    console.log(await startGuarded("/bin/sh", ${JSON.stringify(STAYS)}).firstLine());
    setInterval(() => {}, 1000);`;
  const starter = spawn(process.execPath, ["--input-type=module", "--eval", code], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [line] = (await once(starter.stdout, "data")) as [Buffer]; // a stream without encoding gives buffers
  const pid = Number(line.toString());
  expect(runs(pid)).toBe(true);
  starter.kill("SIGKILL");
  await expect.poll(() => runs(pid), { timeout: 10_000 }).toBe(false);
});

test.skipIf(process.platform === "win32")("a program that ends without a word is an error", async () => {
  const program = startGuarded("/bin/sh", ["-c", "exit 1"]);
  await expect(program.firstLine()).rejects.toThrow("ended before it was ready");
  await program.end();
});
