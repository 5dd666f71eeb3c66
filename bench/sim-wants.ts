/** `sim-wants`: wants a second of one job with 10,000 of them, one at each of 10,000 nodes, added one by one and served; its own peer is the same with 100. */
import { type JobId, type NodeId, type NodeInfo } from "@skein/runtime";
import { NO_COUNTERS } from "@skein/runtime/host";
import { createSchedulerState, decide, type SchedulerAction, type SchedulerState } from "@skein/runtime/network";
import { runBench } from "./harness.ts";

const MANY = 10_000;
const FEW = 100;
const JOB = `j_${"0".repeat(26)}` as JobId;
/** The job's first want beside the two that it always has. */
const FIRST_WANT = 2;

const nodeId = (n: number): NodeId => `node${n}` as NodeId;

function nodeInfo(n: number): NodeInfo {
  const id = nodeId(n);
  const load = { cpuIdleShare: 1, memoryFreeBytes: 0, swapFreeBytes: 0, diskFreeBytes: 0 };
  const about = { name: id, location: { peer: id, addresses: [] }, platform: "linux-x64", kind: "node" } as const;
  return { id, ...about, servers: 1, labels: {}, isolation: "trusted", allow: {}, load };
}

function agree(state: SchedulerState, actions: readonly SchedulerAction[]): void {
  for (const action of actions) {
    if (action.type === "assign") decide(state, { type: "lease.assigned", lease: action.lease }, 0);
  }
}

/** Each want could use two servers of its node, which has one: so all go on waiting, while each is served in turn. */
function addAndServe(count: number): void {
  const state: SchedulerState = createSchedulerState(1);
  for (let n = 0; n < count; n += 1) {
    decide(state, { type: "node.joined", node: nodeInfo(n), lanes: [{ server: 1, kind: "cpu", state: "ready" }] }, 0);
  }
  const opened = { type: "job.opened", job: JOB, name: "", client: "c/0", weight: 1 } as const;
  decide(state, { ...opened, counters: NO_COUNTERS, leases: [] }, 0);
  for (let n = 0; n < count; n += 1) {
    const place = { kind: "cpu", text: "at it", nodes: [{ node: nodeId(n), servers: 2 }] } as const;
    agree(
      state,
      decide(state, { type: "job.demand", job: JOB, wants: [{ want: FIRST_WANT + n, slots: 2, place }] }, 0),
    );
  }
  const leases = [...state.leases.values()];
  for (const { id, node, server, want } of leases) {
    decide(state, { type: "lease.released", lease: id, unreachable: false }, 0);
    agree(state, decide(state, { type: "server.ready", node: node.id, server }, 0));
    decide(state, { type: "job.demand", job: JOB, wants: [{ want: want.n, slots: 1 }] }, 0);
  }
}

export async function run(): Promise<void> {
  await runBench({
    bench: "sim-wants",
    ours: () => {
      addAndServe(MANY);
      return MANY;
    },
    peer: () => {
      for (let done = 0; done < MANY; done += FEW) addAndServe(FEW);
      return MANY;
    },
    peerName: `the same with ${FEW} wants at ${FEW} nodes`,
    unit: "1/s",
  });
}
