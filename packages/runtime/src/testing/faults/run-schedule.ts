/** Runs one schedule of faults, made of its seed, and checks what happened. */
import { MINUTE_MS } from "../../units.ts";
import type { TaskContext } from "../../task/context.ts";
import { seededRandom } from "../seeded-random.ts";
import { simulate } from "../simulator/simulate.ts";
import type { TraceSink } from "../simulator/trace.ts";
import type { SimulatedPeerOptions, World } from "../simulator/types.ts";
import { checkHistory } from "./check-history.ts";
import { type Fault, type FaultPlan, faultPlan } from "./fault-plan.ts";
import type { HistoryEvent, Violation } from "./history.ts";
import { TASK_COSTS_MS, tasks } from "./job-runs.ts";
import { Workload } from "./workload.ts";

/** After the last fault: longer than silence is taken for loss, and connecting again takes. */
const QUIET_MS = 120_000;
/** After that, for the last answers. */
const LAST_MS = 45_000;
/** No schedule takes longer, unless somebody waits for ever. */
const LIMIT_MS = 15 * MINUTE_MS;
/** How far a wall clock jumps at most: less than clocks may differ. */
const CLOCK_MOST_MS = 100_000;
/** Keeps the plan's numbers apart from the world's. */
const PLAN_MIX = 0x85ebca6b;

/** What a schedule came to. */
export interface ScheduleOutcome {
  readonly seed: number;
  readonly violations: readonly Violation[];
  /** What stands in the plan, for people. */
  readonly plan: string;
  readonly history: readonly HistoryEvent[];
  /** The same for the same seed. */
  readonly digest: string;
  readonly virtualMs: number;
  /** Peers of it, for the pace: peer-seconds are these times the virtual seconds. */
  readonly peers: number;
  /** Lines of the trace. */
  readonly events: number;
}

/**
 * Runs the schedule of `seed`: two to five peers that send, deliver, call, monitor and look each other up, while
 * connections break, peers crash, freeze and lose each other; then everything is healed, and the history is checked.
 *
 * @throws what the simulation threw: an error that nobody handled, or a peer that could not join
 * @example
 * const { violations } = await runSchedule(4711);
 */
export async function runSchedule(seed: number, onTrace?: TraceSink): Promise<ScheduleOutcome> {
  const plan = faultPlan(seededRandom(Math.imul(seed, PLAN_MIX) >>> 0));
  const names = Array.from({ length: plan.peers }, (_, index) => String.fromCharCode(97 + index));
  const workload = new Workload(names, plan);
  const peers: Record<string, SimulatedPeerOptions<never>> = {};
  for (const name of names) {
    const kept = names.filter((other) => other !== name && (plan.mesh || other === names[0]));
    const others = kept.map((other) => `/memory/${other}`);
    const servers = plan.job && name === names[1] ? 1 : 0;
    peers[name] = { run: workload.program(name), servers, options: { peers: others } };
  }
  const { latencyMs, lossShare, transports } = plan;
  const options = {
    seed,
    peers,
    limitMs: LIMIT_MS,
    network: { latencyMs, lossShare, transports },
    ...(onTrace === undefined ? {} : { onTrace }),
  };
  return await simulate(options, async (world) => {
    if (plan.job) startJob(world, workload, names);
    await Promise.all(plan.faults.map((fault) => inflict(world, workload, names, fault, plan)));
    if (world.now() < plan.busyMs) await world.advance(plan.busyMs - world.now());
    for (const name of names) world.thaw(name);
    world.heal();
    workload.calmDown();
    workload.record(world.now(), { type: "healed" });
    await world.advance(QUIET_MS);
    await reachAll(world, workload, names);
    await world.advance(LAST_MS);
    return {
      seed,
      violations: checkHistory(workload.history),
      plan: described(plan, names),
      history: workload.history,
      digest: world.trace.digest,
      virtualMs: world.now(),
      peers: plan.peers,
      events: world.trace.length,
    };
  });
}

