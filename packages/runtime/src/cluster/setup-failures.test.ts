import { afterEach, expect, test } from "vitest";
import { type PeerHost } from "../peer/peer-host.ts";
import { installHostPlatform } from "../testing/host-platform.ts";
import { MemoryCluster } from "../testing/memory-cluster.ts";
import { type Client } from "./client.ts";
import { type RemoteTaskContext, type SetupContext } from "./remote-context.ts";

const platform = installHostPlatform();
const worlds: MemoryCluster[] = [];
afterEach(async () => {
  for (const memory of worlds.splice(0)) await memory.close();
});

let setUps = 0;
let fails: (server: string) => boolean = () => false;

function setUp(task: SetupContext): void {
  setUps += 1;
  if (fails(task.server.id)) throw new RangeError("no such table");
}

const where = (task: RemoteTaskContext): string => task.node.name;

interface World {
  readonly memory: MemoryCluster;
  readonly url: URL;
  readonly client: Client<PeerHost>;
}

async function world(nodes: number, servers = 1): Promise<World> {
  setUps = 0;
  fails = () => false;
  const memory = new MemoryCluster(platform);
  worlds.push(memory);
  await memory.startScheduler();
  for (let n = 1; n <= nodes; n += 1) await memory.startNode(`node${n}`, servers, undefined, { labels: { n: `${n}` } });
  return { memory, url: memory.module("tasks", { setUp, where }), client: await memory.startClient("client") };
}

test("where the set-up fails in a node's I/O server, its I/O tasks fail", async () => {
  const { client, url } = await world(1);
  fails = () => true;
  const job = await client.openJob({ modules: [url], serverSetup: setUp });
  await expect(job.run(where, [], { kind: "io" })).rejects.toMatchObject({ code: "SETUP_FAILED" });
  expect(setUps).toBe(1);
});

test("I/O tasks go on at other nodes, and at this one after it was enabled again", async () => {
  const { client, url, memory } = await world(2);
  const node = memory.idOf("node1");
  fails = (server) => server.startsWith(node);
  const job = await client.openJob({ modules: [url], serverSetup: setUp });
  await expect(job.run(where, [], { kind: "io", at: node })).rejects.toMatchObject({ code: "SETUP_FAILED" });
  expect(await job.run(where, [], { kind: "io" })).toBe("node2");
  fails = () => false;
  job.enable(node);
  expect(await job.run(where, [], { kind: "io", at: node })).toBe("node1");
});

test("tasks whose only places could not be set up fail, and others of the job run", async () => {
  const { client, url, memory } = await world(2, 2);
  const node = memory.idOf("node1");
  fails = (server) => server.startsWith(node);
  const job = await client.openJob({ modules: [url], serverSetup: setUp });
  for (const place of [{ at: node }, { needs: { labels: { n: "1" } } }]) {
    const runs = [job.run(where, [], place), job.run(where), job.run(where, [], place)];
    const ends = await Promise.allSettled(runs);
    expect(ends).toMatchObject([
      { status: "rejected", reason: { code: "SETUP_FAILED" } },
      { status: "fulfilled", value: "node2" },
      { status: "rejected", reason: { code: "SETUP_FAILED" } },
    ]);
  }
  expect(setUps).toBeLessThanOrEqual(4);
  const ruled = await client.openJob({ modules: [url], serverSetup: setUp, where: { node: "node1" } });
  await expect(ruled.run(where)).rejects.toMatchObject({ code: "SETUP_FAILED" });
  ruled.allocate({ node: "node2" });
  expect(await ruled.run(where)).toBe("node2");
});
