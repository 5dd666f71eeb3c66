import { expect, test } from "vitest";
import { jobId, Model } from "../../test/scheduler-model.ts";
import { CLIENT_YIELD_MS } from "../defaults.ts";

/** A node of four servers, and two jobs that could use them all. */
function crowded(): Model {
  const model = new Model();
  model.join(1, 4);
  for (const n of [1, 2]) {
    model.open(n);
    model.demand(n, 8);
  }
  model.drain();
  model.pass(5000);
  return model;
}

test("a paused intake asks for every server back and gives none, also not of nodes that come; then all go on", () => {
  const model = crowded();
  model.tell({ type: "intake", open: false });
  model.drain();
  model.pass(5000);
  model.join(2, 2);
  model.drain();
  expect([model.heldOf(1), model.heldOf(2)]).toEqual([0, 0]);
  const whys = model.events.flatMap((event) => (event.type === "job.waiting" ? [event.why] : []));
  expect(whys.slice(-2)).toEqual(["the cluster's intake is paused", "the cluster's intake is paused"]);
  model.tell({ type: "intake", open: true });
  model.drain();
  expect(model.heldOf(1) + model.heldOf(2)).toBe(6);
  const told = model.events.filter(({ type }) => type.startsWith("cluster."));
  expect(told).toEqual([{ type: "cluster.paused" }, { type: "cluster.resumed" }]);
  model.checkFair();
});

test("a silent client's servers that a paused intake has asked back go to others once it is resumed", () => {
  const model = new Model();
  model.join(1, 2);
  model.open(1);
  model.demand(1, 2);
  model.drain();
  model.tell({ type: "client.suspected", client: "client1/0", suspected: true });
  model.tell({ type: "intake", open: false });
  // It hears nothing of it.
  model.pending = [];
  model.tell({ type: "intake", open: true });
  model.open(2);
  model.demand(2, 2);
  for (let waited = 0; waited <= CLIENT_YIELD_MS + 3000; waited += 1000) model.pass(1000);
  expect(model.heldOf(2)).toBe(2);
});

test("a job that is given another weight has its share from then on, and makes up for nothing", () => {
  const model = crowded();
  expect([model.heldOf(1), model.heldOf(2)]).toEqual([2, 2]);
  model.tell({ type: "job.weighed", job: jobId(1), weight: 3 });
  model.drain();
  for (let n = 0; n < 3; n += 1) model.pass(5000);
  expect([model.heldOf(1), model.heldOf(2)]).toEqual([3, 1]);
  expect(model.events).toContainEqual({
    type: "job.changed",
    job: expect.objectContaining({ id: jobId(1), weight: 3 }),
  });
  model.tell({ type: "job.weighed", job: jobId(1), weight: 1 });
  for (let n = 0; n < 3; n += 1) model.pass(5000);
  expect([model.heldOf(1), model.heldOf(2)]).toEqual([2, 2]);
  model.checkFair();
});
