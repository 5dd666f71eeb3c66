import { expect, test } from "vitest";
import { fixture, skein, startNode, startUp } from "./cli.ts";
import { descendants, eventually } from "./processes.ts";

const servers = (pid: number) => descendants(pid).filter((row) => /skein server \d|server-process/.test(row.command));

test("a server process killed during a job is replaced, and its tasks run again elsewhere", async () => {
  const up = await startUp();
  const client = startNode([fixture("squares.ts"), "40", "50"], up.environment);
  await client.line((line) => line.includes("ready"));
  await eventually(() => servers(up.pid).some((row) => row.command.includes("skein server")));
  const [victim] = servers(up.pid).filter((row) => row.command.includes("skein server"));
  process.kill(victim!.pid, "SIGKILL");
  const done: unknown = JSON.parse(await client.line((line) => line.includes("done")));
  expect(done).toMatchObject({ sum: 20540 });
  const { stdout } = await skein(["status", "--json"], up.environment);
  expect(JSON.parse(stdout)).toMatchObject({ servers: [{ id: `${up.up.peer}/1` }, { id: `${up.up.peer}/2` }] });
});
