import { expect, test } from "vitest";
import { EXCLUSIVE_IDLE_MS, EXCLUSIVE_VAIN_MS } from "../defaults.ts";
import { jobId, Model, nodeId } from "../../test/scheduler-model.ts";
import { EVERYWHERE } from "./job-places.ts";
import { type WantPlaceWords } from "./scheduler-events.ts";

const needsGpu = (nodes: readonly number[]): WantPlaceWords => ({
  kind: "cpu",
  nodes: nodes.map((n) => ({ node: nodeId(n), servers: 2 })),
  text: "that need gpu=yes",
});

const waits = (model: Model): readonly (string | undefined)[] =>
  model.events.flatMap((event) => (event.type === "job.waiting" && event.job.name === "job 1" ? [event.why] : []));

/** Two servers, an exclusive job and another one. */
function withExclusive(): Model {
  const model = new Model();
  model.join(1, 2);
  model.open(1, 1, { exclusive: true });
  model.open(2);
  model.demand(2, 2);
  model.drain();
  return model;
}

test("an exclusive job whose tasks no node takes holds nobody up, says why it waits, and has its turn when one comes", () => {
  const model = withExclusive();
  model.wants(1, [{ want: 2, slots: 1, place: needsGpu([]) }]);
  model.pass(250);
  expect(model.heldOf(2)).toBe(2);
  expect(waits(model).at(-1)).toBe("no node here takes tasks that need gpu=yes");
  model.join(2, 2);
  model.tell({ type: "job.node", job: jobId(1), node: nodeId(2), limits: [{ want: 2, servers: 2 }] });
  model.pass(250);
  model.pass(250);
  expect([model.heldOf(1), model.heldOf(2)]).toEqual([1, 0]);
});

test("an exclusive job that has enabled no node yet holds nobody up; then it has its turn", () => {
  const model = withExclusive();
  model.tell({ type: "job.places", job: jobId(1), places: { ...EVERYWHERE, manualNodes: true } });
  model.demand(1, 2);
  model.pass(250);
  expect([model.heldOf(1), model.heldOf(2)]).toEqual([0, 2]);
  expect(waits(model).at(-1)).toBe("it may use no server that is here");
  const places = { ...EVERYWHERE, manualNodes: true, enabled: [nodeId(1)] };
  model.tell({ type: "job.places", job: jobId(1), places });
  model.pass(250);
  model.pass(250);
  expect([model.heldOf(1), model.heldOf(2)]).toEqual([2, 0]);
});

test("an exclusive job's turn ends when the last node that would do for it is gone", () => {
  const model = withExclusive();
  model.join(2, 1);
  model.wants(1, [{ want: 2, slots: 1, place: needsGpu([2]) }]);
  model.drain();
  expect([model.heldOf(1), model.heldOf(2)]).toEqual([1, 0]);
  model.tell({ type: "node.left", node: nodeId(2) });
  model.drain();
  model.pass(250);
  model.pass(250);
  expect([model.heldOf(1), model.heldOf(2)]).toEqual([0, 2]);
});

test("an exclusive job that gets nothing in its turn lets others in for its idle time, and tries again", () => {
  const model = withExclusive();
  // Nowhere is so much memory free; nobody knows that before the others' tasks have ended.
  model.wants(1, [{ want: 2, slots: 1, place: { kind: "cpu", memoryBytes: 2 ** 30, text: "that need 1 GiB" } }]);
  model.pass(250);
  expect([model.heldOf(1), model.heldOf(2)]).toEqual([0, 0]);
  for (let ms = 0; ms <= EXCLUSIVE_VAIN_MS; ms += 250) model.pass(250);
  expect([model.heldOf(1), model.heldOf(2)]).toEqual([0, 2]);
  expect(waits(model).at(-1)).toBe("no node here has the memory for tasks that need 1 GiB");
  model.pass(EXCLUSIVE_IDLE_MS);
  model.pass(250);
  expect(model.heldOf(2)).toBe(0);
});

const allWaits = (model: Model): readonly (string | undefined)[] =>
  model.events.flatMap((event) => (event.type === "job.waiting" ? [event.why] : []));

