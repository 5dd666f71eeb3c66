import { expect, test } from "vitest";
import { JOBS_LIMIT } from "../defaults.ts";
import { type LeaseId } from "../ids.ts";
import { NO_COUNTERS } from "./events.ts";
import { createSchedulerState, type SchedulerState } from "./scheduler-book.ts";
import { type LaneReport, type SchedulerEvent } from "./scheduler-events.ts";
import { standing } from "./scheduler-snapshot.ts";
import { decide } from "./scheduler-state.ts";
import { type Held, jobId, Model, nodeId, nodeInfo, receiver } from "../../test/scheduler-model.ts";

test("a job that waits gets every free server it can use, least loaded nodes first", () => {
  const model = new Model();
  model.join(1, 4);
  model.join(2, 2);
  model.open(1);
  model.demand(1, 3);
  model.drain();
  expect(model.heldOf(1)).toBe(3);
  expect([...model.state.nodes.values()].map((node) => node.leased)).toEqual([2, 1]);
});

test("a second job gets half of the servers from one that holds them all", () => {
  const model = new Model();
  model.join(1, 2);
  model.open(1);
  model.demand(1, 100);
  model.drain();
  model.open(2);
  model.demand(2, 100);
  model.drain();
  expect([model.heldOf(1), model.heldOf(2)]).toEqual([1, 1]);
});

test("servers that a job no longer needs go to others, and stay with it while nobody asks", () => {
  const model = new Model();
  model.join(1, 4);
  model.open(1);
  model.demand(1, 4);
  model.drain();
  model.demand(1, 0);
  model.drain();
  expect(model.heldOf(1)).toBe(4);
  model.open(2);
  model.demand(2, 3);
  model.drain();
  expect([model.heldOf(1), model.heldOf(2)]).toEqual([1, 3]);
});

test("weights decide the shares", () => {
  const model = new Model();
  model.join(1, 8);
  model.open(1, 3);
  model.open(2, 1);
  model.demand(1, 100);
  model.demand(2, 100);
  model.drain();
  expect([model.heldOf(1), model.heldOf(2)]).toEqual([6, 2]);
});

test("with more jobs than servers every job gets its turns, alike within one quantum", () => {
  const model = new Model();
  model.join(1, 4);
  const served = new Map<number, number>();
  for (let n = 1; n <= 20; n += 1) {
    model.open(n);
    model.demand(n, 10);
  }
  for (let tick = 0; tick < 2000; tick += 1) {
    model.drain();
    model.now += 250;
    for (let n = 1; n <= 20; n += 1) served.set(n, (served.get(n) ?? 0) + model.heldOf(n) * 250);
    model.tell({ type: "tick" });
  }
  const times = [...served.values()];
  expect(Math.min(...times)).toBeGreaterThan(0);
  expect(Math.max(...times) / Math.min(...times)).toBeLessThan(1.1);
});

test("a node whose connection breaks keeps its leases when it comes back with them", () => {
  const model = new Model();
  model.join(1, 2);
  model.open(1);
  model.demand(1, 1, true);
  model.drain();
  const held = [...(model.held.get(jobId(1)) ?? [])];
  expect(held.length).toBe(2);
  model.tell({ type: "node.lost", node: nodeId(1), error: { code: "PEER_LOST", message: "blip" } });
  expect(standing(model.state).nodes).toEqual([]);
  // Nothing of it is given to others meanwhile.
  model.open(2);
  model.demand(2, 1);
  model.drain();
  expect(model.heldOf(2)).toBe(0);
  model.now += 29_000;
  model.rejoin(1, 2);
  model.drain();
  expect(model.held.get(jobId(1))).toEqual(held);
  expect([model.heldOf(1), model.heldOf(2)]).toEqual([1, 1]);
});

test("a node that comes back without its processes has lost their leases", () => {
  const model = new Model();
  model.join(1, 2);
  model.open(1);
  model.demand(1, 2);
  model.drain();
  const before = model.held.get(jobId(1))?.map(({ lease }) => lease);
  model.tell({ type: "node.lost", node: nodeId(1), error: { code: "PEER_LOST", message: "restarted" } });
  model.join(1, 2);
  model.drain();
  expect(model.heldOf(1)).toBe(2);
  for (const { lease } of model.held.get(jobId(1)) ?? []) expect(before).not.toContain(lease);
});

