import { expect, test } from "vitest";
import { mayClaim } from "./scheduler-pick.ts";
import { type WantPlaceWords } from "./scheduler-events.ts";
import { jobId, Model, receiver, nodeId } from "../../test/scheduler-model.ts";

const GIB = 2 ** 30;

function place(nodes: Readonly<Record<number, number>>, more: Partial<WantPlaceWords> = {}): WantPlaceWords {
  const limits = Object.entries(nodes).map(([n, servers]) => ({ node: nodeId(Number(n)), servers }));
  return { kind: "cpu", nodes: limits, text: "that need it", ...more };
}

function waits(model: Model): readonly (string | undefined)[] {
  return model.events.flatMap((event) => (event.type === "job.waiting" ? [event.why] : []));
}

test("a want gets servers of the nodes it names, and no others", () => {
  const model = new Model();
  for (const n of [1, 2, 3]) model.join(n, 2);
  model.open(1);
  model.wants(1, [{ want: 2, slots: 5, place: place({ 2: 2, 3: 1, 4: 9 }) }]);
  model.drain();
  expect(model.placesOf(1)).toEqual({ node2: 2, node3: 1 });
  // Of a node that comes it has what the client says.
  model.join(4, 4);
  model.drain();
  expect(model.placesOf(1)).toEqual({ node2: 2, node3: 1, node4: 2 });
});

test("of a job with rules the default wants wait until the client has said where, then for each node that comes", () => {
  const model = new Model();
  model.join(1, 2);
  model.open(1, 1, { ruled: true });
  model.demand(1, 4, true);
  model.drain();
  expect(model.held.get(jobId(1))).toEqual([]);
  model.wants(1, [
    { want: 0, slots: 4, place: place({ 1: 1 }) },
    { want: 1, slots: 1, place: place({ 1: 1 }, { kind: "io" }) },
  ]);
  model.drain();
  expect(model.placesOf(1)).toEqual({ node1: 1 });
  expect(model.held.get(jobId(1))?.map(({ kind }) => kind)).toEqual(["cpu", "io"]);
  model.join(2, 4);
  model.drain();
  expect(model.placesOf(1)).toEqual({ node1: 1 });
  model.tell({ type: "job.node", job: jobId(1), node: nodeId(2), limits: [{ want: 0, servers: 2 }] });
  model.drain();
  expect(model.placesOf(1)).toEqual({ node1: 1, node2: 2 });
});

test("a task for one server waits for that one, and is not content with another of its node", () => {
  const model = new Model();
  model.join(1, 3);
  model.open(1);
  model.wants(1, [{ want: 2, slots: 1, place: place({ 1: 9 }, { server: 2 }) }]);
  model.drain();
  expect(model.held.get(jobId(1))?.map(({ server }) => server)).toEqual([2]);
  model.open(2);
  model.wants(2, [{ want: 2, slots: 1, place: place({ 1: 9 }, { server: 2 }) }]);
  model.drain();
  expect(model.heldOf(2)).toBe(0);
  model.release(jobId(1));
  model.drain();
  // The first one's demand stands; the second one has had less.
  model.wants(1, [{ want: 2, slots: 0 }]);
  model.pass(250);
  expect(model.held.get(jobId(2))?.map(({ server }) => server)).toEqual([2]);
});

test("who needs one node asks for a server there from who has too many, though others are free elsewhere", () => {
  const model = new Model();
  model.join(1, 2);
  model.open(1);
  model.demand(1, 10);
  model.drain();
  model.join(2, 2);
  model.drain();
  model.open(2);
  model.wants(2, [{ want: 2, slots: 1, place: place({ 1: 9 }) }]);
  model.drain();
  expect(model.placesOf(2)).toEqual({ node1: 1 });
  expect(model.placesOf(1)).toEqual({ node1: 1, node2: 2 });
});

