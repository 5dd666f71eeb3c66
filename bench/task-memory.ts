/** Heap per parked task: ours waiting in `receive`, effection's in `suspend`. */
import { run as runEffection, spawn as spawnEffection, suspend } from "effection";
import { createRuntime, type Runtime, spawn, type Steps, type TaskContext } from "skein";
import { parkFibers } from "./effect.ts";
import { runBench } from "./harness.ts";

const TASKS = 100_000;
/** Effection's are large: fewer say the same. */
const EFFECTION_TASKS = 20_000;

function* park(task: TaskContext<number>, add: number): Steps<number> {
  return (yield* task.receive()) + add;
}

async function parkAsync(task: TaskContext<number>, add: number): Promise<number> {
  return (await task.receive()) + add;
}

function heapBytes(): number {
  for (let pass = 0; pass < 4; pass += 1) globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}

const hostTurn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 20));

/** Until every task waits: a busy machine starts them over several turns. */
async function untilParked(runtime: Runtime): Promise<void> {
  while (runtime.engine.queued > 0) await hostTurn();
  for (let turn = 0; turn < 3; turn += 1) await hostTurn();
}

async function ours(fn: typeof park | typeof parkAsync): Promise<number> {
  await using runtime = createRuntime();
  const before = heapBytes();
  // The runtime keeps them; the handles are let go, as a server does that spawns a task per connection.
  for (let n = 0; n < TASKS; n += 1) spawn(fn as typeof park, [n], { runtime });
  await untilParked(runtime);
  return (heapBytes() - before) / TASKS;
}

async function effection(): Promise<number> {
  const before = heapBytes();
  const main = runEffection(function* () {
    for (let n = 0; n < EFFECTION_TASKS; n += 1) {
      yield* spawnEffection(function* () {
        yield* suspend();
      });
    }
    yield* suspend();
  });
  main.catch(() => undefined);
  await hostTurn();
  const bytes = (heapBytes() - before) / EFFECTION_TASKS;
  await main.halt();
  return bytes;
}

async function effect(): Promise<number> {
  const before = heapBytes();
  const end = await parkFibers(TASKS);
  const bytes = (heapBytes() - before) / TASKS;
  await end();
  return bytes;
}

async function plainAsync(): Promise<number> {
  const before = heapBytes();
  const waiting: ((value: number) => void)[] = [];
  const receive = (): Promise<number> => new Promise((resolve) => waiting.push(resolve));
  const body = async (add: number): Promise<number> => (await receive()) + add;
  const results: Promise<number>[] = [];
  for (let n = 0; n < TASKS; n += 1) results.push(body(n));
  await hostTurn();
  const bytes = (heapBytes() - before) / TASKS;
  for (const resolve of waiting) resolve(1);
  await Promise.all(results);
  return bytes;
}

export async function run(): Promise<void> {
  await runBench({
    bench: "task-memory",
    ours: () => ours(park),
    peer: effection,
    peerName: "effection 4",
    unit: "bytes",
    rounds: 3,
  });
  await runBench({
    bench: "task-memory",
    ours: () => ours(park),
    peer: effect,
    peerName: "effect 4",
    unit: "bytes",
    rounds: 3,
  });
  await runBench({
    bench: "task-memory-async",
    ours: () => ours(parkAsync),
    peer: plainAsync,
    peerName: "async function on a promise of its own",
    unit: "bytes",
    rounds: 3,
  });
}
