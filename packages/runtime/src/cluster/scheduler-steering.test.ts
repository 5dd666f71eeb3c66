import { expect, test } from "vitest";
import { RECLAIM_LATE_MS } from "../defaults.ts";
import { type JobId, type LeaseId, type NodeId } from "../ids.ts";
import { type NodeInfo } from "./contracts.ts";
import { NO_COUNTERS } from "./events.ts";
import { EVERYWHERE, isAt, mayUseNode, mayUseServer, nodeOf, placesOf } from "./job-places.ts";
import { type SchedulerAction } from "./scheduler-actions.ts";
import { createSchedulerState } from "./scheduler-book.ts";
import { type SchedulerEvent } from "./scheduler-events.ts";
import { standing } from "./scheduler-snapshot.ts";
import { decide } from "./scheduler-state.ts";
import { type SteerVerb } from "./scheduler-steering.ts";

// Ids that only have to be told apart here.
const NODE = "node1" as NodeId;
const JOB = `j_${"1".padStart(26, "0")}` as JobId;

const info = (id: NodeId, servers: number): NodeInfo => ({
  id,
  name: id,
  location: { peer: id, addresses: [] },
  platform: "linux-x64",
  servers,
  kind: "node",
  labels: {},
  isolation: "trusted",
  allow: {},
  load: { cpuIdleShare: 1, memoryFreeBytes: 0, swapFreeBytes: 0, diskFreeBytes: 0 },
});

/** One client whose tasks never end by themselves, and nodes that do what they are told. */
class Cluster {
  readonly state = createSchedulerState(1);
  readonly held = new Map<LeaseId, number>();
  /** What the client was asked to give back, with the grace. */
  readonly reclaimed = new Map<LeaseId, number | undefined>();
  readonly events: string[] = [];
  /** Why its job waited. */
  readonly whys: string[] = [];
  readonly renewed: number[] = [];
  readonly unparked: (number | undefined)[] = [];
  nowMs = 0;

  constructor(servers = 2) {
    this.join(servers);
    const opened = { type: "job.opened", job: JOB, name: "job", client: "client/0", weight: 1 } as const;
    this.tell({ ...opened, counters: NO_COUNTERS, leases: [] });
  }

  join(servers: number, holding = false): void {
    const lanes = Array.from({ length: servers }, (_, i) => ({ server: i + 1, kind: "cpu", state: "ready" }) as const);
    this.tell({ type: "node.joined", node: info(NODE, servers), lanes, holding });
  }

  /** What the node itself says. */
  nodeHolds(on: boolean): void {
    this.tell({ type: "node.holds", node: NODE, on });
  }

  tell(event: SchedulerEvent): void {
    for (const action of decide(this.state, event, this.nowMs)) this.perform(action);
  }

  perform(action: SchedulerAction): void {
    switch (action.type) {
      case "assign":
        this.tell({ type: "lease.assigned", lease: action.lease });
        return;
      case "grant":
        this.held.set(action.lease, action.server);
        return;
      case "reclaim":
        this.reclaimed.set(action.lease, action.graceMs);
        return;
      case "lost":
        this.held.delete(action.lease);
        return;
      case "unpark":
        this.unparked.push(action.server);
        return;
      case "renew":
        this.renewed.push(action.server);
        this.tell({ type: "server.ready", node: NODE, server: action.server });
        return;
      case "unassign":
        this.tell({ type: "server.ready", node: NODE, server: action.server });
        return;
      case "event":
        this.events.push(action.event.type);
        if (action.event.type === "job.waiting" && action.event.why !== undefined) this.whys.push(action.event.why);
        return;
      default:
    }
  }

  demand(slots: number, io = false): void {
    const wants = [
      { want: 0, slots },
      { want: 1, slots: io ? 1 : 0 },
    ];
    this.tell({ type: "job.demand", job: JOB, wants });
  }

  steer(verb: SteerVerb, server?: number, graceMs?: number): void {
    const words = { verb, node: NODE, ...(server === undefined ? {} : { server }) };
    this.tell({ type: "steer", steer: graceMs === undefined ? words : { ...words, graceMs } });
  }

