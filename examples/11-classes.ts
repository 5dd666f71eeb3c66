/**
 * Instances of one's own classes as messages, to a task on a server and back.
 *
 * Run:  npm run example -- 11    (starts a cluster for as long as it runs)
 * See:
 *   Prague: 31 °C is hot
 *   Prague: 34 °C is hot
 *   a Summary: Prague, 3 readings, 31.3 °C on average
 */
import { connect, type RemoteTaskContext, spawn, type Steps, type TaskContext } from "skein";

class Reading {
  readonly place: string;
  readonly celsius: number;

  constructor(place: string, celsius: number) {
    this.place = place;
    this.celsius = celsius;
  }

  get hot(): boolean {
    return this.celsius > 30;
  }
}

class Summary {
  readonly place: string;
  readonly count: number;
  readonly mean: number;

  constructor(place: string, readings: readonly Reading[]) {
    this.place = place;
    this.count = readings.length;
    this.mean = readings.reduce((sum, { celsius }) => sum + celsius, 0) / readings.length;
  }

  toString(): string {
    return `${this.place}, ${this.count} readings, ${this.mean.toFixed(1)} °C on average`;
  }
}

/** Runs on a server: takes readings while it runs, sends the hot ones home, and ends with a summary. */
function* summarise(task: RemoteTaskContext<Reading | "end">, place: string): Steps<Summary> {
  const readings: Reading[] = [];
  for (;;) {
    const message = yield* task.receive();
    if (message === "end") return new Summary(place, readings);
    readings.push(message);
    if (message.hot) task.client.send(message); // `hot` is the class's own getter: it is an instance there, too
  }
}

/** Runs here: what the task sends home. */
function* alarm(task: TaskContext<Reading>): Steps<void> {
  for (let count = 0; count < 2; count += 1) {
    const { place, celsius } = yield* task.receive();
    console.log(`${place}: ${celsius} °C is hot`);
  }
}

await using client = await connect();
const alarms = spawn(alarm);
// The classes among a job's functions are registered on both sides.
await using job = await client.openJob({
  name: "weather",
  functions: [Reading, Summary, summarise],
  client: alarms.ref,
});
const prague = job.run(summarise, ["Prague"]);
for (const celsius of [31, 29, 34]) prague.send(new Reading("Prague", celsius));
await alarms;
prague.send("end");
const summary = await prague;
console.log(`a ${summary instanceof Summary ? "Summary" : "plain object"}: ${summary.toString()}`);
