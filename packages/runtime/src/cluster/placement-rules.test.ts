import { expect, test } from "vitest";
import { nodeInfo } from "../../test/scheduler-model.ts";
import { ruleKind } from "./option-tables.ts";
import { addressesIn, hasNeeds, serversOf } from "./placement-rules.ts";

const maxi = nodeInfo(1, 8, {
  name: "maxi",
  labels: { gpu: "yes", rack: "2" },
  location: { peer: nodeInfo(1, 1).id, addresses: ["/ip4/10.0.0.7/tcp/4100", "/ip4/10.0.0.7/tcp/4101/ws"] },
  load: { cpuIdleShare: 1, memoryFreeBytes: 8e9, swapFreeBytes: 0, diskFreeBytes: 1e9 },
});

test("without rules a job may have every server of a node", () => {
  expect(serversOf([], maxi)).toBe(8);
});

test("a rule names a node by name, id, host, host and port, or multiaddr, with * for any text", () => {
  for (const node of ["maxi", "ma*", "*", "node1", "10.0.0.7", "10.0.*", "10.0.0.7:4100", "*:4101", "/ip4/10.0.0.7"]) {
    expect([node, serversOf([{ node }], maxi)]).toEqual([node, 8]);
  }
  for (const node of ["mini", "max", "axi", "10.0.0", "10.0.0.7:41", "10.1.*", "m*xx*i", "/ip4/10.0.0.70"]) {
    expect([node, serversOf([{ node }], maxi)]).toEqual([node, 0]);
  }
});

test("take says how many servers, or how many to leave", () => {
  expect(serversOf([{ take: 3 }], maxi)).toBe(3);
  expect(serversOf([{ take: 30 }], maxi)).toBe(8);
  expect(serversOf([{ take: -1 }], maxi)).toBe(7);
  expect(serversOf([{ take: -9 }], maxi)).toBe(0);
});

test("a rule asks for platform, labels, size and free room, and only speaks of nodes that have all of it", () => {
  expect(serversOf([{ platform: /^linux-/g, labels: { gpu: "yes" }, minServers: 8 }], maxi)).toBe(8);
  expect(serversOf([{ platform: /^win32-/ }], maxi)).toBe(0);
  expect(serversOf([{ labels: { gpu: "no" } }], maxi)).toBe(0);
  expect(serversOf([{ minServers: 9 }], maxi)).toBe(0);
  expect(serversOf([{ minMemoryBytes: 8e9, minDiskBytes: 1e9, kind: "node" }], maxi)).toBe(8);
  expect(serversOf([{ minMemoryBytes: 9e9 }], maxi)).toBe(0);
  expect(serversOf([{ minDiskBytes: 2e9 }], maxi)).toBe(0);
  expect(serversOf([{ kind: "tab" }], maxi)).toBe(0);
});

test("the first rule that speaks of a node counts, and a node of which none speaks is not used", () => {
  expect(serversOf([{ node: "mini" }, { node: "maxi", take: 2 }, {}], maxi)).toBe(2);
  expect(serversOf([{ node: "mini" }, {}], maxi)).toBe(8);
  expect(serversOf([{ node: "mini" }], maxi)).toBe(0);
});

test("a function gives a number, 0 for none, or undefined to ask the next rule", () => {
  expect(serversOf([(node) => (node.labels["rack"] === "2" ? 5 : undefined)], maxi)).toBe(5);
  expect(serversOf([() => undefined, { take: 1 }], maxi)).toBe(1);
  expect(serversOf([() => 0, {}], maxi)).toBe(0);
  expect(serversOf([() => 99], maxi)).toBe(8);
  expect(serversOf([() => -2.5], maxi)).toBe(0);
  expect(serversOf([() => Number.NaN], maxi)).toBe(0);
});

test("a rule that no node can fit is refused", () => {
  expect(() => ruleKind({ take: 1.5 }, "", "where")).toThrow(expect.objectContaining({ code: "OPTION_INVALID" }));
  expect(() => ruleKind({ minServers: -1 }, "", "where")).toThrow(expect.objectContaining({ code: "OPTION_INVALID" }));
  for (const rule of [{ take: -2 }, {}, () => 1]) expect(() => ruleKind(rule, "", "where")).not.toThrow();
});

test("addresses in rules are dialled, patterns and names are not", () => {
  const rules = [
    "10.0.0.7",
    "10.0.0.8:4105",
    "ws://a.example:80",
    "/dns4/b.example/tcp/1",
    "c.example",
    "maxi",
    "10.*",
  ];
  expect(addressesIn([...rules.map((node) => ({ node })), () => 1])).toEqual([
    "10.0.0.7:4100",
    "10.0.0.8:4105",
    "ws://a.example:80",
    "/dns4/b.example/tcp/1",
    "c.example:4100",
  ]);
});

test("what a task needs is had by a node with its labels and platform", () => {
  expect(hasNeeds({ labels: { gpu: "yes" }, platform: /x64$/ }, maxi)).toBe(true);
  expect(hasNeeds({ labels: { gpu: "yes", fpga: "yes" } }, maxi)).toBe(false);
  expect(hasNeeds({ platform: /^darwin/ }, maxi)).toBe(false);
});

test("abilities are those that a tab's owner has granted, and a node has none", () => {
  const tab = nodeInfo(2, 0, { kind: "tab", labels: { abilities: "fetch,storage" } });
  expect(hasNeeds({ abilities: ["fetch"] }, tab)).toBe(true);
  expect(hasNeeds({ abilities: ["storage", "fetch"] }, tab)).toBe(true);
  expect(hasNeeds({ abilities: ["ask"] }, tab)).toBe(false);
  expect(hasNeeds({ abilities: ["fet"] }, tab)).toBe(false);
  expect(hasNeeds({ abilities: ["fetch"] }, nodeInfo(3, 1, { labels: { abilities: "fetch" } }))).toBe(false);
  expect(hasNeeds({ abilities: ["fetch"] }, nodeInfo(4, 1, { kind: "tab" }))).toBe(false);
});
