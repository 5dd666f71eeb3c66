/** Messages by category: a task takes those of one kind first, the others stay in order. */
import { expect, test } from "vitest";
import { createRuntime, SECOND_MS, spawn, type Steps, type TaskContext } from "../index.ts";
import { VirtualClock, virtualPlatform } from "../testing/index.ts";

const clock = new VirtualClock();
const runtime = createRuntime({ platform: virtualPlatform({ clock }) });

type Message =
  | { readonly kind: "low"; readonly n: number }
  | { readonly kind: "high"; readonly n: number }
  | { readonly kind: "end" };

const isKind =
  <K extends Message["kind"]>(kind: K) =>
  (message: Message): message is Extract<Message, { kind: K }> =>
    message.kind === kind;

test("messages of one category are taken first, each category in its order, and nothing is lost", async () => {
  function* worker(task: TaskContext<Message>): Steps<readonly string[]> {
    const log: string[] = [];
    for (;;) {
      // What is urgent first, without waiting; then whatever is oldest.
      const urgent = yield* task.receive({ match: isKind("high"), timeoutMs: 0, else: undefined });
      const message = urgent ?? (yield* task.receive());
      if (message.kind === "end") return log;
      log.push(`${message.kind} ${message.n}`);
      yield* task.pause();
    }
  }
  const task = spawn(worker, [], { runtime });
  for (const n of [1, 2, 3]) {
    task.send({ kind: "low", n });
    task.send({ kind: "high", n });
  }
  task.send({ kind: "end" });
  await clock.advance(SECOND_MS);
  expect(await task).toEqual(["high 1", "high 2", "high 3", "low 1", "low 2", "low 3"]);
});

test("a task that waits for one category is not woken by another, and finds it later", async () => {
  const task = spawn(
    function* (task: TaskContext<Message>) {
      const end = yield* task.receive({ match: isKind("end") });
      const rest: number[] = [];
      for (let n = 0; n < 2; n += 1) rest.push((yield* task.receive({ match: isKind("low") })).n);
      return [end.kind, ...rest];
    },
    [],
    { runtime },
  );
  task.send({ kind: "low", n: 1 });
  task.send({ kind: "low", n: 2 });
  await clock.settle();
  expect(task.state).toBe("waiting");
  task.send({ kind: "end" });
  await clock.settle();
  expect(await task).toEqual(["end", 1, 2]);
});

test("a wait for a category ends in time, and the messages of the others are still there", async () => {
  const task = spawn(
    function* (task: TaskContext<Message>) {
      const none = yield* task.receive({ match: isKind("high"), timeoutMs: 100, else: "none" as const });
      const low = yield* task.receive();
      return [none, low];
    },
    [],
    { runtime },
  );
  task.send({ kind: "low", n: 7 });
  await clock.advance(SECOND_MS);
  expect(await task).toEqual(["none", { kind: "low", n: 7 }]);
});