test("a node that does not come back in time takes its leases along, and what comes later is free", () => {
  const model = new Model();
  model.join(1, 2);
  model.open(1);
  model.demand(1, 2);
  model.drain();
  model.lanes.delete(nodeId(1));
  model.tell({ type: "node.lost", node: nodeId(1), error: { code: "PEER_LOST", message: "gone" } });
  model.drain();
  expect(model.heldOf(1)).toBe(2);
  model.pass(30_000);
  expect(model.heldOf(1)).toBe(0);
  expect(model.held.get(jobId(1))).toEqual([]);
  expect(model.state.jobs.get(jobId(1))?.state).toBe("waiting");
  model.join(1, 2);
  model.drain();
  expect(model.heldOf(1)).toBe(2);
});

test("a lost client's servers go to who waits after a moment, with fresh processes, and the rest after a while", () => {
  const model = new Model();
  model.join(1, 3);
  model.open(1);
  model.demand(1, 3);
  model.open(2);
  model.drain();
  model.held.delete(jobId(1));
  model.tell({ type: "client.lost", client: "client1/0", forGood: false });
  model.demand(2, 2);
  model.pass(1000);
  expect(model.heldOf(2)).toBe(0);
  model.now += 1000;
  model.tell({ type: "tick" });
  expect(model.pending.filter((action) => action.type === "unassign").length).toBe(2);
  model.drain();
  expect([model.heldOf(1), model.heldOf(2)]).toEqual([1, 2]);
  model.pass(28_000);
  expect(standing(model.state).jobs.map((job) => job.name)).toEqual(["job 2"]);
});

test("a job whose client is away is shown as that, and its end is told", () => {
  const model = new Model();
  model.join(1, 1);
  model.open(1);
  model.demand(1, 1);
  model.drain();
  model.held.delete(jobId(1));
  model.tell({ type: "client.lost", client: "client1/0", forGood: false });
  const away = { name: "job 1", state: "active", held: 1, away: true };
  expect(model.events.at(-1)).toMatchObject({ type: "job.active", job: away });
  expect(standing(model.state)).toMatchObject({ jobs: [away], servers: [{ state: "assigned", job: jobId(1) }] });
  model.pass(30_000);
  expect(model.events.findLast(({ type }) => type === "job.closed")).toMatchObject({ job: { name: "job 1" } });
  expect(standing(model.state).jobs).toEqual([]);
});

test("a client that is silent for a moment keeps its servers; after a while those that others wait for are taken", () => {
  const model = new Model();
  model.join(1, 3);
  model.open(1);
  model.demand(1, 3);
  model.open(2);
  model.drain();
  const silent = (suspected: boolean): void => model.tell({ type: "client.suspected", client: "client1/0", suspected });
  const taken = (): number => model.pending.filter((action) => action.type === "unassign").length;
  // A short break: nobody notices.
  silent(true);
  model.pass(1900);
  silent(false);
  model.pass(5000);
  expect([model.heldOf(1), model.heldOf(2)]).toEqual([3, 0]);
  silent(true);
  model.demand(2, 1);
  // It hears nothing of what it is asked.
  model.pending = model.pending.filter((action) => receiver(action) !== "client1/0");
  model.now += 1900;
  model.tell({ type: "tick" });
  expect(taken()).toBe(0);
  model.now += 100;
  model.tell({ type: "tick" });
  expect(taken()).toBe(1);
  expect(model.pending.filter((action) => action.type === "lost")).toHaveLength(1);
  model.drain();
  expect([model.heldOf(1), model.heldOf(2)]).toEqual([2, 1]);
  // Once the other one is done, it has what it wanted before.
  silent(false);
  model.demand(2, 0);
  model.release(jobId(2));
  model.pass(5000);
  expect([model.heldOf(1), model.heldOf(2)]).toEqual([3, 0]);
});

