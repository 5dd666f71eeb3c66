import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import { sharedUp, skein, startNode, startSkein, startUp, temporaryFolder } from "./cli.ts";
import { fixture } from "./programs.ts";
import { descendants, eventually, groupRuns, processes } from "./processes.ts";

const sumOfSquares = (count: number): number =>
  Array.from({ length: count }, (_, n) => n * n).reduce((a, b) => a + b, 0);

describe("a cluster that runs", () => {
  const up = sharedUp(["--name", "here", "--label", "gpu=no", "--metrics-port", "0"]);

  test("skein status shows the nodes and servers, as tables and as JSON", async () => {
    const shown = await skein(["status"], up().environment);
    expect(shown).toMatchObject({ code: 0, stderr: "" });
    expect(shown.stdout).toMatch(/^1 node, 2 servers \(0 busy\), 0 jobs\n/);
    const { stdout } = await skein(["status", "--json"], up().environment);
    expect(JSON.parse(stdout)).toMatchObject({
      nodes: [{ id: up().up.peer, name: "here", servers: 2, labels: { gpu: "no" } }],
      servers: [{ id: `${up().up.peer}/1` }, { id: `${up().up.peer}/2` }],
      jobs: [],
    });
  });

  test("skein status --watch shows it again when something has happened, until Ctrl-C", async () => {
    const watching = startSkein(["status", "--watch", "--json"], up().environment);
    // It may be shown twice as it stands: what is told right after the first look may be in that already.
    const seqs = (): number[] => watching.lines.map((line) => (JSON.parse(line) as { readonly seq: number }).seq);
    await eventually(() => (seqs().at(-1) ?? 0) > (seqs()[0] ?? Infinity));
    watching.child.kill("SIGINT");
    expect(await watching.exited).toMatchObject({ code: 130 });
    expect(seqs()).toEqual(seqs().toSorted((a, b) => a - b));
  });

  test("skein top tells programs how the cluster stands when that changes, until Ctrl-C", async () => {
    const top = startSkein(["top", "--json"], up().environment);
    const line: unknown = JSON.parse(await top.line((text) => text.startsWith("{")));
    expect(line).toMatchObject({ connection: "live", nodes: [{ name: "here", servers: 2 }], servers: { all: 2 } });
    top.child.kill("SIGINT");
    expect(await top.exited).toMatchObject({ code: 130 });
  });

  test("a client process finds the skein up of its machine and runs a job on its servers", async () => {
    const client = startNode([fixture("squares.ts"), "20", "10"], up().environment);
    const done: unknown = JSON.parse(await client.line((line) => line.includes("done")));
    expect(done).toMatchObject({ sum: sumOfSquares(20), processes: 2 });
    expect(await client.exited).toMatchObject({ code: 0 });
  });

  test("skein run passes arguments, finds the cluster and gives the program's exit code", async () => {
    const ran = await skein(["run", fixture("squares.ts"), "5"], up().environment);
    expect(ran).toMatchObject({ code: 0, stdout: expect.stringContaining(`"sum":${sumOfSquares(5)}`) });
    expect(await skein(["run", fixture("nowhere.ts")], up().environment)).toMatchObject({ code: 2 });
  });

  test("skein run --logs shows what tasks log, on standard error", async () => {
    const ran = await skein(["run", "--logs", fixture("chatty.ts")], up().environment);
    expect(ran).toMatchObject({ code: 0, stdout: "5" });
    expect(ran.stderr).toMatch(/ info {2}word\.said server=[12] .*word=hello/);
  });

  test("skein console prints a link that logs a browser in, once", async () => {
    const { stdout } = await skein(["console"], up().environment);
    expect(stdout).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/login\?t=\S+$/);
    expect((await fetch(stdout, { redirect: "manual" })).status).toBe(303);
    expect((await fetch(stdout, { redirect: "manual" })).status).toBe(401);
  });

  test("metrics for Prometheus are served where they were asked for", async () => {
    const text = await (await fetch(up().up.metrics)).text();
    expect(text).toMatch(/^skein_nodes\{kind="node",standing="working"\} 1$/m);
    expect(text).toMatch(/^skein_tasks_submitted_total \d+$/m);
  });

  test("skein console serves the console of a cluster elsewhere, until it is stopped", async () => {
    const { stdout: invite } = await skein(["invite", "--role", "viewer"], up().environment);
    const words = ["console", "--json", "--on", invite.trim(), "--port", "0", "--tls-auto"];
    const serving = startSkein(words, { SKEIN_DATA: temporaryFolder() });
    const line: { readonly console: string; readonly fingerprint: string } = JSON.parse(
      await serving.line((text) => text.startsWith("{")),
    );
    expect(line).toMatchObject({
      console: expect.stringMatching(/^https:\/\/127\.0\.0\.1:\d+\/login\?t=\S+$/),
      fingerprint: expect.stringMatching(/^[0-9A-F:]{95}$/),
    });
    serving.child.kill("SIGINT");
    expect(await serving.exited).toMatchObject({ code: 130 });
  });
});