  /** The client gives back what it was asked for. */
  release(): void {
    for (const lease of this.reclaimed.keys()) {
      this.held.delete(lease);
      this.tell({ type: "lease.released", lease, unreachable: false });
    }
    this.reclaimed.clear();
  }

  tick(ms: number): void {
    this.nowMs += ms;
    this.tell({ type: "tick" });
  }

  /** Servers the client holds. */
  holds(): number[] {
    return [...this.held.values()].toSorted((a, b) => a - b);
  }

  servers(): string[] {
    return standing(this.state).servers.map(({ state }) => state);
  }

  node(): string | undefined {
    return standing(this.state).nodes[0]?.standing;
  }
}

test("a paused server is given back when what runs there has ended, and to nobody before it is resumed", () => {
  const cluster = new Cluster();
  cluster.demand(2);
  expect(cluster.servers()).toEqual(["assigned", "assigned"]);
  cluster.steer("pause", 1);
  expect(cluster.servers()).toEqual(["draining", "assigned"]);
  expect([...cluster.reclaimed.values()]).toEqual([undefined]);
  cluster.tick(3_600_000);
  expect(cluster.held.size).toBe(2);
  cluster.release();
  expect(cluster.servers()).toEqual(["paused", "assigned"]);
  expect([...cluster.held.values()]).toEqual([2]);
  cluster.steer("resume", 1);
  expect(cluster.holds()).toEqual([1, 2]);
  expect(cluster.events).toEqual(expect.arrayContaining(["server.paused", "server.resumed"]));
});

test("a paused node gives nothing, its I/O servers neither; resumed, it gives all again", () => {
  const cluster = new Cluster();
  cluster.steer("pause");
  expect(cluster.node()).toBe("paused");
  cluster.demand(2, true);
  expect(cluster.held.size).toBe(0);
  cluster.steer("resume");
  expect(cluster.held.size).toBe(3);
  cluster.steer("pause");
  expect(cluster.node()).toBe("draining");
  expect(cluster.reclaimed.size).toBe(3);
  cluster.release();
  expect(cluster.node()).toBe("paused");
  expect(cluster.events.filter((type) => type.startsWith("node."))).toEqual([
    "node.ready",
    "node.paused",
    "node.resumed",
    "node.paused",
  ]);
});

test("a drained server is closed once it is given back, and stays so when its node joins again", () => {
  const cluster = new Cluster();
  cluster.demand(2);
  cluster.steer("drain", 2);
  expect(cluster.events).not.toContain("server.closed");
  cluster.release();
  expect(cluster.servers()).toEqual(["assigned", "closed"]);
  expect(cluster.events).toContain("server.closed");
  cluster.tell({ type: "node.lost", node: NODE, error: { code: "PEER_LOST", message: "gone" } });
  cluster.join(2);
  expect(cluster.servers()).toEqual(["assigned", "closed"]);
  const before = cluster.events.length;
  cluster.steer("resume", 2);
  expect(cluster.events.slice(before)).toEqual(expect.arrayContaining(["server.resumed", "server.ready"]));
});

test.each([
  ["resume", undefined],
  ["resume", 2],
  ["restart", undefined],
  ["restart", 2],
] as const)(
  "a server that was told to be closed is told to be back: by %s of its node or itself (%s)",
  (verb, server) => {
    const cluster = new Cluster();
    cluster.demand(2);
    cluster.steer("drain", server);
    cluster.release();
    const told = (type: string): number => cluster.events.filter((one) => one === type).length;
    const [closed, ready] = [told("server.closed"), told("server.ready")];
    expect(closed).toBe(server === undefined ? 2 : 1);
    cluster.steer(verb, server);
    expect(told("server.ready") - ready).toBe(closed);
    // Once.
    cluster.steer("pause", server);
    cluster.release();
    cluster.steer("resume", server);
    expect(told("server.ready") - ready).toBe(closed);
  },
);

