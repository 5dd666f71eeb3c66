import fc from "fast-check";
import { test } from "vitest";
import { rounds } from "../../test/rounds.ts";
import { jobId, Model, nodeId, receiver } from "../../test/scheduler-model.ts";

const step = fc.oneof(
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("join" as const),
      n: fc.integer({ min: 1, max: 4 }),
      size: fc.integer({ min: 1, max: 4 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("loseNode" as const), n: fc.integer({ min: 1, max: 4 }) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("blip" as const), n: fc.integer({ min: 1, max: 4 }) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant("open" as const),
      n: fc.integer({ min: 1, max: 6 }),
      weight: fc.constantFrom(1, 1, 1, 2, 5),
      priority: fc.constantFrom(0, 0, 0, 0, 1, -3),
      exclusive: fc.constantFrom(false, false, false, false, false, true),
      ruled: fc.constantFrom(false, false, false, true),
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant("demand" as const),
      n: fc.integer({ min: 1, max: 6 }),
      slots: fc.integer({ min: 0, max: 8 }),
      io: fc.boolean(),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("want" as const),
      n: fc.integer({ min: 1, max: 6 }),
      want: fc.integer({ min: 0, max: 4 }),
      slots: fc.integer({ min: 0, max: 4 }),
      nodes: fc.subarray([1, 2, 3, 4]),
      servers: fc.integer({ min: 0, max: 3 }),
      server: fc.constantFrom(undefined, undefined, 1, 2),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("move" as const),
      n: fc.integer({ min: 1, max: 6 }),
      want: fc.constantFrom(0, 2, 4),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("close" as const), n: fc.integer({ min: 1, max: 6 }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("loseClient" as const), n: fc.integer({ min: 1, max: 6 }) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("loseServer" as const),
      n: fc.integer({ min: 1, max: 4 }),
      server: fc.integer({ min: 1, max: 4 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("intake" as const), open: fc.boolean() }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant("weigh" as const),
      n: fc.integer({ min: 1, max: 6 }),
      weight: fc.constantFrom(1, 3, 0.5),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("release" as const), n: fc.integer({ min: 1, max: 6 }) }) },
  { weight: 20, arbitrary: fc.record({ do: fc.constant("perform" as const), index: fc.nat(20) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("tick" as const), ms: fc.integer({ min: 1, max: 3000 }) }) },
);

function act(model: Model, what: typeof step extends fc.Arbitrary<infer S> ? S : never): void {
  switch (what.do) {
    case "join":
      if (!model.lanes.has(nodeId(what.n))) model.join(what.n, what.size);
      return;
    case "loseNode":
      model.lanes.delete(nodeId(what.n));
      model.tell({ type: "node.lost", node: nodeId(what.n), error: { code: "PEER_LOST", message: "gone" } });
      return;
    case "blip": {
      const servers = model.state.nodes.get(nodeId(what.n))?.lanes.length;
      if (!model.lanes.has(nodeId(what.n)) || servers === undefined) return;
      const lost = model.pending.filter((action) => receiver(action) === nodeId(what.n));
      model.pending = model.pending.filter((action) => receiver(action) !== nodeId(what.n));
      const error = { code: "PEER_LOST", message: "blip" };
      model.tell({ type: "node.lost", node: nodeId(what.n), error });
      for (const action of lost) {
        if (action.type === "assign") model.tell({ type: "lease.refused", lease: action.lease, error });
      }
      // What was said to the node meanwhile did not reach it either.
      model.pending = model.pending.filter((action) => receiver(action) !== nodeId(what.n));
      model.rejoin(what.n, servers);
      return;
    }
    case "open":
      if (!model.held.has(jobId(what.n))) {
        const { priority, exclusive, ruled } = what;
        model.open(what.n, what.weight, { priority, exclusive, ruled, idleMs: 5000 });
      }
      return;
    case "want": {
      if (!model.held.has(jobId(what.n))) return;
      // 0 and 2 to 4 are of CPU tasks but for 3, which is of I/O tasks as 1 is.
      const kind = what.want === 1 || what.want === 3 ? "io" : "cpu";
      const nodes = what.nodes.map((n) => ({ node: nodeId(n), servers: what.servers }));
      const at = what.server === undefined || kind === "io" ? {} : { server: what.server };
      model.wants(what.n, [{ want: what.want, slots: what.slots, place: { kind, nodes, text: "there", ...at } }]);
      return;
    }
    case "move": {
      const held = model.held.get(jobId(what.n))?.find(({ kind }) => kind === "cpu");
      const want = model.state.jobs.get(jobId(what.n))?.cpu.get(what.want);
      const fits = want?.place?.server === undefined || want.place.server === held?.server;
      if (held !== undefined && want !== undefined && fits) {
        model.tell({ type: "lease.moved", lease: held.lease, want: want.n });
      }
      return;
    }
    case "demand":
      if (model.held.has(jobId(what.n))) model.demand(what.n, what.slots, what.io);
      return;
    case "close":
    case "loseClient":
      model.held.delete(jobId(what.n));
      // What was on its way to a closed job or a lost client does not arrive.
      model.pending = model.pending.filter((action) => receiver(action) !== `client${what.n}/0`);
      if (what.do === "close") model.tell({ type: "job.closed", job: jobId(what.n) });
      else model.tell({ type: "client.lost", client: `client${what.n}/0`, forGood: false });
      return;
    case "loseServer": {
      const lanes = model.lanes.get(nodeId(what.n));
      if (!lanes?.has(what.server) || lanes.get(what.server) === "recycling") return;
      lanes.set(what.server, "recycling");
      model.tell({
        type: "server.lost",
        node: nodeId(what.n),
        server: what.server,
        error: { code: "SERVER_LOST", message: "killed" },
      });
      model.ready(nodeId(what.n), what.server);
      return;
    }
    case "intake":
      model.tell({ type: "intake", open: what.open });
      return;
    case "weigh":
      model.tell({ type: "job.weighed", job: jobId(what.n), weight: what.weight });
      return;
    case "release":
      model.release(jobId(what.n));
      return;
    case "perform":
      if (model.pending.length > 0) model.perform(what.index % model.pending.length);
      return;
    case "tick":
      model.now += what.ms;
      model.tell({ type: "tick" });
      return;
    default:
      what satisfies never;
  }
}

test("whatever happens, no lane has two jobs, no lease is lost, shares come out fair, and no lane is free while a job waits", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 150, size: "max" }), (steps) => {
      const model = new Model();
      for (const what of steps) act(model, what);
      model.tell({ type: "intake", open: true });
      model.drain();
      // What is away by now does not come back.
      model.pass(31_000);
      model.checkFair();
    }),
    { numRuns: rounds(150) },
  );
});
