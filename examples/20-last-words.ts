/**
 * Tasks that are cancelled, or whose program is interrupted, still send what they have: they have 5 seconds for it.
 *
 * Run:  npm run example -- 20    (starts a cluster for as long as it runs)
 * See:
 *   cancelled: enough
 *   the one that waits: its last value came
 *   the one that computes: its last value came
 */
import { connect, type RemoteTaskContext, spawn, type Steps, type TaskContext } from "skein";

interface Last {
  readonly who: string;
  readonly value: number;
}

/** Runs on a server: waits again and again. The cancel ends a wait; `finally` runs, and may wait itself. */
function* waiting(task: RemoteTaskContext): Steps<never> {
  let value = 0;
  try {
    for (;;) {
      yield* task.sleep(1);
      value += 1;
    }
  } finally {
    yield* task.client.deliver({ who: "waits", value });
  }
}

/** Runs on a server: never waits, so it looks for a cancel itself; `checkpoint` throws then. */
function* computing(task: RemoteTaskContext): Steps<never> {
  let value = 0;
  try {
    for (;;) {
      task.checkpoint();
      value += 1;
    }
  } finally {
    yield* task.client.deliver({ who: "computes", value });
  }
}

/** Runs here. */
function* lastValue(task: TaskContext<Last>): Steps<Last> {
  return yield* task.receive({ timeoutMs: 10_000 });
}

await using client = await connect();
await using job = await client.openJob({ name: "last words" });
const from = { waits: spawn(lastValue), computes: spawn(lastValue) };
const one = job.run(waiting, [], { kind: "io", client: from.waits.ref });
const other = job.run(computing, [], { client: from.computes.ref });
for await (const event of job.events.values()) if (event.type === "task.started" && event.task === other.id) break;

// What Ctrl-C in your own program would do: process.once("SIGINT", () => void job.close({ cancel: true }))
await one.cancel("enough");
await other.cancel("enough");
const exit = await one.exit();
if (exit.type === "cancelled") console.log(`cancelled: ${String(exit.reason)}`);
for (const task of [from.waits, from.computes]) {
  const { who, value } = await task;
  console.log(`the one that ${who}: its last value ${value > 0 ? "came" : "is missing"}`);
}
