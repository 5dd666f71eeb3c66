/**
 * Live analytics: a thousand prices are streamed to two tasks on servers; one sends signals back, the other keeps the books.
 *
 * Run:  npm run example -- 19    (starts a cluster for as long as it runs)
 * See:
 *   1000 prices, 13 signals
 *   the first: price 29 is above its average
 *   the signals are those that we would have found here
 *   the books: 1000 prices from 97.7 to 149.8
 */
import { channel, connect, type RemoteTaskContext, spawn, type Steps, type TaskContext } from "skein";

interface Signal {
  readonly index: number;
  readonly side: "above" | "below";
}

interface Books {
  readonly count: number;
  readonly low: number;
  readonly high: number;
}

const WINDOW = 20;

/** Says when a price leaves the band around the average of the last ones, on which side, once each time. */
class Band {
  readonly #last: number[] = [];
  #side: "above" | "below" | undefined;
  #index = 0;

  take(price: number): Signal | undefined {
    const mean = this.#last.reduce((sum, each) => sum + each, 0) / WINDOW;
    const full = this.#last.length === WINDOW;
    const side = !full || Math.abs(price - mean) < 6 ? undefined : price > mean ? "above" : "below";
    const signal: Signal | undefined =
      side !== undefined && side !== this.#side ? { index: this.#index, side } : undefined;
    this.#side = side ?? this.#side;
    this.#index += 1;
    if (this.#last.push(price) > WINDOW) this.#last.shift();
    return signal;
  }
}

/** Runs on a server: sends a signal home as soon as it sees one. */
function* watch(task: RemoteTaskContext<number>): Steps<number> {
  const band = new Band();
  for (let count = 0; ; count += 1) {
    const price = yield* task.receive();
    if (Number.isNaN(price)) return count;
    const signal = band.take(price);
    if (signal !== undefined) yield* task.client.deliver(signal);
  }
}

/** Runs on a server: keeps the books. */
function* keep(task: RemoteTaskContext<number>): Steps<Books> {
  let books: Books = { count: 0, low: Infinity, high: -Infinity };
  for (;;) {
    const price = yield* task.receive();
    if (Number.isNaN(price)) return books;
    const { count, low, high } = books;
    books = { count: count + 1, low: Math.min(low, price), high: Math.max(high, price) };
  }
}

/** Runs here: the signals as they come. */
function* collect(task: TaskContext<Signal | "end">): Steps<readonly Signal[]> {
  const signals: Signal[] = [];
  for (;;) {
    const message = yield* task.receive();
    if (message === "end") return signals;
    signals.push(message);
  }
}

/** Prices that wander, the same in each run. */
function makePrices(count: number): number[] {
  let price = 100;
  let seed = 7;
  return Array.from({ length: count }, () => {
    seed = (seed * 16_807) % 2_147_483_647;
    price += 4 * (seed / 2_147_483_647 - 0.5);
    return price;
  });
}

await using client = await connect();
const collecting = spawn(collect);
await using job = await client.openJob({ name: "analytics", client: collecting.ref });
const prices = channel<number>("prices");
// Both wait most of the time: as I/O tasks they need no server for themselves.
const watching = job.run(watch, [], { kind: "io" });
const keeping = job.run(keep, [], { kind: "io" });
await prices.subscribe(watching.ref);
await prices.subscribe(keeping.ref);

const all = makePrices(1000);
for (const price of all) await prices.deliver(price, { subscribers: 2 }); // waits for both: the slower one sets the pace
await prices.deliver(Number.NaN, { subscribers: 2 });
const count = await watching;
collecting.send("end");
const signals = await collecting;

console.log(`${count} prices, ${signals.length} signals`);
const [first] = signals;
if (first !== undefined) console.log(`the first: price ${first.index} is ${first.side} its average`);
const here = new Band();
const expected = all.flatMap((price) => here.take(price) ?? []);
console.log(
  `the signals are ${JSON.stringify(signals) === JSON.stringify(expected) ? "those" : "NOT those"} that we would have found here`,
);
const books = await keeping;
console.log(`the books: ${books.count} prices from ${books.low.toFixed(1)} to ${books.high.toFixed(1)}`);