test("an exclusive job waits until others have given everything back, then has every server, one such job at a time", () => {
  const model = new Model();
  model.join(1, 4);
  model.open(1);
  model.demand(1, 10);
  model.drain();
  for (const n of [2, 3]) {
    model.open(n, 1, { exclusive: true });
    model.demand(n, 4);
  }
  // Three of the four servers of the first one come back: who is to run alone waits for the last.
  const revokes = model.pending.filter((action) => action.type === "revoke");
  expect(revokes).toHaveLength(4);
  for (let i = 0; i < 3; i += 1) model.perform(model.pending.findIndex((action) => action.type === "revoke"));
  while (model.pending.some((action) => action.type === "unassign")) {
    model.perform(model.pending.findIndex((action) => action.type === "unassign"));
  }
  expect([model.heldOf(1), model.heldOf(2), model.heldOf(3)]).toEqual([1, 0, 0]);
  model.now += 250;
  model.tell({ type: "tick" });
  expect(allWaits(model)).toContain("it runs alone once others have given back 1 server");
  model.drain();
  expect([model.heldOf(1), model.heldOf(2), model.heldOf(3)]).toEqual([0, 4, 0]);
  model.pass(60_000);
  expect([model.heldOf(1), model.heldOf(2), model.heldOf(3)]).toEqual([0, 4, 0]);
  expect(allWaits(model)).toContain("job job 2 runs alone");
  // Nobody else gets what it leaves unused.
  model.demand(2, 1);
  model.release(jobId(2));
  model.pass(1000);
  expect([model.heldOf(1), model.heldOf(3)]).toEqual([0, 0]);
  model.held.delete(jobId(2));
  model.tell({ type: "job.closed", job: jobId(2) });
  model.drain();
  expect([model.heldOf(1), model.heldOf(3)]).toEqual([0, 4]);
});

test("leases at a node that is away hold nobody up: an exclusive job begins without them, and nobody is asked for them", () => {
  const model = new Model();
  model.join(1, 1);
  model.open(1);
  model.tell({ type: "job.places", job: jobId(1), places: { ...EVERYWHERE, waits: true } });
  model.demand(1, 1);
  model.drain();
  model.join(2, 2);
  model.tell({ type: "node.lost", node: nodeId(1), error: { code: "PEER_LOST", message: "the cable" } });
  model.open(2, 1, { exclusive: true });
  model.open(3);
  model.open(4);
  model.demand(2, 2);
  model.demand(3, 2);
  model.drain();
  model.pass(60_000);
  expect([1, 2, 3].map((job) => model.heldOf(job))).toEqual([1, 2, 0]);
  model.tell({ type: "job.closed", job: jobId(2) });
  model.drain();
  model.pass(60_000);
  expect([1, 3].map((job) => model.heldOf(job))).toEqual([1, 2]);
  // Who is asked is who can give.
  model.demand(4, 1);
  model.drain();
  model.pass(250);
  expect([1, 3, 4].map((job) => model.heldOf(job))).toEqual([1, 1, 1]);
  model.rejoin(1, 1);
  model.drain();
  expect(model.state.jobs.get(jobId(1))?.askedFor).toEqual([]);
});

test("an exclusive job without tasks for its idle time lets others have the cluster, and comes after those that wait", () => {
  const model = new Model();
  model.join(1, 2);
  model.open(1, 1, { exclusive: true, idleMs: 5000 });
  model.demand(1, 2);
  model.open(2);
  model.demand(2, 2);
  model.open(3, 1, { exclusive: true });
  model.demand(3, 2);
  model.drain();
  expect([model.heldOf(1), model.heldOf(2), model.heldOf(3)]).toEqual([2, 0, 0]);
  model.demand(1, 0);
  model.pass(4000);
  expect([model.heldOf(2), model.heldOf(3)]).toEqual([0, 0]);
  model.pass(1250);
  expect([model.heldOf(1), model.heldOf(2), model.heldOf(3)]).toEqual([0, 0, 2]);
  model.demand(1, 2);
  model.drain();
  expect(model.heldOf(1)).toBe(0);
  model.demand(3, 0);
  model.pass(60_250);
  expect([model.heldOf(1), model.heldOf(2), model.heldOf(3)]).toEqual([2, 0, 0]);
});

test("an exclusive job whose client is lost does not hold the cluster", () => {
  const model = new Model();
  model.join(1, 2);
  model.open(1, 1, { exclusive: true });
  model.demand(1, 2);
  model.drain();
  model.open(2);
  model.demand(2, 2);
  model.held.delete(jobId(1));
  model.tell({ type: "client.lost", client: "client1/0", forGood: false });
  model.pending = model.pending.filter((action) => !("client" in action) || action.client !== "client1/0");
  model.pass(2250);
  expect(model.heldOf(2)).toBe(2);
});
