/** A whole program: parks so many tasks, wakes and joins them, and prints the most memory it had. `node … ours|async COUNT`. */
import { spawn, type Steps, type Task, type TaskContext } from "skein";

function* park(task: TaskContext<number>, add: number): Steps<number> {
  return (yield* task.receive()) + add;
}

function* main(_task: TaskContext, count: number): Steps<number> {
  const tasks: Task<number, number>[] = [];
  for (let n = 0; n < count; n += 1) tasks.push(spawn(park, [n]));
  yield* _task.pause();
  for (const task of tasks) task.send(1);
  let sum = 0;
  for (const task of tasks) sum += yield* task;
  return sum;
}

async function asyncMain(count: number): Promise<number> {
  const waiting: ((value: number) => void)[] = [];
  const receive = (): Promise<number> => new Promise((resolve) => waiting.push(resolve));
  const body = async (add: number): Promise<number> => (await receive()) + add;
  const results = Array.from({ length: count }, (_, n) => body(n));
  for (const resolve of waiting) resolve(1);
  let sum = 0;
  for (const result of results) sum += await result;
  return sum;
}

const [kind, text] = process.argv.slice(2);
const count = Number(text);
const sum = kind === "ours" ? await spawn(main, [count]) : await asyncMain(count);
if (sum !== (count * (count + 1)) / 2) throw new Error(`the sum is ${sum}`);
// maxRSS is in KiB.
console.log(process.resourceUsage().maxRSS * 1024);
