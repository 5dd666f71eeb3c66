import { expect, test } from "vitest";
import { simulatedChannels, simulatedSupervision } from "../dev/simulated-below.ts";
import { SimulatedCluster } from "../dev/simulated-cluster.ts";
import { simulatedCode } from "../dev/simulated-code.ts";
import { simulatedObserved } from "../dev/simulated-observed.ts";
import { channelRows } from "./channels.ts";
import { type ClusterModel, createModel } from "./cluster-model.ts";
import { codeRows, runningCode } from "./code.ts";
import { reduce } from "./reduce.ts";
import { supervisionTrees } from "./supervision.ts";
import { topologyOf } from "./topology.ts";

function modelOf(cluster: SimulatedCluster): ClusterModel {
  const model = createModel();
  reduce(model, { type: "snapshot", snapshot: cluster.snapshot(), nowMs: cluster.nowMs });
  const observed = [...simulatedChannels(cluster), ...simulatedSupervision(cluster), ...simulatedCode(cluster)];
  reduce(model, { type: "observed", observed });
  return model;
}

test("a reader elsewhere counts as a subscriber that is as far behind as its own place says", () => {
  const { rows } = channelRows(modelOf(new SimulatedCluster()));
  const readings = rows.find(({ channel }) => channel.name === "readings");
  expect(readings?.slowest?.name).toBe("sum");
  expect(readings?.subscribers.find(({ name }) => name === "plot")?.waiting).toBeLessThan(9);
});

test("supervisors stand below those that supervise them, also where one names itself as its parent", () => {
  const model = modelOf(new SimulatedCluster());
  const { roots, supervisors, children } = supervisionTrees(model);
  expect(roots.map(({ supervisor }) => supervisor.name)).toEqual(["weather station"]);
  expect(roots[0]?.children[0]?.below?.children.map(({ child }) => child.name)).toEqual(["bus", "wind", "rain gauge"]);
  expect([supervisors, children]).toEqual([2, 6]);
  const [told] = simulatedSupervision(new SimulatedCluster());
  if (told?.topic !== "supervision" || told.gone === true) throw new Error("the made-up cluster has supervisors");
  const looped = told.supervisors.map((one) => ({ ...one, parent: one.task, children: [] }));
  reduce(model, { type: "observed", observed: [{ ...told, supervisors: looped }] });
  expect(supervisionTrees(model).roots.length).toBe(2);
});

test("what nodes keep, servers load and a client has made are one bundle by its digest", () => {
  const { bundles, services } = codeRows(modelOf(new SimulatedCluster()));
  expect(
    bundles.map(({ exports, keptBy, madeBy, servers }) => [exports[0], keptBy.length, madeBy.length, servers.length]),
  ).toEqual([
    ["tokenise", 2, 1, 6],
    ["tokenise", 2, 1, 0],
    ["fitTides", 2, 1, 6],
  ]);
  expect(services.map(({ service }) => service.name)).toEqual(["clock", "dictionary"]);
});

test("tasks that run are listed by function and job", () => {
  const cluster = new SimulatedCluster({ jobs: [{ name: "squares", tasks: 50, fns: [["square", 4000]] }] });
  const model = createModel();
  reduce(model, { type: "snapshot", snapshot: cluster.snapshot(), nowMs: cluster.nowMs });
  reduce(model, { type: "events", events: cluster.advance(500), nowMs: cluster.nowMs });
  expect(runningCode(model).map(({ fn, tasks }) => [fn, tasks.length])).toEqual([["square", 6]]);
});

test("a connection that both ends tell of is one, and peers that tell nothing are there by their names", () => {
  const cluster = new SimulatedCluster();
  const model = modelOf(cluster);
  const links = simulatedObserved(cluster, "links");
  reduce(model, { type: "observed", observed: links });
  const { peers, links: edges } = topologyOf(model);
  expect([peers.length, edges.length]).toEqual([3, 2]);
  reduce(model, {
    type: "observed",
    observed: links.slice(1).map(({ topic, at, timeMs }) => ({ topic, at, timeMs, gone: true })),
  });
  expect(topologyOf(model).peers.map(({ name, role, tells }) => [name, role, tells])).toEqual([
    ["maxi", "scheduler", true],
    ["maxi", "node", false],
    ["workbench", "node", false],
  ]);
});
