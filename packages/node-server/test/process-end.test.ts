import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";
import { fixture } from "./programs.ts";

const FIXTURE = fixture("process-end.ts");
const run = (program: string): { status: number | null; stdout: string; stderr: string } =>
  spawnSync(process.execPath, [FIXTURE, program], { encoding: "utf8", timeout: 60_000 });

test("a program with functions for its exit ends when they have been called, each once", () => {
  expect(run("at-exit")).toMatchObject({ status: 0, stdout: "work done\nfirst at exit\nlast at exit\n" });
  expect(run("at-exit-twice")).toMatchObject({ status: 0, stdout: "work done\nat exit\nadded at exit\n" });
});

test("a runtime whose tasks have ended does not end the process under another's", () => {
  expect(run("two-runtimes")).toMatchObject({ status: 0, stdout: "the other one is done\nthe default one is done\n" });
});

test("the tasks of one runtime that wait for ever are told, when those of another have ended", () => {
  expect(run("one-stuck")).toMatchObject({
    status: 13,
    stdout: "the other one is done\n",
    stderr: expect.stringContaining("waitsForEver"),
  });
});
