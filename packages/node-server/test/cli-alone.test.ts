/** Commands that need no cluster: examples and completion. */
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { skein, temporaryFolder } from "./cli.ts";

test("skein examples lists them, copies one to where it is told, and overwrites nothing", async () => {
  const folder = temporaryFolder();
  const listed = await skein(["examples", "--json"]);
  const names = listed.stdout.split("\n").map((line): string => JSON.parse(line).name);
  expect(names).toContain("01-hello");
  expect(names).toContain("primes");
  const copied = await skein(["examples", "01", folder]);
  expect(copied).toMatchObject({ code: 0, stdout: expect.stringContaining(`node ${join(folder, "01-hello.ts")}`) });
  expect(readFileSync(join(folder, "01-hello.ts"), "utf8")).toContain('from "skein"');
  expect(await skein(["examples", "01", folder])).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("FILE_EXISTS"),
  });
  expect(await skein(["examples", "primes", folder])).toMatchObject({
    code: 0,
    stdout: expect.stringContaining("skein up"),
  });
  expect(readdirSync(join(folder, "primes")).toSorted()).toEqual(["main.ts", "tasks.ts"]);
  expect(await skein(["examples", "nothing"])).toMatchObject({ code: 2, stderr: expect.stringContaining("01-hello") });
});

test("skein completion prints a script for each shell, which asks the command what may follow", async () => {
  const { stdout, code } = await skein(["completion", "bash"]);
  expect(code).toBe(0);
  execFileSync("bash", ["-n"], { input: stdout });
  for (const shell of ["zsh", "fish", "powershell"]) {
    const script = await skein(["completion", shell]);
    expect([shell, script.code, script.stdout.includes("skein")]).toEqual([shell, 0, true]);
  }
  expect(await skein(["completion", "cmd"])).toMatchObject({ code: 2, stderr: expect.stringContaining("bash") });
  const commands = await skein(["complete", "--", "re"]);
  expect(commands.stdout.split("\n").map((line) => line.split("\t")[0])).toEqual(
    expect.arrayContaining(["resume", "restart", "revoke"]),
  );
  const options = await skein(["complete", "--", "logs", "--"]);
  expect(options.stdout).toContain("--events\talso what happens");
});
