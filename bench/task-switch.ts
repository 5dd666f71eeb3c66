/** Switches between ready tasks: one alone, and a thousand in turn. */
import { action, run as runEffection, spawn as spawnEffection } from "effection";
import { all, spawn, type Steps, type TaskContext } from "skein";
import { switchFibers } from "./effect.ts";
import { runBench } from "./harness.ts";

const SWITCHES = 2_000_000;
const TASKS = 1000;
const EFFECTION_SWITCHES = 200_000;

function* pauses(task: TaskContext, count: number): Steps<void> {
  for (let n = 0; n < count; n += 1) yield* task.pause();
}

async function ours(tasks: number): Promise<number> {
  const count = SWITCHES / tasks;
  await all(Array.from({ length: tasks }, () => spawn(pauses, [count])));
  return SWITCHES;
}

async function effection(tasks: number): Promise<number> {
  const count = EFFECTION_SWITCHES / tasks;
  await runEffection(function* () {
    const running = [];
    for (let task = 0; task < tasks; task += 1) {
      running.push(
        yield* spawnEffection(function* () {
          for (let n = 0; n < count; n += 1) {
            yield* action<void>((resolve) => {
              resolve();
              return () => undefined;
            });
          }
        }),
      );
    }
    for (const task of running) yield* task;
  });
  return EFFECTION_SWITCHES;
}

async function promises(tasks: number): Promise<number> {
  const count = SWITCHES / tasks;
  const turn = Promise.resolve();
  const body = async (): Promise<void> => {
    for (let n = 0; n < count; n += 1) await turn;
  };
  await Promise.all(Array.from({ length: tasks }, body));
  return SWITCHES;
}

export async function run(): Promise<void> {
  for (const tasks of [1, TASKS]) {
    const bench = tasks === 1 ? "task-switch" : `task-switch-${tasks}`;
    await runBench({
      bench,
      ours: () => ours(tasks),
      peer: () => effection(tasks),
      peerName: "effection 4",
      unit: "1/s",
    });
    await runBench({
      bench,
      ours: () => ours(tasks),
      peer: () => switchFibers(tasks, EFFECTION_SWITCHES),
      peerName: "effect 4",
      unit: "1/s",
    });
    await runBench({
      bench,
      ours: () => ours(tasks),
      peer: () => promises(tasks),
      peerName: "await in async functions",
      unit: "1/s",
    });
  }
}
