/** One-way messages from one task to another. */
import { spawn, type Steps, type Task, type TaskContext } from "skein";
import { runBench } from "./harness.ts";

const MESSAGES = 2_000_000;
/** Messages sent before the other task gets its turn; a mailbox holds 10,000. */
const RUN = 1000;

function* take(task: TaskContext<number>): Steps<number> {
  let sum = 0;
  for (let n = 0; n < MESSAGES; n += 1) sum += yield* task.receive();
  return sum;
}

function* give(task: TaskContext, to: Task<number, number>): Steps<void> {
  for (let n = 0; n < MESSAGES; n += 1) {
    to.send(n);
    if (n % RUN === RUN - 1) yield* task.pause();
  }
}

async function ours(): Promise<number> {
  const taker = spawn(take);
  spawn(give, [taker]);
  await taker;
  return MESSAGES;
}

/** What a program does without a library: an array, and a promise when it is empty. */
async function promises(): Promise<number> {
  let wake: (() => void) | undefined;
  let queue: number[] = [];
  const turn = Promise.resolve();
  const taker = (async () => {
    let sum = 0;
    for (let taken = 0; taken < MESSAGES;) {
      if (queue.length === 0) await new Promise<void>((resolve) => (wake = resolve));
      const batch = queue;
      queue = [];
      for (const n of batch) sum += n;
      taken += batch.length;
    }
    return sum;
  })();
  for (let n = 0; n < MESSAGES; n += 1) {
    queue.push(n);
    if (n % RUN === RUN - 1) {
      wake?.();
      await turn;
    }
  }
  wake?.();
  await taker;
  return MESSAGES;
}

export async function run(): Promise<void> {
  await runBench({
    bench: "task-stream",
    ours,
    peer: promises,
    peerName: "array and promise, read in batches",
    unit: "1/s",
  });
}
