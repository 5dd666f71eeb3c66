/**
 * Tasks, mailboxes and a channel in one process.
 *
 * Run:  npm run example -- 01
 * See:
 *   worker 1 squared 3: 9
 *   worker 1 squared 4: 16
 *   worker 2 squared 3: 9
 *   worker 2 squared 4: 16
 *   all workers are done: 7, 7
 */
import { all, channel, spawn, type Steps, type TaskContext } from "skein";

type Work = number | "stop";

function* worker(task: TaskContext<Work>, name: string): Steps<number> {
  let sum = 0;
  for (;;) {
    const work = yield* task.receive();
    if (work === "stop") return sum;
    console.log(`${name} squared ${work}: ${work * work}`);
    sum += work;
  }
}

const work = channel<Work>("work");
const workers = ["worker 1", "worker 2"].map((name) => spawn(worker, [name]));
for (const one of workers) await work.subscribe(one.ref);
for (const item of [3, 4, "stop"] as const) work.publish(item);
console.log(`all workers are done: ${(await all(workers)).join(", ")}`);
