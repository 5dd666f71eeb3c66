/**
 * Tasks that are cancelled, or whose program is interrupted, still send what they have: they have 5 seconds for it.
 *
 * Run:  npm run example -- 20    (starts a cluster for as long as it runs)
 * See:
 *   cancelled: enough
 *   the one that waits: its last value came
 *   the one that computes: its last value came
 */
import { connect, Latch, type RemoteTaskContext, spawn, type Steps, type TaskContext } from "skein";

/** What the tasks send home: that they run, and what they have when they end. */
type News = "runs" | { readonly who: string; readonly last: number };

/** Runs on a server: waits again and again. The cancel ends a wait; `finally` runs, and may wait itself. */
function* waiting(task: RemoteTaskContext): Steps<never> {
  let value = 0;
  yield* task.client.deliver("runs");
  try {
    for (;;) {
      yield* task.sleep(1);
      value += 1;
    }
  } finally {
    yield* task.client.deliver({ who: "waits", last: value });
  }
}

/** Runs on a server: never waits, so it looks for a cancel itself; `checkpoint` throws then. */
function* computing(task: RemoteTaskContext): Steps<never> {
  let value = 0;
  yield* task.client.deliver("runs");
  try {
    for (;;) {
      task.checkpoint();
      value += 1;
    }
  } finally {
    yield* task.client.deliver({ who: "computes", last: value });
  }
}

/** Runs here, for one of them. */
function* lastValue(task: TaskContext<News>, runs: Latch): Steps<string> {
  for (;;) {
    const news = yield* task.receive();
    if (news !== "runs")
      return `the one that ${news.who}: its last value ${Number.isInteger(news.last) ? "came" : "?"}`;
    runs.set();
  }
}

await using client = await connect();
await using job = await client.openJob({ name: "last words" });

async function start(fn: typeof waiting, kind: "cpu" | "io") {
  const runs = new Latch();
  const last = spawn(lastValue, [runs]);
  const task = job.run(fn, [], { kind, client: last.ref });
  await runs.wait();
  return { task, last };
}
const both = [await start(waiting, "io"), await start(computing, "cpu")];

// What Ctrl-C could do in your own program: process.once("SIGINT", () => void job.close({ cancel: true }))
for (const { task } of both) await task.cancel("enough");
const exit = await both[0]?.task.exit();
if (exit?.type === "cancelled") console.log(`cancelled: ${String(exit.reason)}`);
for (const { last } of both) console.log(await last);
