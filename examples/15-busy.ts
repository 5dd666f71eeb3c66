/**
 * A task that computes without ever waiting still gets its messages, and its machine is not taken for lost.
 *
 * Run:  npm run example -- 15    (starts a cluster for as long as it runs)
 * See:
 *   it computes
 *   10 messages were sent meanwhile
 *   it took them when it was done: their sum is 55
 */
import { connect, type RemoteTaskContext, spawn, type Steps, type TaskContext } from "skein";

/** Runs on a server: says that it begins, computes for `ms`, and looks only then at what has come. */
function* compute(task: RemoteTaskContext<number>, ms: number, count: number): Steps<number> {
  yield* task.client.deliver("it computes");
  const end = performance.now() + ms;
  while (performance.now() < end); // one processor is busy, and so is this task's server
  let sum = 0;
  for (let n = 0; n < count; n += 1) sum += yield* task.receive({ timeoutMs: 10_000 });
  return sum;
}

function* first(task: TaskContext<string>): Steps<string> {
  return yield* task.receive();
}

await using client = await connect();
const said = spawn(first);
await using job = await client.openJob({ name: "busy", client: said.ref });
const computing = job.run(compute, [500, 10]);
console.log(await said);
for (let n = 1; n <= 10; n += 1) computing.send(n);
console.log("10 messages were sent meanwhile");
console.log(`it took them when it was done: their sum is ${await computing}`);
