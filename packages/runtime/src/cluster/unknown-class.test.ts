import { expect, test } from "vitest";
import { registerClass } from "../peer/register-class.ts";
import { createHostPlatform, installHostPlatform } from "../testing/host-platform.ts";
import { MemoryCluster } from "../testing/memory-cluster.ts";

class Point {
  readonly x = 1;
}

const tasks = { plain: (n: number) => n + 1, take: (point: Point) => point.x };
type Tasks = typeof tasks;

test("a task whose arguments the server can't read fails by itself, at once", async () => {
  installHostPlatform();
  const memory = new MemoryCluster(createHostPlatform());
  const url = memory.module("points", tasks);
  const { scheduler } = await memory.startScheduler();
  const { node } = await memory.startNode("node", 1);
  const client = await memory.startClient("client");
  registerClass("Point", Point, { runtime: client.peer.runtime });
  const job = await client.openJob();
  const m = await job.module<Tasks>(url);
  expect(await m.plain.call([1])).toBe(2);
  // All in one note.
  const exits = await Promise.all([
    m.plain.call([1]).exit(),
    m.take.call([new Point()]).exit(),
    m.plain.call([2]).exit(),
  ]);
  expect(exits).toMatchObject([
    { type: "returned", value: 2 },
    { type: "failed", error: { code: "NOT_SERIALIZABLE" } },
    { type: "returned", value: 3 },
  ]);
  await client.close({ cancel: true });
  await node.close();
  scheduler.close();
  await memory.close();
});
