import { expect, test } from "vitest";
import { fixture, skein, startNode, startUp } from "./cli.ts";
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
