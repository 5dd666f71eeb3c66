/** `sim-schedule`: scheduler decisions a second with 10,000 servers and 100 clients; its own peer is the same with 100 servers. */
import { type JobId, type NodeId, type NodeInfo } from "@skein/runtime";
import { NO_COUNTERS } from "@skein/runtime/host";
import { createSchedulerState, decide, type SchedulerState } from "@skein/runtime/network";
import { runBench } from "./harness.ts";

const SERVERS_PER_NODE = 16;
const JOBS = 100;
const DECISIONS = 100_000;

function nodeInfo(n: number): NodeInfo {
  const id = `node${n}` as NodeId;
  const load = { cpuIdleShare: 1, memoryFreeBytes: 0, swapFreeBytes: 0, diskFreeBytes: 0 };
  const location = { peer: id, addresses: [] };
  const about = { name: id, location, platform: "linux-x64", servers: SERVERS_PER_NODE, kind: "node" } as const;
  return { id, ...about, labels: {}, isolation: "trusted", allow: {}, load };
}

interface Cluster {
  readonly state: SchedulerState;
  readonly jobs: readonly JobId[];
  readonly servers: number;
}

function fullCluster(servers: number): Cluster {
  const state: SchedulerState = createSchedulerState(1);
  for (let n = 0; n * SERVERS_PER_NODE < servers; n += 1) {
    const lanes = Array.from(
      { length: SERVERS_PER_NODE },
      (_, i) => ({ server: i + 1, kind: "cpu", state: "ready" }) as const,
    );
    decide(state, { type: "node.joined", node: nodeInfo(n), lanes }, 0);
  }
  const jobs = Array.from({ length: JOBS }, (_, n) => `j_${String(n).padStart(26, "0")}` as JobId);
  for (const [n, job] of jobs.entries()) {
    const words = { type: "job.opened", job, name: "", client: `c${n}/0`, weight: 1 + (n % 3) } as const;
    decide(state, { ...words, counters: NO_COUNTERS, leases: [] }, 0);
    decide(state, { type: "job.demand", job, wants: [{ want: 0, slots: servers }] }, 0);
  }
  return { state, jobs, servers };
}

/** Leases go back and are granted again, and demands move: how many decisions that took. */
function decideALot({ state, jobs, servers }: Cluster): number {
  let decisions = 0;
  for (let i = 0; decisions < DECISIONS; i += 1) {
    const job = state.jobs.get(jobs[i % JOBS] ?? ("" as JobId));
    const [lease] = job?.leases ?? [];
    if (job === undefined || lease === undefined) continue;
    const { node, server } = lease;
    decide(state, { type: "job.demand", job: job.id, wants: [{ want: 0, slots: servers - (i % 7) }] }, i);
    decide(state, { type: "lease.released", lease: lease.id, unreachable: false }, i);
    for (const action of decide(state, { type: "server.ready", node: node.id, server }, i)) {
      if (action.type !== "assign") continue;
      decide(state, { type: "lease.assigned", lease: action.lease }, i);
      decisions += 1;
    }
    decisions += 3;
  }
  return decisions;
}

export async function run(): Promise<void> {
  const large = fullCluster(10_000);
  const small = fullCluster(100);
  await runBench({
    bench: "sim-schedule",
    ours: () => decideALot(large),
    peer: () => decideALot(small),
    peerName: "the same with 100 servers",
    unit: "1/s",
  });
}
