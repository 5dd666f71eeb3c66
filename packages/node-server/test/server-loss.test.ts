import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { skein, startNode, startUp, temporaryFolder } from "./cli.ts";
import { fixture } from "./programs.ts";
import { descendants, eventually } from "./processes.ts";

/** The process of server `number` behind the node `pid`; a spare has no number yet. */
const serverProcess = (pid: number, number: string | undefined) =>
  descendants(pid).find((row) => row.command.startsWith(`skein server ${number}`));

test("a server process killed while its task runs is replaced, and the task runs again", async () => {
  const up = await startUp();
  const client = startNode([fixture("squares.ts"), "10", "400"], up.environment);
  const { server }: { server: string } = JSON.parse(await client.line((line) => line.includes("running")));
  const victim = serverProcess(up.pid, server.split("/")[1]);
  process.kill(victim!.pid, "SIGKILL");
  const done: unknown = JSON.parse(await client.line((line) => line.includes("done")));
  expect(done).toMatchObject({ sum: 285, retried: 1 });
  await eventually(() => serverProcess(up.pid, server.split("/")[1]) !== undefined);
  expect(serverProcess(up.pid, server.split("/")[1])?.pid).not.toBe(victim!.pid);
  const { stdout } = await skein(["status", "--json"], up.environment);
  expect(JSON.parse(stdout)).toMatchObject({ servers: [{ id: `${up.up.peer}/1` }, { id: `${up.up.peer}/2` }] });
});

test("errors tell what the task itself did: its last words, and a stack of its own frames", async () => {
  const up = await startUp();
  const client = startNode([fixture("last-words.ts")], up.environment);
  const told: { hints: string[]; stack: string } = JSON.parse(await client.line((line) => line.includes("hints")));
  const { hints, stack } = told;
  expect(hints).toEqual([
    expect.stringContaining("see the node's log"),
    expect.stringContaining("its last words: said last"),
  ]);
  expect(hints.join()).not.toContain("said before");
  expect(stack.split("\n")).toEqual(["RangeError: no such row", expect.stringContaining("fixtures/last-words.ts:")]);
});

// The gate server-kills does so with 100,000 tasks, and a kill a second.
test("of tasks on servers that are killed none is lost or ends twice, and few run again", async () => {
  const up = await startUp();
  const folder = temporaryFolder();
  const client = startNode([fixture("counted.ts"), "1000", "64", "1", folder], up.environment);
  await client.line((line) => line.includes("ready"));
  const runs = (): number => readdirSync(folder).reduce((sum, name) => sum + linesOf(join(folder, name)), 0);
  const kills = 2;
  for (let n = 1; n <= kills; n += 1) {
    await eventually(() => runs() > n * 300);
    const number = String((n % 2) + 1);
    await eventually(() => serverProcess(up.pid, number) !== undefined);
    process.kill(serverProcess(up.pid, number)!.pid, "SIGKILL");
  }
  const done: unknown = JSON.parse(await client.line((line) => line.includes("done")));
  expect(done).toMatchObject({ once: true, wrong: 0, done: 1000, failed: 0, lost: 0 });
  expect(runs() - 1000).toBeLessThanOrEqual(kills * 32);
});

const linesOf = (file: string): number => readFileSync(file, "utf8").split("\n").length - 1;
