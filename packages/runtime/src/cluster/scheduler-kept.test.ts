import { expect, test } from "vitest";
import { jobId, Model, nodeId } from "../../test/scheduler-model.ts";
import { HOLDS_KEPT_LIMIT } from "../defaults.ts";
import { type LeaseId } from "../ids.ts";
import type { KeptOrders } from "../peer/kept-orders.ts";
import { createSchedulerState } from "./scheduler-book.ts";
import { type LaneReport } from "./scheduler-events.ts";
import { keptOrders } from "./scheduler-kept.ts";
import { type SteerVerb } from "./scheduler-steering.ts";
import { standing } from "./scheduler-snapshot.ts";

const steer = (model: Model, verb: SteerVerb, n: number, server?: number): void =>
  model.tell({ type: "steer", steer: { verb, node: nodeId(n), ...(server === undefined ? {} : { server }) } });

const stands = (model: Model): readonly (string | undefined)[] => {
  const { nodes, servers } = standing(model.state);
  return [...nodes.map((node) => node.standing), ...servers.map(({ state }) => state)];
};

test("what operators took out of service is so under the next scheduler, until it is resumed", () => {
  const before = new Model();
  before.join(1, 1);
  before.join(2, 2);
  steer(before, "drain", 1);
  steer(before, "pause", 2, 2);
  before.tell({ type: "intake", open: false });
  expect(before.keeps).toBe(3);
  // As it is kept: text.
  const kept = JSON.parse(JSON.stringify(keptOrders(before.state))) as KeptOrders;

  const after = new Model();
  after.state = createSchedulerState(2, 0, undefined, kept);
  after.join(1, 1);
  after.join(2, 2);
  expect(standing(after.state).intake).toBe("paused");
  expect(stands(after)).toEqual(["closed", undefined, "closed", "ready", "paused"]);
  expect(after.events.map(({ type }) => type)).toContain("node.paused");
  expect(after.events.map(({ type }) => type)).toContain("server.paused");
  after.open(1);
  after.demand(1, 8);
  after.tell({ type: "intake", open: true });
  after.drain();
  expect(after.heldOf(1)).toBe(1);
  steer(after, "resume", 1);
  steer(after, "resume", 2, 2);
  after.drain();
  expect(after.heldOf(1)).toBe(3);
  expect(keptOrders(after.state)).toEqual({ nodes: [] });
});

test("a node that was drained is out of service when it comes back, also when its record was dropped", () => {
  const model = new Model();
  model.join(1, 2);
  steer(model, "drain", 1);
  model.tell({ type: "node.lost", node: nodeId(1), error: { code: "PEER_LOST", message: "gone" } });
  expect(model.state.nodes.size).toBe(0);
  model.join(1, 2);
  expect(stands(model)).toEqual(["closed", "closed", "closed"]);
  model.tell({ type: "node.lost", node: nodeId(1), error: { code: "NOT_A_MEMBER", message: "revoked" } });
  expect([model.keeps, keptOrders(model.state)]).toEqual([2, { nodes: [] }]);
});

test("servers that jobs hold at a node that was paused are asked back by the next scheduler, too", () => {
  const before = new Model();
  before.join(1, 2);
  before.open(1);
  before.demand(1, 2);
  before.drain();
  steer(before, "pause", 1);
  // The scheduler ends before the client has heard of it.
  const held = before.held.get(jobId(1)) ?? [];
  expect(held.length).toBe(2);
  const after = new Model();
  after.state = createSchedulerState(2, 0, undefined, keptOrders(before.state));
  const lease = (id: LeaseId): NonNullable<LaneReport["lease"]> => ({ id, job: jobId(1), client: "client1/0" });
  const lanes = held.map(
    ({ lease: id, server, kind }) => ({ server, kind, state: "assigned", lease: lease(id) }) as const,
  );
  after.join(1, 2, lanes);
  after.open(1, 1, { leases: held.map(({ lease: id }) => id) });
  after.held.set(jobId(1), [...held]);
  after.lanes.set(nodeId(1), new Map(held.map(({ server, lease: id }) => [server, id])));
  after.demand(1, 2);
  after.drain();
  expect([after.heldOf(1), ...stands(after)]).toEqual([0, "paused", "paused", "paused"]);
});

test("of more nodes than are kept the oldest orders give way", () => {
  const nodes = Array.from({ length: HOLDS_KEPT_LIMIT }, (_, n) => ({ node: nodeId(n + 2), hold: "paused" as const }));
  const model = new Model();
  model.checked = false;
  model.state = createSchedulerState(1, 0, undefined, { nodes });
  model.join(1, 1);
  steer(model, "pause", 1);
  const kept = keptOrders(model.state).nodes ?? [];
  expect([kept.length, kept[0]?.node, kept.at(-1)?.node]).toEqual([HOLDS_KEPT_LIMIT, nodeId(3), nodeId(1)]);
  expect(model.keeps).toBe(1);
});
