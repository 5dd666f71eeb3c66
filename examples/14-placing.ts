/**
 * A scheduler of one's own: the program follows the job's events, and says itself which server each task runs at.
 *
 * Run:  npm run example -- 14    (starts a cluster for as long as it runs)
 * See:
 *   12 tasks ran, each at the server that was chosen for it
 *   no server had a second one before its first had ended
 */
import { connect, type RemoteTaskContext, type ServerId } from "skein";

/** Runs on a server. */
async function work(task: RemoteTaskContext, ms: number): Promise<string> {
  await task.sleep(ms);
  return task.server.id;
}

const TASKS = 12;

await using client = await connect();
await using job = await client.openJob({ name: "own scheduling" });
const { servers } = await client.status();
const free = new Set(servers.filter(({ kind }) => kind === "cpu").map(({ id }) => id));
const chosen = new Map<string, ServerId>();
const running: { at: ServerId; task: ReturnType<typeof start> }[] = [];

const start = (at: ServerId) => job.run(work, [5], { at });

/** Gives each free server a task, while there are any. */
function schedule(): void {
  for (const at of free) {
    if (running.length === TASKS) return;
    const task = start(at);
    running.push({ at, task });
    chosen.set(task.id, at);
    free.delete(at);
  }
}

let order = true;
let ended = 0;
const busy = new Set<ServerId>();
schedule();
for await (const event of job.events.values()) {
  if (event.type === "task.started") {
    order &&= !busy.has(event.server);
    busy.add(event.server);
  }
  if (event.type !== "task.exited" || event.server === undefined) continue;
  busy.delete(event.server);
  free.add(event.server);
  ended += 1;
  schedule();
  if (ended === TASKS) break;
}
let right = 0;
for (const { at, task } of running) if ((await task) === at) right += 1;
console.log(`${right} tasks ran, each at the server that was chosen for it`);
console.log(order ? "no server had a second one before its first had ended" : "WRONG order");
