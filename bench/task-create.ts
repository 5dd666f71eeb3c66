/** Creating and parking tasks. */
import { run as runEffection, spawn as spawnEffection, suspend } from "effection";
import { createRuntime, spawn, type Steps, type TaskContext } from "skein";
import { createFibers } from "./effect.ts";
import { runBench } from "./harness.ts";

const TASKS = 100_000;
const EFFECTION_TASKS = 10_000;

function* park(task: TaskContext<number>, parked: { count: number; done: () => void }): Steps<void> {
  parked.count += 1;
  if (parked.count === TASKS) parked.done();
  yield* task.receive();
}

async function ours(): Promise<number> {
  // Left as they are: a runtime that nobody holds goes with its tasks.
  const runtime = createRuntime();
  await new Promise<void>((done) => {
    const parked = { count: 0, done };
    for (let n = 0; n < TASKS; n += 1) spawn(park, [parked], { runtime });
  });
  return TASKS;
}

async function effection(): Promise<number> {
  const main = runEffection(function* () {
    for (let n = 0; n < EFFECTION_TASKS; n += 1) {
      yield* spawnEffection(function* () {
        yield* suspend();
      });
    }
  });
  await main;
  return EFFECTION_TASKS;
}

export async function run(): Promise<void> {
  await runBench({ bench: "task-create", ours, peer: effection, peerName: "effection 4", unit: "1/s" });
  await runBench({ bench: "task-create", ours, peer: () => createFibers(TASKS), peerName: "effect 4", unit: "1/s" });
}
