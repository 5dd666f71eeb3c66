/**
 * A channel of temperatures: a transform drops what can't be, a reader iterates, a slow task is waited for.
 *
 * Run:  npm run example -- 03
 * See:
 *   delivered to 2: 21.5
 *   delivered to 2: 22
 *   delivered to 2: 30
 *   the alarm rang at 30
 *   the mean of 3 values is 24.5
 *   2 of 5 jobs at a time: a b c d e
 */
import { all, channel, Semaphore, spawn, type Steps, type Subscribable, type TaskContext } from "skein";

/** Whoever subscribes gets what is published from then on. `values()` is a stream of it that ends with the channel. */
function* mean(_task: TaskContext, temperatures: Subscribable<number>): Steps<string> {
  let sum = 0;
  let count = 0;
  yield* temperatures.values().forEach((degrees) => {
    sum += degrees;
    count += 1;
  });
  return `the mean of ${count} values is ${sum / count}`;
}

/** A task may subscribe its mailbox instead, and receive what it wants to. */
function* alarm(task: TaskContext<number>, temperatures: Subscribable<number>): Steps<number> {
  yield* temperatures.subscribe(task.ref);
  return yield* task.receive({ match: (degrees) => degrees > 25 });
}

const temperatures = channel<number>("temperatures", {
  transform: (degrees) => (degrees > -273.15 ? degrees : undefined),
});
const reading = spawn(mean, [temperatures]);
const ringing = spawn(alarm, [temperatures]);

for (const degrees of [21.5, -300, 22, 30]) {
  // deliver waits for two subscribers, then until each of them has the value. publish would not wait at all.
  const recipients = await temperatures.deliver(degrees, { subscribers: 2 });
  if (recipients > 0) console.log(`delivered to ${recipients}: ${degrees}`);
}
console.log(`the alarm rang at ${await ringing}`);
await temperatures.close();
console.log(await reading);

// A semaphore lets so many in at a time, in the order in which they asked.
const slots = new Semaphore(2);
const done: string[] = [];
function* job(task: TaskContext, name: string): Steps<void> {
  using _slot = yield* slots.acquire();
  yield* task.sleep(5);
  done.push(name);
} // the slot is given back here, however the job ends

await all(["a", "b", "c", "d", "e"].map((name) => spawn(job, [name])));
console.log(`2 of 5 jobs at a time: ${done.join(" ")}`);
