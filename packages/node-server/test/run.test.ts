import { describe, expect, test } from "vitest";
import { sharedUp, skein, startSkein, startUp, temporaryFolder } from "./cli.ts";
import { fixture } from "./programs.ts";
import { descendants, eventually, runs } from "./processes.ts";

test("kill -9 of skein run ends the program that it started, and what that started", async () => {
  const up = await startUp();
  const run = startSkein(["run", fixture("squares.ts"), "4", "60000"], up.environment);
  await run.line((line) => line.includes("ready"));
  const below = descendants(run.pid).filter(
    (row) => row.command.includes("squares") || row.command.includes("esbuild"),
  );
  expect(below.length).toBeGreaterThan(0);
  run.child.kill("SIGKILL");
  await eventually(() => !below.some((row) => runs(row.pid)));
});

describe("on a cluster that runs", () => {
  const up = sharedUp(["--name", "vm"]);

  test("Ctrl-C closes the jobs of skein run before the program ends, also when it reaches both processes", async () => {
    const run = startSkein(["run", fixture("waits.ts"), "2"], up().environment);
    await run.line((line) => line === "running");
    const program = descendants(run.pid).find(({ command }) => command.includes("waits.ts"));
    process.kill(program?.pid ?? 0, "SIGINT");
    run.child.kill("SIGINT"); // which it passes on
    expect(await run.exited).toMatchObject({ code: 130 });
    expect(run.errors()).toBe("");
    const jobs = await skein(["jobs", "--json"], up().environment);
    expect(jobs.code).toBe(0);
    expect(jobs.stdout).not.toContain("waits of 2");
  });

  test("skein map runs on the cluster's servers, and leaves no job behind", async () => {
    const map = startSkein(["map", "node:path#extname", "--on", "here"], up().environment);
    map.child.stdin?.end("a.ts\nb.js\nc\n");
    expect(await map.exited).toMatchObject({ code: 0 });
    expect([map.lines, map.errors()]).toEqual([['".ts"', '".js"', '""'], ""]);
    const jobs = await skein(["jobs", "--json"], up().environment);
    expect(jobs.stdout).not.toContain("extname");
    const away = await skein(["map", "node:path#extname", "--on", "here"], { SKEIN_DATA: temporaryFolder() });
    expect(away).toMatchObject({ code: 3, stdout: "" });
  });

  test("an error of ours that a program does not catch is told in a few lines, with the program's own line", async () => {
    const ran = await skein(["run", fixture("thrower.ts")], up().environment);
    expect(ran).toMatchObject({ code: 1, stdout: "" });
    expect(ran.stderr).toMatch(/^skein: .*\([A-Z_]+\)\n/);
    expect(ran.stderr).toMatch(/at .*thrower\.ts:8/);
    expect(ran.stderr.split("\n").length).toBeLessThan(8);
    const later = await skein(["run", fixture("thrower.ts"), "later"], up().environment);
    expect(later).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^skein: nowhere\.ts.*\(CODE_NOT_BUNDLABLE\)\n/),
    });
    expect(later.stderr).toContain("SKEIN_DEBUG");
  });

  test("another error that it does not catch is told as usual", async () => {
    const ran = await skein(["run", fixture("thrower.ts"), "own"], up().environment);
    expect(ran).toMatchObject({ code: 1 });
    expect(ran.stderr).toMatch(/RangeError: the program's own\n {4}at .*thrower\.ts:5/);
    expect(ran.stderr).toContain("[cause]: 'itself'");
  });

  test("skein run --logs shows what servers print, with the task that printed it", async () => {
    const ran = await skein(["run", "--logs", fixture("prints.ts")], up().environment);
    expect(ran).toMatchObject({ code: 0 });
    const { task }: { task: string } = JSON.parse(ran.stdout);
    expect(ran.stderr).toMatch(new RegExp(` info {2}to standard output server=[12] task=${task}\n`));
    expect(ran.stderr).toMatch(new RegExp(` warn {2}to standard error server=[12] task=${task}\n`));
  });

  test("what a server prints before it dies is shown too, and its task's error says how it died", async () => {
    const ran = await skein(["run", "--logs", fixture("prints.ts"), "die"], up().environment);
    const { task, error, hint }: Record<"task" | "error" | "hint", string> = JSON.parse(ran.stdout);
    expect(ran.stderr).toContain(`to standard output`);
    expect(ran.stderr).toContain(task);
    expect(error).toMatch(/^task prints was lost: server vm\/[12] ended with code 7$/);
    expect(hint).toContain("to standard error");
  });
});