test("memory that tasks need is taken from what is free there until reports show it", () => {
  const model = new Model();
  const load = { cpuIdleShare: 1, memoryFreeBytes: 8 * GIB, swapFreeBytes: 0, diskFreeBytes: 0 };
  model.join(1, 4, undefined, { load });
  model.open(1);
  const need = { kind: "cpu", memoryBytes: 3 * GIB, text: "that need memory" } as const;
  model.wants(1, [{ want: 2, slots: 4, place: need }]);
  model.drain();
  expect(model.heldOf(1)).toBe(2);
  // They use less than they said.
  model.now += 10_000;
  const report = { ...load, memoryFreeBytes: 6 * GIB };
  model.tell({ type: "node.reported", node: nodeId(1), load: report, servers: [] });
  model.pass(250);
  expect(model.heldOf(1)).toBe(4);
});

test("a server in hand may serve tasks that need memory when its node has that, less what others were given lately", () => {
  const model = new Model();
  const load = { cpuIdleShare: 1, memoryFreeBytes: 8 * GIB, swapFreeBytes: 0, diskFreeBytes: 0 };
  model.join(1, 3, undefined, { load });
  model.open(1);
  model.demand(1, 3);
  model.drain();
  const need = { kind: "cpu", memoryBytes: 3 * GIB, text: "that need memory" } as const;
  model.wants(1, [{ want: 2, slots: 3, place: need }]);
  const leases = model.held.get(jobId(1))?.map(({ lease }) => model.state.leases.get(lease)) ?? [];
  const taken = leases.map((lease) => {
    if (lease === undefined || !mayClaim(lease, 2, model.now)) return false;
    model.tell({ type: "lease.moved", lease: lease.id, want: 2 });
    return true;
  });
  expect(taken).toEqual([true, true, false]);
  const last = leases[2];
  if (last === undefined) throw new Error("not granted");
  expect(mayClaim(last, 3, model.now)).toBe(false); // nobody knows what that is
  expect(mayClaim(last, 2, model.now + 10_000)).toBe(true);
});

test("a server that is used for another want counts for that one", () => {
  const model = new Model();
  model.join(1, 1);
  model.join(2, 1);
  model.open(1);
  model.wants(1, [{ want: 2, slots: 1, place: place({ 1: 9 }) }]);
  model.drain();
  const lease = model.held.get(jobId(1))?.[0]?.lease;
  model.demand(1, 1);
  model.drain();
  expect(model.placesOf(1)).toEqual({ node1: 1, node2: 1 });
  const [other] = model.held.get(jobId(1))?.filter((held) => held.lease !== lease) ?? [];
  if (lease === undefined || other === undefined) throw new Error("not granted");
  model.tell({ type: "lease.moved", lease, want: 0 });
  model.wants(1, [{ want: 2, slots: 1, place: place({ 2: 9 }) }]);
  model.tell({ type: "lease.moved", lease: other.lease, want: 2 });
  model.drain();
  expect(Array.from(model.state.jobs.get(jobId(1))?.cpu.values() ?? [], ({ n, held }) => [n, held])).toEqual([
    [0, 1],
    [2, 1],
  ]);
});

test("I/O tasks that name nodes get an I/O server at each, and share it with those that name none", () => {
  const model = new Model();
  for (const n of [1, 2]) model.join(n, 1);
  model.open(1);
  model.wants(1, [{ want: 2, slots: 1, place: place({ 2: 9 }, { kind: "io" }) }]);
  model.drain();
  model.demand(1, 0, true);
  model.drain();
  expect(model.held.get(jobId(1))?.map(({ node, kind }) => [node, kind])).toEqual([["node2", "io"]]);
  model.wants(1, [{ want: 3, slots: 1, place: place({ 1: 9 }, { kind: "io" }) }]);
  model.drain();
  expect(model.held.get(jobId(1))?.map(({ node }) => node)).toEqual(["node2", "node1"]);
});

