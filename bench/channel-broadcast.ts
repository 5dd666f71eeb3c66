/** Deliveries of a channel with a thousand subscribers, beside an EventTarget with a thousand listeners. */
import { all, channel, spawn, type Steps, type TaskContext } from "skein";
import { runBench } from "./harness.ts";

const SUBSCRIBERS = 1000;
const VALUES = 2000;

function* listen(task: TaskContext<number>): Steps<number> {
  let sum = 0;
  for (let n = 0; n < VALUES; n += 1) sum += yield* task.receive();
  return sum;
}

function* talk(task: TaskContext): Steps<void> {
  const news = channel<number>("news");
  const listeners = Array.from({ length: SUBSCRIBERS }, () => task.spawn(listen));
  yield* all(listeners.map((listener) => news.subscribe(listener.ref)));
  for (let n = 0; n < VALUES; n += 1) {
    news.publish(n);
    yield* task.pause();
  }
  yield* all(listeners);
}

async function ours(): Promise<number> {
  await spawn(talk);
  return VALUES * SUBSCRIBERS;
}

function eventTarget(): number {
  const target = new EventTarget();
  let sum = 0;
  for (let n = 0; n < SUBSCRIBERS; n += 1) target.addEventListener("news", () => (sum += n));
  for (let n = 0; n < VALUES; n += 1) target.dispatchEvent(new Event("news"));
  return VALUES * SUBSCRIBERS;
}

export async function run(): Promise<void> {
  await runBench({ bench: "channel-broadcast", ours, peer: eventTarget, peerName: "EventTarget", unit: "1/s" });
}
