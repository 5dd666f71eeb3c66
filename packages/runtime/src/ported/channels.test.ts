/** The tutorial's channel programs: one stream of numbers for two tasks, and a chat. */
import { expect, test } from "vitest";
import { all, channel, type Channel, createRuntime, SECOND_MS, spawn, type Steps, type TaskContext } from "../index.ts";
import { VirtualClock, virtualPlatform } from "../testing/index.ts";

const clock = new VirtualClock();
const runtime = createRuntime({ platform: virtualPlatform({ clock }) });

/** Folds the numbers of a channel until its end marker. */
function* fold(
  task: TaskContext<number | "end">,
  numbers: Channel<number | "end">,
  start: number,
  step: (sum: number, n: number) => number,
): Steps<number> {
  yield* numbers.subscribe(task.ref);
  let result = start;
  for (;;) {
    const n = yield* task.receive();
    if (n === "end") break;
    result = step(result, n);
  }
  numbers.unsubscribe(task.ref);
  return result;
}

test("a sum and a product of the numbers of one channel are those of the numbers sent", async () => {
  const sent = [7, 11, 3, 5];
  const main = spawn(
    function* (task: TaskContext) {
      const numbers = channel<number | "end">("sum and product");
      const sum = task.spawn(fold, [numbers, 0, (a, b) => a + b]);
      const product = task.spawn(fold, [numbers, 1, (a, b) => a * b]);
      const delivered: number[] = [];
      // Both have subscribed once the first is with two recipients.
      for (const n of sent) delivered.push(yield* numbers.deliver(n, { subscribers: 2 }));
      numbers.publish("end");
      const results = yield* all([sum, product]);
      return { results, delivered, left: yield* numbers.subscribers() };
    },
    [],
    { runtime },
  );
  expect(await main).toEqual({ results: [26, 1155], delivered: [2, 2, 2, 2], left: 0 });
});

test("a reader of values() sees the same numbers without a mailbox", async () => {
  const main = spawn(
    function* (task: TaskContext) {
      const numbers = channel<number>("values");
      const reading = task.spawn(function* reader() {
        let sum = 0;
        yield* numbers.values().forEach((n) => void (sum += n));
        return sum;
      });
      for (const n of [1, 2, 3, 4]) yield* numbers.deliver(n, { subscribers: 1 });
      yield* numbers.close();
      return yield* reading;
    },
    [],
    { runtime },
  );
  expect(await main).toBe(10);
});

interface Line {
  readonly from: string;
  readonly text: string;
}

/** One who chats: notes what the others say until "bye" is said. */
function* member(task: TaskContext<Line>, name: string, room: Channel<Line>): Steps<readonly string[]> {
  yield* room.subscribe(task.ref);
  const heard: string[] = [];
  for (;;) {
    const { from, text } = yield* task.receive();
    if (text === "bye") return heard;
    if (from !== name) heard.push(`${from}: ${text}`);
  }
}

test("what is typed in one chat appears in the others, and shouting is dropped by the transform", async () => {
  const main = spawn(
    function* (task: TaskContext) {
      const quiet = ({ from, text }: Line): Line | undefined =>
        /[A-Z]/.test(text) && text === text.toUpperCase() ? undefined : { from, text: text.trim() };
      const room = channel<Line>("chat", { transform: quiet });
      const members = ["a", "b", "c"].map((name) => task.spawn(member, [name, room], { name }));
      while ((yield* room.subscribers()) < members.length) yield* task.pause();
      room.publish({ from: "a", text: " hello " });
      room.publish({ from: "b", text: "WHO IS THERE" });
      room.publish({ from: "b", text: "who is there" });
      room.publish({ from: "c", text: "bye" });
      return yield* all(members);
    },
    [],
    { runtime },
  );
  await clock.advance(SECOND_MS);
  expect(await main).toEqual([["b: who is there"], ["a: hello"], ["a: hello", "b: who is there"]]);
});

test("a subscriber that ends is taken off the channel, and the others go on", async () => {
  const main = spawn(
    function* (task: TaskContext) {
      const numbers = channel<number>("leaving");
      function* take(inner: TaskContext<number>, count: number): Steps<readonly number[]> {
        yield* numbers.subscribe(inner.ref);
        const got: number[] = [];
        while (got.length < count) got.push(yield* inner.receive());
        return got;
      }
      const [short, long] = [task.spawn(take, [1]), task.spawn(take, [3])];
      yield* numbers.deliver(1, { subscribers: 2 });
      yield* short;
      const counts = [yield* numbers.deliver(2), yield* numbers.deliver(3)];
      return { counts, long: yield* long };
    },
    [],
    { runtime },
  );
  expect(await main).toEqual({ counts: [1, 1], long: [1, 2, 3] });
});