test("a lost client that comes back goes on with its servers, and hears again what it is to give back", () => {
  const model = new Model();
  model.join(1, 2);
  model.open(1);
  model.demand(1, 2);
  model.drain();
  const leases = model.held.get(jobId(1))?.map(({ lease }) => lease) ?? [];
  model.tell({ type: "client.lost", client: "client1/0", forGood: false });
  model.open(2);
  model.demand(2, 1);
  model.pending = model.pending.filter((action) => receiver(action) !== "client1/0");
  model.now += 1000;
  const words = { type: "job.opened", job: jobId(1), name: "job 1", client: "client1/0", weight: 1 } as const;
  model.tell({ ...words, counters: NO_COUNTERS, leases });
  model.demand(1, 2);
  model.drain();
  expect([model.heldOf(1), model.heldOf(2)]).toEqual([1, 1]);
  model.pass(60_000);
  expect(model.heldOf(1)).toBe(1);
  expect(leases).toContain(model.held.get(jobId(1))?.[0]?.lease);
});

test("a client that is no member any more loses its jobs at once, and a node its place", () => {
  const model = new Model();
  model.join(1, 1);
  model.join(2, 1);
  model.open(1);
  model.demand(1, 2);
  model.drain();
  model.tell({ type: "client.lost", client: "client1/0", forGood: true });
  expect(model.pending.filter((action) => action.type === "unassign").length).toBe(2);
  model.held.delete(jobId(1));
  model.drain();
  expect(standing(model.state).jobs).toEqual([]);
  model.open(2);
  model.demand(2, 2);
  model.drain();
  const [node] = model.state.nodes.keys();
  if (node === undefined) throw new Error("no node");
  model.tell({ type: "node.lost", node, error: { code: "NOT_A_MEMBER", message: "revoked" } });
  expect(standing(model.state).nodes.map(({ id }) => id)).not.toContain(node);
});

test("a server that ends by itself is replaced, and its job gets another", () => {
  const model = new Model();
  model.join(1, 2);
  model.open(1);
  model.demand(1, 1);
  model.drain();
  const server = model.held.get(jobId(1))?.[0]?.server ?? 0;
  model.lanes.get(nodeId(1))?.set(server, "recycling");
  model.tell({ type: "server.lost", node: nodeId(1), server, error: { code: "SERVER_LOST", message: "killed" } });
  model.drain();
  expect(model.heldOf(1)).toBe(1);
  const events = decide(model.state, { type: "server.ready", node: nodeId(1), server }, model.now);
  expect(events).toContainEqual(
    expect.objectContaining({ event: expect.objectContaining({ type: "server.replaced" }) }),
  );
});

test("a job's I/O tasks get one server that takes no lane", () => {
  const model = new Model();
  model.join(1, 1);
  model.open(1);
  model.demand(1, 1, true);
  model.drain();
  expect(model.held.get(jobId(1))?.map((held) => held.server)).toEqual([1, 2]);
  expect(model.heldOf(1)).toBe(1);
});

test("a node that the client cannot reach is not offered to that job again for a while", () => {
  const model = new Model();
  model.join(1, 1);
  model.open(1);
  model.demand(1, 1);
  model.drain();
  const [lease] = model.held.get(jobId(1)) ?? [];
  model.held.set(jobId(1), []);
  model.tell({ type: "lease.released", lease: (lease as Held).lease, unreachable: true });
  model.drain();
  expect(model.heldOf(1)).toBe(0);
  model.now += 31_000;
  model.tell({ type: "tick" });
  model.drain();
  expect(model.heldOf(1)).toBe(1);
});

test("a scheduler that restarts takes over the leases that node and client still hold, whoever comes first", () => {
  for (const clientFirst of [true, false]) {
    const old = new Model();
    old.join(1, 2);
    old.open(1);
    old.demand(1, 1);
    old.drain();
    const held = old.held.get(jobId(1))?.[0] as Held;
    const fresh = new Model();
    fresh.state = createSchedulerState(2);
    const lanes: LaneReport[] = [
      {
        server: held.server,
        kind: "cpu",
        state: "assigned",
        lease: { id: held.lease, job: jobId(1), client: "client1/0" },
      },
      { server: 3 - held.server, kind: "cpu", state: "ready" },
    ];
    const open = (): void => {
      fresh.held.set(jobId(1), [held]);
      const words = { type: "job.opened", job: jobId(1), name: "job 1", client: "client1/0", weight: 1 } as const;
      fresh.tell({ ...words, counters: NO_COUNTERS, leases: [held.lease] });
    };
    if (clientFirst) open();
    fresh.join(1, 2, lanes);
    if (!clientFirst) open();
    fresh.drain();
    expect(fresh.heldOf(1)).toBe(1);
    expect(fresh.held.get(jobId(1))).toEqual([held]);
    fresh.now += 60_000;
    fresh.tell({ type: "tick" });
    fresh.drain();
    expect(fresh.heldOf(1)).toBe(1);
  }
});

