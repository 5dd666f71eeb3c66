/** The hot swap program: a client and a server that get new code while they run. */
import { expect, test } from "vitest";
import {
  createRuntime,
  SECOND_MS,
  settled,
  type SkeinError,
  spawn,
  type Steps,
  type TaskContext,
  type TaskRef,
  TaskUpgrade,
} from "../index.ts";
import { VirtualClock, virtualPlatform } from "../testing/index.ts";

const clock = new VirtualClock();
const runtime = createRuntime({ platform: virtualPlatform({ clock }) });
const code = (promise: PromiseLike<unknown>): Promise<unknown> =>
  Promise.resolve(promise).then(
    () => "no error",
    (error: SkeinError) => error.code,
  );

interface Question {
  readonly n: number;
  readonly client: TaskRef<string>;
}

/** The version at the start: says what it got. Only a function of its own name may take its place. */
function* server(task: TaskContext<Question>): Steps<void> {
  for (;;) {
    try {
      const { n, client } = yield* task.receive();
      client.send(`${n}`);
    } catch (error) {
      if (!(error instanceof TaskUpgrade) || error.functionName === "server") throw error;
      error.refuse(`${error.functionName} is no server`);
    }
  }
}

/** What two files of new functions would hold. */
const second = ((): { server: typeof server; client: () => Steps<void> } => {
  function* server(task: TaskContext<Question>): Steps<void> {
    for (;;) {
      const { n, client: asker } = yield* task.receive();
      asker.send(`log ${Math.log(n).toFixed(3)}`);
    }
  }
  function* client(): Steps<void> {}
  return { server, client };
})();
const third = (() => {
  function* server(task: TaskContext<Question>, digits: number): Steps<void> {
    for (;;) {
      const { n, client } = yield* task.receive();
      client.send(`sqrt ${Math.sqrt(n).toFixed(digits)}`);
    }
  }
  return { server };
})();

test("after a server got new code its answers are those of the new code", async () => {
  const main = spawn(
    function* (task: TaskContext<string>) {
      const serving = task.spawn(server, [], { background: true });
      const { id } = serving;
      const answers: string[] = [];
      function* ask(...numbers: readonly number[]): Steps<void> {
        for (const n of numbers) serving.send({ n, client: task.ref });
        for (const _ of numbers) answers.push(yield* task.receive());
      }
      yield* ask(3, 4, 5);
      yield* serving.upgrade(second.server);
      yield* ask(42, 44);
      yield* serving.upgrade(third.server, [2]);
      yield* ask(9, 16);
      return { answers, same: serving.id === id, state: serving.state };
    },
    [],
    { runtime },
  );
  await clock.advance(SECOND_MS);
  expect(await main).toEqual({
    answers: ["3", "4", "5", "log 3.738", "log 3.784", "sqrt 3.00", "sqrt 4.00"],
    same: true,
    state: "waiting",
  });
});

test("no message is lost when new code comes between them, and each is answered once, in order", async () => {
  const main = spawn(
    function* (task: TaskContext<string>) {
      const serving = task.spawn(server, [], { background: true });
      const codes: string[] = [];
      function* asking(): Steps<void> {
        for (let n = 1; n <= 100; n += 1) {
          serving.send({ n: n * n, client: task.ref });
          if (n % 3 === 0) yield* task.pause();
        }
      }
      const asker = task.spawn(asking);
      yield* serving.upgrade(second.server);
      yield* task.pause();
      yield* serving.upgrade(third.server, [0]);
      yield* task.pause();
      yield* serving.upgrade(second.server);
      yield* asker;
      while (codes.length < 100) codes.push(yield* task.receive());
      return { codes, more: task.tryReceive() };
    },
    [],
    { runtime },
  );
  await clock.advance(SECOND_MS);
  const { codes, more } = await main;
  const numberIn = (answer: string): number => {
    const [kind, value] = answer.split(" ");
    if (value === undefined) return Math.round(Math.sqrt(Number(kind)));
    return kind === "sqrt" ? Number(value) : Math.round(Math.exp(Number(value) / 2));
  };
  expect(codes.map(numberIn)).toEqual(Array.from({ length: 100 }, (_, at) => at + 1));
  expect(more).toBe(undefined);
  expect(new Set(codes.map((answer) => answer.split(" ").length))).toContain(2);
});

test("a function with a wrong name is refused, and the old code goes on with its messages", async () => {
  const main = spawn(
    function* (task: TaskContext<string>) {
      const serving = task.spawn(server, [], { background: true });
      serving.send({ n: 1, client: task.ref });
      const before = yield* task.receive();
      const [exit] = yield* settled([serving.upgrade(second.client)]);
      serving.send({ n: 2, client: task.ref });
      const after = yield* task.receive();
      // Its own name is taken all the same.
      yield* serving.upgrade(third.server, [0]);
      serving.send({ n: 4, client: task.ref });
      return { exit, answers: [before, after, yield* task.receive()] };
    },
    [],
    { runtime },
  );
  await clock.advance(SECOND_MS);
  const { exit, answers } = await main;
  expect(answers).toEqual(["1", "2", "sqrt 2"]);
  expect(exit).toMatchObject({ type: "failed", error: { code: "UPGRADE_REFUSED" } });
  expect(exit.type === "failed" && exit.error.message).toContain("client is no server");
});

test("a task that is not upgradable is cut only once it is again", async () => {
  const seen: string[] = [];
  function* careful(task: TaskContext<string>): Steps<void> {
    task.upgradable = false;
    seen.push(yield* task.receive(), yield* task.receive());
    task.upgradable = true;
    yield* task.receive();
  }
  function* next(task: TaskContext<string>): Steps<string> {
    return yield* task.receive();
  }
  const task = spawn(careful, [], { runtime });
  await clock.settle();
  const upgrading = task.upgrade(next);
  for (const message of ["a", "b", "c"]) task.send(message);
  await upgrading;
  expect(seen).toEqual(["a", "b"]);
  expect(await task.exit()).toEqual({ type: "returned", value: "c" });
});

test("code that is told may finish what it does before the new code begins", async () => {
  const seen: string[] = [];
  function* old(task: TaskContext<string>): Steps<void> {
    try {
      for (;;) seen.push(yield* task.receive());
    } catch (error) {
      yield* task.sleep(100);
      seen.push("finished");
      throw error;
    }
  }
  function* fresh(task: TaskContext<string>): Steps<string> {
    seen.push("begun");
    return yield* task.receive();
  }
  const task = spawn(old, [], { runtime });
  task.send("x");
  await clock.settle();
  const upgrading = Promise.resolve(task.upgrade(fresh));
  task.send("y");
  await clock.advance(50);
  expect(seen).toEqual(["x"]);
  await clock.advance(50);
  await upgrading;
  expect(seen).toEqual(["x", "finished", "begun"]);
  expect(await task.exit()).toEqual({ type: "returned", value: "y" });
});

test("a task that has ended takes no new code", async () => {
  const task = spawn(function* brief() {}, [], { runtime });
  await clock.settle();
  expect(await code(task.upgrade(second.client))).toBe("TASK_UNKNOWN");
});
