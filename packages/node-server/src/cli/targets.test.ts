import { expect, test } from "vitest";
import type { JobId, JobInfo, NodeInfo, PeerId, TaskId } from "@skein/runtime";
import { NO_COUNTERS, serverId } from "@skein/runtime/host";
import { findTarget, type TargetKind } from "./targets.ts";

const maxi = "12D3KooWEyoppNCUx8Yx66oV9fJnriXwCcXwDDUA2kj6vnc6iDEp" as PeerId;
const mini = "12D3KooWEyoppNCUx8Yx66oV9fJnriXwCcXwDDUA2kj6vnc7abcd" as PeerId;
const load = { cpuIdleShare: 1, memoryFreeBytes: 0, swapFreeBytes: 0, diskFreeBytes: 0 };

const node = (id: PeerId, name: string) =>
  ({
    id,
    name,
    location: { peer: id, addresses: [] },
    platform: "",
    servers: 1,
    kind: "node",
    labels: {},
    load,
  }) as const;
const job = (end: string, name: string): JobInfo => ({
  id: `j_${end.padStart(26, "0")}` as JobId,
  name,
  client: maxi,
  weight: 1,
  state: "active",
  openedMs: 0,
  demand: 0,
  held: 0,
  counters: NO_COUNTERS,
});
const server = (id: PeerId) =>
  ({
    id: serverId(id, 1),
    node: id,
    kind: "cpu",
    state: "ready",
    counters: { server: serverId(id, 1), running: 0, done: 0, failed: 0, busyMs: 0 },
  }) as const;

function find(text: string, ...kinds: TargetKind[]): string {
  const nodes: readonly NodeInfo[] = [node(maxi, "maxi"), node(mini, "twin")] as unknown as NodeInfo[];
  const jobs = [job("a1", "primes"), job("b2", "words"), job("c3", "words"), job("d4", "maxi")];
  const { kind, id } = findTarget(text, { nodes, servers: [server(maxi), server(mini)], jobs }, kinds);
  return `${kind} ${id}`;
}

test("nodes are named by name, id, end of id, or name and end as status tells twins apart", () => {
  for (const text of ["maxi", maxi, "…vnc6iDEp", "vnc6iDEp", "maxi#iDEp"])
    expect(find(text, "node")).toBe(`node ${maxi}`);
});

test("servers are named by their node, in any of these forms, and their number", () => {
  for (const text of ["twin/1", `${mini}/1`, "…vnc7abcd/1"])
    expect(find(text, "node", "server")).toBe(`server ${mini}/1`);
  expect(() => find("twin/2", "server")).toThrow(/there is no server twin\/2/);
});

test("a name that several have is refused, with the ids of all", () => {
  expect(() => find("words", "job")).toThrow(
    expect.objectContaining({ code: "OPTION_INVALID", hint: expect.stringMatching(/j_0+b2, job j_0+c3$/) }),
  );
  expect(() => find("maxi", "node", "job")).toThrow(/2 are called maxi/);
  expect(find("maxi", "node")).toBe(`node ${maxi}`);
});

test("a task is named by its whole id", () => {
  const task = `t_${"0".repeat(26)}` as TaskId;
  expect(find(task, "job", "task")).toBe(`task ${task}`);
});

test("what names nothing is refused, with what there is", () => {
  expect(() => find("nobody", "node", "server", "job")).toThrow(
    expect.objectContaining({
      message: "there is no node, server or job nobody in the cluster",
      hint: "there are: maxi, twin, NODE/1 for a server, primes, words, words, maxi",
    }),
  );
});