test("I/O tasks that could use several servers get one at each of as many nodes, and keep them when they need fewer", () => {
  const model = new Model();
  for (const n of [1, 2, 3, 4]) model.join(n, n);
  model.open(1);
  const nodes = (): readonly string[] => model.held.get(jobId(1))?.map(({ node }) => node) ?? [];
  model.wants(1, [{ want: 2, slots: 2, place: place({ 1: 9, 2: 9, 4: 9 }, { kind: "io" }) }]);
  model.drain();
  expect(nodes()).toEqual(["node1", "node2"]);
  model.wants(1, [{ want: 2, slots: 5 }]);
  model.drain();
  expect(nodes()).toEqual(["node1", "node2", "node4"]);
  model.wants(1, [{ want: 2, slots: 1 }]);
  model.drain();
  expect(nodes()).toHaveLength(3);
  // They serve the others of the job, too, of whom some could use more.
  model.wants(1, [{ want: 1, slots: 3 }]);
  model.drain();
  expect(nodes()).toHaveLength(3);
  model.wants(1, [{ want: 1, slots: 9 }]);
  model.drain();
  expect(nodes()).toEqual(["node1", "node2", "node4", "node3"]);
});

test("the more important job gets every server it can use; the others give theirs back for it", () => {
  const model = new Model();
  model.join(1, 4);
  model.open(1, 100);
  model.demand(1, 10);
  model.drain();
  model.open(2, 1, { priority: 1 });
  model.demand(2, 3);
  model.drain();
  expect([model.heldOf(1), model.heldOf(2)]).toEqual([1, 3]);
  model.demand(2, 10);
  model.drain();
  expect([model.heldOf(1), model.heldOf(2)]).toEqual([0, 4]);
  expect(model.state.jobs.get(jobId(1))?.state).toBe("waiting");
  model.pass(60_000);
  expect(model.heldOf(2)).toBe(4);
  model.demand(2, 1);
  model.drain();
  expect([model.heldOf(1), model.heldOf(2)]).toEqual([3, 1]);
});

test("a job that waits says why, and again when that changes", () => {
  const model = new Model();
  model.open(1);
  model.demand(1, 1);
  model.pass(250);
  expect(waits(model).at(-1)).toBe("no node has joined");
  model.join(1, 1);
  model.drain();
  model.wants(1, [{ want: 2, slots: 1, place: { kind: "cpu", memoryBytes: GIB, text: "that need much" } }]);
  model.pass(250);
  expect(waits(model).at(-1)).toBe("no node here has the memory for tasks that need much");
  model.wants(1, [
    { want: 2, slots: 0 },
    { want: 3, slots: 1, place: place({ 7: 1 }, { text: "that need gpu=yes" }) },
  ]);
  model.pass(250);
  expect(waits(model).at(-1)).toBe("no node here takes tasks that need gpu=yes");
  model.open(2);
  model.wants(2, [{ want: 2, slots: 1, place: place({ 1: 1 }, { server: 1 }) }]);
  model.pass(250);
  expect(waits(model).at(-1)).toBe("the servers it may use are taken");
});

test.for([
  ["rested", false],
  ["had I/O tasks only", true],
] as const)("who %s shares with those that worked meanwhile, and does not make up for it", ([, io]) => {
  const model = new Model();
  model.join(1, 1);
  for (const n of [1, 2]) {
    model.open(n);
    model.demand(n, 1, io && n === 2);
  }
  const run = (ticks: number): readonly number[] => {
    const served = [0, 0];
    for (let tick = 0; tick < ticks; tick += 1) {
      model.pass(250);
      served.forEach((_, i) => (served[i] = (served[i] ?? 0) + model.heldOf(i + 1)));
    }
    return served;
  };
  model.demand(2, 0, io);
  run(4000);
  model.demand(2, 1, io);
  const [first = 0, second = 0] = run(400);
  expect(first / second).toBeGreaterThan(0.85);
  expect(first / second).toBeLessThan(1.15);
});