test("a stopped node's tasks get the grace; what is not given back in time is taken", () => {
  const cluster = new Cluster();
  cluster.demand(2);
  cluster.steer("stop", undefined, 1000);
  expect([...cluster.reclaimed.values()]).toEqual([1000, 1000]);
  cluster.tick(1000 + RECLAIM_LATE_MS - 1);
  expect(cluster.held.size).toBe(2);
  cluster.tick(1);
  expect(cluster.held.size).toBe(0);
  expect(cluster.servers()).toEqual(["closed", "closed"]);
});

test("drained first and stopped then, what runs gets the grace after all", () => {
  const cluster = new Cluster(1);
  cluster.demand(1);
  cluster.steer("drain");
  expect([...cluster.reclaimed.values()]).toEqual([undefined]);
  cluster.steer("stop");
  expect([...cluster.reclaimed.values()]).toEqual([5000]);
  cluster.steer("drain");
  expect([...cluster.reclaimed.values()]).toEqual([5000]);
});

test("a restarted node gives every server a fresh process, at once where nobody has it", () => {
  const cluster = new Cluster(2);
  cluster.demand(1);
  cluster.steer("restart");
  expect(cluster.reclaimed.size).toBe(1);
  expect(cluster.renewed).toHaveLength(1);
  cluster.release();
  expect(cluster.held.size).toBe(1);
  expect(cluster.servers().toSorted()).toEqual(["assigned", "ready"]);
});

test("what an operator has ordered stands when the node itself takes work again, and the other way round", () => {
  const cluster = new Cluster(2);
  cluster.demand(2);
  cluster.steer("drain");
  cluster.nodeHolds(true);
  cluster.release();
  cluster.nodeHolds(false);
  expect([cluster.node(), cluster.held.size]).toEqual(["closed", 0]);
  cluster.steer("resume");
  expect([cluster.node(), cluster.held.size]).toEqual([undefined, 2]);
  cluster.nodeHolds(true);
  expect(cluster.reclaimed.size).toBe(2);
  cluster.release();
  cluster.steer("resume");
  expect([cluster.node(), cluster.held.size]).toEqual(["closed", 0]);
  cluster.nodeHolds(false);
  expect([cluster.node(), cluster.held.size]).toEqual([undefined, 2]);
  expect(cluster.events.filter((type) => type === "node.resumed")).toHaveLength(2);
});

test("a node that joins while it takes no new work is given none, and is asked for what it still runs", () => {
  const fresh = new Cluster(1);
  fresh.demand(2);
  expect(fresh.held.size).toBe(1);
  fresh.tell({ type: "node.lost", node: NODE, error: { code: "PEER_LOST", message: "gone" } });
  const [lease = "" as LeaseId] = fresh.held.keys();
  const lanes = [
    { server: 1, kind: "cpu", state: "assigned", lease: { id: lease, job: JOB, client: "client/0" } },
    { server: 2, kind: "cpu", state: "ready" },
  ] as const;
  fresh.tell({ type: "node.joined", node: info(NODE, 2), lanes, holding: true });
  expect([...fresh.reclaimed.keys()]).toEqual([lease]);
  expect(fresh.servers()).toEqual(["draining", "closed"]);
  // It joins again, and takes work by then.
  fresh.release();
  fresh.join(2);
  expect([fresh.node(), fresh.held.size]).toEqual([undefined, 2]);
});

test("a job that ends its servers gets no other of that node for as long as the node says, and others do", () => {
  const cluster = new Cluster(2);
  cluster.demand(1);
  const error = { code: "SERVER_LOST", message: "it ended with code 1" };
  const [server = 0] = cluster.holds();
  cluster.tell({ type: "server.lost", node: NODE, server, error, pauseMs: 1000 });
  cluster.tell({ type: "server.ready", node: NODE, server });
  expect([cluster.held.size, cluster.servers()]).toEqual([0, ["ready", "ready"]]);
  cluster.tick(999);
  expect(cluster.held.size).toBe(0);
  expect(cluster.whys.at(-1)).toContain("servers ended by it");
  cluster.tick(1);
  expect(cluster.held.size).toBe(1);
});

test("what is kept for jobs' next turns ends where people drain, stop or restart, and stays over a pause", () => {
  const cluster = new Cluster(2);
  for (const verb of ["pause", "resume", "drain"] as const) cluster.steer(verb);
  cluster.steer("restart", 2);
  expect(cluster.unparked).toEqual([undefined, 2]);
});

