/**
 * A supervisor restarts a task that fails, a monitor tells of an end, and a running task gets new code.
 *
 * Run:  npm run example -- 04
 * See:
 *   till 1 is open
 *   sold bread for 3
 *   till 2 is open
 *   sold milk for 2
 *   new code: milk costs 2.20 with tax
 *   the shop was closed: cancelled (it is six)
 */
import { type Exit, locate, MINUTE_MS, spawn, type Steps, supervise, type TaskContext, type TaskRef } from "skein";

interface Sale {
  readonly what: string;
  readonly price: number;
  readonly customer: TaskRef<string>;
}

let opened = 0;

/** Fails on what it can't sell; its supervisor opens another in its place, under the same name. */
function* till(task: TaskContext<Sale>): Steps<void> {
  opened += 1;
  console.log(`till ${opened} is open`);
  for (;;) {
    const { what, price, customer } = yield* task.receive();
    if (Number.isNaN(price)) throw new Error(`${what} has no price`);
    customer.send(`sold ${what} for ${price}`);
  }
}

function* tillWithTax(task: TaskContext<Sale>, tax: number): Steps<void> {
  for (;;) {
    const { what, price, customer } = yield* task.receive();
    customer.send(`new code: ${what} costs ${(price * (1 + tax)).toFixed(2)} with tax`);
  }
}

function* shopper(task: TaskContext<string | Exit<unknown>>): Steps<void> {
  const buy = (at: TaskRef<Sale>, what: string, price: number): void => at.send({ what, price, customer: task.ref });
  // A name is found as soon as somebody has it, here or on another machine.
  const first = yield* locate<TaskRef<Sale>>("till");
  buy(first, "bread", 3);
  console.log(yield* task.receive());

  // A monitor: the end of the first till arrives as a message.
  task.monitor(first, (exit) => exit);
  buy(first, "an unknown fruit", Number.NaN);
  yield* task.receive();

  // The reference was to the task that failed: the name leads to its successor.
  const second = yield* locate<TaskRef<Sale>>("till");
  buy(second, "milk", 2);
  console.log(yield* task.receive());

  // New code for the running task: it keeps its name, its mailbox and its monitors.
  yield* second.upgrade(tillWithTax, [0.1]);
  buy(second, "milk", 2);
  console.log(yield* task.receive());
}

const shop = supervise({
  name: "shop",
  strategy: "one-for-one",
  intensity: { restarts: 3, withinMs: MINUTE_MS },
  children: [{ name: "till", start: till, restart: "on-failure" }],
});
await spawn(shopper);
await shop.cancel("it is six");
const exit = await shop.exit();
console.log(`the shop was closed: ${exit.type}${exit.type === "cancelled" ? ` (${String(exit.reason)})` : ""}`);