test("skein console FILE serves a recording without a cluster, and refuses what is none", async () => {
  const folder = temporaryFolder();
  const file = join(folder, "monday.jsonl");
  writeFileSync(file, '{"skein":"recording","version":1}\n{"t":1,"snapshot":{}}\n');
  const serving = startSkein(["console", file, "--json", "--port", "0"], { SKEIN_DATA: join(folder, "data") });
  const { console: link } = JSON.parse(await serving.line((text) => text.startsWith("{"))) as { console: string };
  const login = await fetch(link, { redirect: "manual" });
  const headers = {
    cookie: login.headers.get("set-cookie")?.split(";")[0] ?? "",
    "x-skein": login.headers.get("location")?.split("#key=")[1] ?? "",
  };
  const post = async (path: string, how: Record<string, string>): Promise<Response> =>
    await fetch(new URL(path, link), { method: "POST", headers: how });
  expect(await (await post("/session", headers)).json()).toEqual({ recording: "monday.jsonl" });
  expect(await (await post("/recording", headers)).text()).toContain('"snapshot"');
  expect((await post("/recording", { cookie: headers.cookie })).status).toBe(401);
  serving.child.kill("SIGINT");
  expect(await serving.exited).toMatchObject({ code: 130 });
  writeFileSync(file, "something else\n");
  const refused = await skein(["console", file], { SKEIN_DATA: join(folder, "data") });
  expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining("is no recording of skein")]);
});

test.each([
  ["SIGINT", 130],
  ["SIGTERM", 0],
] as const)("%s ends everything below skein up and leaves nothing behind", async (signal, code) => {
  const folder = temporaryFolder();
  const up = await startUp([], join(folder, "data"));
  const client = startNode([fixture("squares.ts"), "8", "5000"], up.environment);
  await client.line((line) => line.includes("ready"));
  const below = descendants(up.pid);
  expect(below.length).toBeGreaterThanOrEqual(2);
  up.child.kill(signal);
  expect(await up.exited).toMatchObject({ code });
  await eventually(() => !below.some((row) => groupRuns(row.group)));
  expect(processes().filter((row) => row.command.includes(folder))).toEqual([]);
  expect(readdirSync(folder)).toEqual(["data"]);
  expect(readdirSync(up.data).filter((name) => /lock|up\.json|tmp|sock/.test(name))).toEqual([]);
});

test("skein up ends when the standard input that it was told to watch ends", async () => {
  const up = await startUp(["--until-stdin-ends"]);
  up.child.stdin?.end();
  expect(await up.exited).toMatchObject({ code: 0 });
});

test("a second skein up on the same data directory is refused, and one after it takes over its key", async () => {
  const up = await startUp();
  const second = await skein(["up", "--data", up.data]);
  expect(second).toMatchObject({ code: 2, stderr: expect.stringContaining("in use") });
  up.child.kill("SIGTERM");
  await up.exited;
  const again = await startUp([], up.data);
  expect(again.up.cluster).toBe(up.up.cluster);
  expect(again.up.peer).toBe(up.up.peer);
});

test("without a cluster, run and status exit with 3 and say what to do", async () => {
  const environment = { SKEIN_DATA: temporaryFolder() };
  for (const words of [["run", fixture("squares.ts")], ["status"], ["console"]]) {
    const ended = await skein(words, environment);
    expect(ended).toMatchObject({ code: 3, stderr: expect.stringContaining("skein up") });
  }
  expect(existsSync(join(environment.SKEIN_DATA, "lock"))).toBe(false);
});

test("where a cluster runs from a folder .skein, the error names it", async () => {
  const folder = temporaryFolder();
  await startUp([], join(folder, ".skein"));
  const command = startSkein(["status"], { SKEIN_DATA: join(folder, "other") }, folder);
  expect(await command.exited).toMatchObject({ code: 3 });
  expect(command.errors()).toContain("SKEIN_DATA=.skein");
});

test("skein status shows what runs while it runs", async () => {
  const up = await startUp();
  const client = startNode([fixture("squares.ts"), "2", "60000"], up.environment);
  await client.line((line) => line.includes("running"));
  await vi.waitFor(
    async () => {
      const { stdout } = await skein(["status"], up.environment);
      expect(stdout).toMatch(/^1 node, 2 servers \(2 busy\), 1 job\n/);
      expect(stdout).toMatch(/^\S+\/1 +cpu +assigned +squares of 2 +spin +0 +0$/m);
    },
    { timeout: 40_000, interval: 100 },
  );
});

test("wrong use exits with 2, help with 0", async () => {
  expect(await skein(["up", "--servers", "many"])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("--servers"),
  });
  expect(await skein(["ups"])).toMatchObject({ code: 2 });
  for (const words of [["--help"], ["up", "--help"], ["run", "--help"], ["--version"]]) {
    expect(await skein(words)).toMatchObject({ code: 0, stderr: "" });
  }
});

test("interrupting skein run interrupts the program", async () => {
  const up = await startUp();
  const run = startSkein(["run", fixture("squares.ts"), "4", "5000"], up.environment);
  await run.line((line) => line.includes("ready"));
  run.child.kill("SIGTERM");
  expect(await run.exited).toMatchObject({ code: 143 });
});