/** The plan of a seed as text. */
export function described(plan: FaultPlan, names: readonly string[]): string {
  const faults = plan.faults.map(({ kind, atMs, forMs, a, b }) => {
    return `  ${(atMs / 1000).toFixed(1)} s ${kind} ${names[a] ?? ""} ${names[b] ?? ""} for ${(forMs / 1000).toFixed(1)} s`;
  });
  const { peers, busyMs, latencyMs, lossShare, transports, large, mesh, job, paceMs } = plan;
  const network =
    `${transports.join(" and ")}, ${latencyMs.join(" to ")} ms, ${Math.round(lossShare * 100)} % lost, ` +
    `every ${paceMs} ms${large ? ", some values large" : ""}${mesh ? "" : ", connected on demand"}${job ? ", a job" : ""}`;
  return [`${peers} peers, ${(busyMs / 1000).toFixed(0)} s, ${network}`, ...faults].join("\n");
}

/** A client at the last peer; it goes with its process, without a word. */
function startJob(world: World, workload: Workload, names: readonly string[]): void {
  const name = names.at(-1) ?? "";
  const url = world.module("tasks", tasks, TASK_COSTS_MS);
  const one = world.peer(name);
  const { client } = one;
  void one.spawn((task: TaskContext) => workload.job(task, name, client, url)).exit();
}

async function inflict(
  world: World,
  workload: Workload,
  names: readonly string[],
  fault: Fault,
  plan: FaultPlan,
): Promise<void> {
  const { kind, atMs, forMs, chance } = fault;
  const [a = "", b = ""] = [names[fault.a], names[fault.b]];
  await world.advance(atMs);
  workload.record(world.now(), { type: "fault", kind });
  const life = workload.lifeOf(a);
  switch (kind) {
    case "partition":
    case "one-way":
      world.partition(a, b, { oneWay: kind === "one-way" });
      await world.advance(forMs);
      world.heal(a, b);
      return;
    case "cut":
    case "half-cut":
      world.cut(a, b, { oneEnd: kind === "half-cut" });
      return;
    case "crash":
      // One that crashed already may be on its way up.
      if (!world.peer(a).running || life === undefined) return;
      workload.record(world.now(), { type: "crashed", life });
      world.crash(a, { keepDisk: fault.a === 0 || chance < 0.7, silent: chance * 10 - Math.floor(chance * 10) < 0.5 });
      await world.advance(forMs);
      await world.restart(a);
      return;
    case "freeze":
      if (!world.peer(a).running || life === undefined) return;
      workload.record(world.now(), { type: "frozen", life });
      world.freeze(a);
      await world.advance(forMs);
      world.thaw(a);
      workload.record(world.now(), { type: "thawed", life });
      return;
    case "clock": {
      const jumpMs = Math.round((chance * 2 - 1) * CLOCK_MOST_MS);
      world.jumpClock(a, jumpMs);
      await world.advance(forMs);
      world.jumpClock(a, -jumpMs);
      return;
    }
    case "server":
      // Where there is a job, the second peer is its node.
      if (plan.job && names[1] !== undefined) world.killServer(names[1], 1);
      return;
    case "slow":
      world.shape(a, b, { latencyMs: 100 + chance * 1500, lossShare: chance / 2 });
      await world.advance(forMs);
      world.shape(a, b, { latencyMs: plan.latencyMs, lossShare: plan.lossShare });
      return;
    default:
      kind satisfies never;
  }
}

async function reachAll(world: World, workload: Workload, names: readonly string[]): Promise<void> {
  const tries: PromiseLike<void>[] = [];
  for (const name of names) {
    for (const other of names) {
      if (other === name) continue;
      tries.push(world.peer(name).spawn((task: TaskContext) => workload.reach(task, name, other)));
    }
  }
  await Promise.all(tries);
}