test("leases whose client does not come back after a restart are given up, and claims whose node does not are lost", () => {
  const model = new Model();
  model.state = createSchedulerState(2);
  const lease = `l_${"1".padStart(10, "0")}${"5".padStart(16, "0")}` as LeaseId;
  model.join(1, 1, [
    { server: 1, kind: "cpu", state: "assigned", lease: { id: lease, job: jobId(1), client: "client1/0" } },
  ]);
  model.held.set(jobId(2), [{ lease: `${lease.slice(0, -1)}6` as LeaseId, node: nodeId(2), server: 1, kind: "cpu" }]);
  const words = { type: "job.opened", job: jobId(2), name: "job 2", client: "client2/0", weight: 1 } as const;
  model.tell({ ...words, counters: NO_COUNTERS, leases: [`${lease.slice(0, -1)}6` as LeaseId] });
  model.demand(2, 1);
  model.now += 31_000;
  model.lanes.get(nodeId(1))?.set(1, lease);
  model.tell({ type: "tick" });
  model.drain();
  expect(model.state.jobs.has(jobId(1))).toBe(false);
  expect(model.held.get(jobId(2))?.map((held) => held.node)).toEqual([nodeId(1)]);
});

test("a job of which only leases are known is not shown before its client is back, with its name", () => {
  const lease = `l_${"1".padStart(10, "0")}${"5".padStart(16, "0")}` as LeaseId;
  const lanes: LaneReport[] = [
    { server: 1, kind: "cpu", state: "assigned", lease: { id: lease, job: jobId(1), client: "client1/0" } },
  ];
  const opened = { type: "job.opened", job: jobId(1), name: "job 1", client: "client1/0", weight: 1 } as const;
  const shown = (state: SchedulerState, event: SchedulerEvent, now: number): string[] =>
    decide(state, event, now).flatMap((action) =>
      action.type === "event" && action.event.type.startsWith("job.") ? [action.event.type] : [],
    );
  const returned = createSchedulerState(2);
  expect(shown(returned, { type: "node.joined", node: nodeInfo(1, 1), lanes }, 0)).toEqual([]);
  expect(standing(returned)).toMatchObject({ jobs: [], servers: [{ state: "assigned", job: jobId(1) }] });
  expect(shown(returned, { ...opened, counters: NO_COUNTERS, leases: [lease] }, 1)).toEqual(["job.opened"]);
  expect(standing(returned).jobs).toMatchObject([{ name: "job 1", state: "active", held: 1 }]);
  const abandoned = createSchedulerState(2);
  decide(abandoned, { type: "node.joined", node: nodeInfo(1, 1), lanes }, 0);
  expect(shown(abandoned, { type: "tick" }, 31_000)).toEqual([]);
  expect(abandoned.jobs.size).toBe(0);
});

test("a node that says it has leases of more jobs than a scheduler holds has the rest taken", () => {
  const model = new Model();
  model.checked = false;
  const servers = JOBS_LIMIT + 50;
  const reports = Array.from({ length: servers }, (_, i) => {
    const id = `l_${"0".repeat(10)}${String(i).padStart(16, "0")}` as LeaseId;
    return {
      server: i + 1,
      kind: "cpu",
      state: "assigned",
      lease: { id, job: jobId(i), client: `client${i}/0` },
    } as const;
  });
  model.join(1, servers, reports);
  expect(model.state.jobs.size).toBe(JOBS_LIMIT);
  expect(model.pending.filter(({ type }) => type === "unassign")).toHaveLength(50);
});
