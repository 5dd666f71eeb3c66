import { expect, test } from "vitest";
import { EXCLUSIVE_IDLE_MS, EXCLUSIVE_VAIN_MS } from "../defaults.ts";
import { jobId, Model, nodeId } from "../../test/scheduler-model.ts";
import { EVERYWHERE } from "./job-places.ts";
import { type WantPlaceWords } from "./scheduler-records.ts";

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