test("a hundred jobs on four servers have shares within a tenth of each other's", () => {
  const model = new Model();
  model.checked = false;
  for (const n of [1, 2]) model.join(n, 2);
  const served = new Map<number, number>();
  for (let n = 1; n <= 100; n += 1) {
    model.open(n, n <= 50 ? 1 : 2);
    model.demand(n, 10);
  }
  for (let tick = 0; tick < 8000; tick += 1) {
    model.pass(250);
    for (const { job } of model.state.leases.values()) served.set(job.serial, (served.get(job.serial) ?? 0) + 250);
  }
  const shares = [...model.state.jobs.values()].map((job) => (served.get(job.serial) ?? 0) / job.weight);
  expect(Math.max(...shares) / Math.min(...shares)).toBeLessThan(1.1);
});

test("a client that is silent loses the very servers that others wait for, who can use no other", () => {
  const model = new Model();
  model.join(1, 2);
  model.open(1);
  model.demand(1, 2);
  model.open(2);
  model.drain();
  model.tell({ type: "client.suspected", client: "client1/0", suspected: true });
  model.wants(2, [{ want: 2, slots: 1, place: place({ 1: 1 }) }]);
  // It hears nothing of what it is asked.
  model.pending = model.pending.filter((action) => receiver(action) !== "client1/0");
  model.now += 2000;
  model.tell({ type: "tick" });
  expect(model.pending.filter((action) => action.type === "unassign")).toHaveLength(1);
  model.drain();
  expect([model.heldOf(1), model.heldOf(2)]).toEqual([1, 1]);
});

/** How often a want of the job is looked at while `act` runs. */
function looksAtWants(model: Model, act: () => void): number {
  let looks = 0;
  const job = model.state.jobs.get(jobId(1));
  for (const want of [...(job?.cpu.values() ?? []), ...(job?.ioWants.values() ?? [])]) {
    for (const key of ["slots", "held", "place", "stuck"] as const) {
      let value: unknown = want[key];
      const get = (): unknown => {
        looks += 1;
        return value;
      };
      Object.defineProperty(want, key, {
        get,
        set: (next) => {
          value = next;
        },
      });
    }
  }
  act();
  return looks;
}

/** A job with a want at each of the nodes but one; for CPU tasks it could use one server more than the node has for it. */
function withWants(n: number, kind: "cpu" | "io"): Model {
  const model = new Model();
  model.checked = false;
  for (let at = 1; at <= n; at += 1) model.join(at, 2);
  model.open(1);
  model.wants(
    1,
    Array.from({ length: n - 1 }, (_, i) => ({
      want: i + 2,
      slots: kind === "cpu" ? 2 : 1,
      place: place({ [i + 1]: 1 }, { kind }),
    })),
  );
  while (model.pending.length > 0) model.perform(0);
  return model;
}

test.for(["cpu", "io"] as const)(
  "to add, serve or drop one of many wants takes hardly more than one of few: %s",
  (kind) => {
    const looks = [32, 256].map((n) => {
      const model = withWants(n, kind);
      expect(model.held.get(jobId(1))).toHaveLength(n - 1);
      const drain = (): void => {
        while (model.pending.length > 0) model.perform(0);
      };
      const last = { want: n + 1, slots: 1, place: place({ [n]: 1 }, { kind }) };
      const counts = [
        looksAtWants(model, () => {
          model.wants(1, [last]);
          drain();
        }),
        looksAtWants(model, () => {
          const [held] = model.held.get(jobId(1))?.splice(n >> 1, 1) ?? [];
          if (held === undefined) throw new Error("not granted");
          model.tell({ type: "lease.released", lease: held.lease, unreachable: false });
          drain();
        }),
        looksAtWants(model, () => {
          model.wants(1, [{ ...last, slots: 0 }]);
          drain();
        }),
      ];
      expect(model.held.get(jobId(1))).toHaveLength(n);
      return counts;
    });
    const [few = [], many = []] = looks;
    many.forEach((count, i) => expect(count).toBeLessThan(3 * Math.max(40, few[i] ?? 0)));
  },
);