test("a suspected node keeps what it has and gets nothing new; when it is back it does", () => {
  const cluster = new Cluster(2);
  cluster.demand(1);
  const suspected = (on: boolean): void => cluster.tell({ type: "node.suspected", node: NODE, suspected: on });
  suspected(true);
  expect(cluster.node()).toBe("suspected");
  cluster.demand(2);
  expect(cluster.held.size).toBe(1);
  suspected(false);
  expect(cluster.held.size).toBe(2);
  expect(cluster.events).toEqual(expect.arrayContaining(["node.suspected", "node.back"]));
});

test("a lease that was asked back before its client heard of it is never granted", () => {
  const state = createSchedulerState(1);
  const lanes = [{ server: 1, kind: "cpu", state: "ready" }] as const;
  decide(state, { type: "node.joined", node: info(NODE, 1), lanes }, 0);
  const opened = { type: "job.opened", job: JOB, name: "job", client: "client/0", weight: 1 } as const;
  decide(state, { ...opened, counters: NO_COUNTERS, leases: [] }, 0);
  const decided = decide(state, { type: "job.demand", job: JOB, wants: [{ want: 0, slots: 1 }] }, 0);
  const assign = decided.find(({ type }) => type === "assign");
  if (assign?.type !== "assign") throw new Error("not assigned");
  decide(state, { type: "steer", steer: { verb: "pause", node: NODE } }, 0);
  const actions = decide(state, { type: "lease.assigned", lease: assign.lease }, 0);
  expect(actions.map(({ type }) => type)).toEqual(["unassign", "event"]);
});

test("a job that waits for lost nodes keeps its leases there as long as it likes", () => {
  const cluster = new Cluster(1);
  cluster.tell({ type: "job.places", job: JOB, places: { ...EVERYWHERE, waits: true } });
  cluster.demand(1);
  cluster.tell({ type: "node.lost", node: NODE, error: { code: "PEER_LOST", message: "cable" } });
  cluster.tick(3_600_000);
  expect(cluster.held.size).toBe(1);
  cluster.tell({ type: "job.places", job: JOB, places: EVERYWHERE });
  cluster.tick(250);
  expect(cluster.held.size).toBe(0);
});

test("a job gets servers only where it left them open, or enabled them", () => {
  const cluster = new Cluster(3);
  // Ids of a node's servers.
  const at = (server: number) => `${NODE}/${server}` as NodeId;
  cluster.tell({ type: "job.places", job: JOB, places: { ...EVERYWHERE, closed: [at(2)] } });
  cluster.demand(3);
  expect(cluster.holds()).toEqual([1, 3]);
  cluster.tell({ type: "job.places", job: JOB, places: EVERYWHERE });
  expect(cluster.held.size).toBe(3);
  const manual = new Cluster(3);
  manual.tell({ type: "job.places", job: JOB, places: { ...EVERYWHERE, manualNodes: true, manualServers: true } });
  manual.demand(3, true);
  expect(manual.held.size).toBe(0);
  const enabled = [at(3)];
  manual.tell({
    type: "job.places",
    job: JOB,
    places: { ...EVERYWHERE, manualNodes: true, manualServers: true, enabled },
  });
  expect(manual.holds()).toEqual([3, 4]);
});

test("places are asked by node and by server", () => {
  const [a, b] = ["nodeA" as NodeId, "nodeB" as NodeId];
  const places = placesOf({ ...EVERYWHERE, manualServers: true, enabled: [`${a}/2` as NodeId], closed: [b] });
  expect([mayUseNode(places, a, "cpu"), mayUseNode(places, b, "io")]).toEqual([true, false]);
  expect(mayUseServer(places, `${a}/2` as never)).toBe(true);
  expect(mayUseServer(places, `${a}/1` as never)).toBe(false);
  expect(nodeOf(`${a}/2` as NodeId)).toBe(a);
  expect([isAt(a, `${a}/2` as never), isAt(b, `${a}/2` as never), isAt(undefined, `${a}/2` as never)]).toEqual([
    true,
    false,
    true,
  ]);
});
