import { expect, expectTypeOf, test } from "vitest";
import { type Effect, type Operation } from "../contracts/operation.ts";
import { type TaskContext } from "../task/context.ts";
import { type ResultStream } from "../message/service.ts";
import { all } from "../task/combine.ts";
import { type Client } from "./client.ts";
import { type Job } from "./job.ts";
import { type ModuleStubs, moduleStubs, type PlainStub, type TaskStub } from "./module.ts";
import { type RemoteTaskContext, type SetupContext } from "./remote-context.ts";
import { type RemoteTask } from "./remote-task.ts";

interface Tasks {
  work: (task: TaskContext<{ add: number }>, n: number, label: string) => Generator<Effect, string, unknown>;
  fetchIt: (task: TaskContext, url: string) => Promise<number>;
  remote: (task: RemoteTaskContext<"go">) => number;
  square: (x: number) => number;
  ping: () => string;
  optional: (x?: number) => boolean;
  anything: (x: unknown) => 1;
  // oxlint-disable-next-line typescript/no-explicit-any -- functions of untyped modules
  loose: (task: TaskContext) => any;
  forever: (task: TaskContext) => never;
  ticks: (task: TaskContext) => AsyncGenerator<number>;
  LIMIT: 3;
}
type Stubs = ModuleStubs<Tasks>;

test("stubs have `run` for task functions and `call` for plain ones, with their arguments, results and messages", () => {
  expectTypeOf<keyof Stubs>().toEqualTypeOf<
    "work" | "fetchIt" | "remote" | "square" | "ping" | "optional" | "anything" | "loose" | "forever" | "ticks"
  >();
  expectTypeOf<Stubs["work"]>().toEqualTypeOf<TaskStub<[n: number, label: string], string, { add: number }>>();
  expectTypeOf<Stubs["fetchIt"]>().toEqualTypeOf<TaskStub<[url: string], number, never>>();
  expectTypeOf<Stubs["remote"]>().toEqualTypeOf<TaskStub<[], number, "go">>();
  expectTypeOf<Stubs["square"]>().toEqualTypeOf<PlainStub<[x: number], number>>();
  expectTypeOf<Stubs["anything"]>().toEqualTypeOf<PlainStub<[x: unknown], 1>>();
  expectTypeOf<Stubs["forever"]>().toEqualTypeOf<TaskStub<[], never, never>>();
  expectTypeOf<Stubs["loose"]>().toHaveProperty("run");
  expectTypeOf<Stubs["ticks"]>().toExtend<`an async function* can't ${string}`>();
  expectTypeOf<Stubs["ping"]>().toHaveProperty("run");
  expectTypeOf<Stubs["ping"]>().toHaveProperty("call");
  expectTypeOf<ReturnType<Stubs["work"]["run"]>>().toEqualTypeOf<RemoteTask<string, { add: number }>>();
});

/** Never called: its types are what is looked at. */
export function use(job: Job, m: Stubs): void {
  expectTypeOf(m.square.call([3])).toExtend<Operation<number>>();
  expectTypeOf(m.optional.call()).toEqualTypeOf<RemoteTask<boolean>>();
  expectTypeOf(m.optional.call([1], { retries: 1 })).toEqualTypeOf<RemoteTask<boolean>>();
  expectTypeOf(m.work.run([1, "a"]).send)
    .parameter(0)
    .toEqualTypeOf<{ add: number }>();
  expectTypeOf(all([m.square.call([1]), m.ping.call()])).toExtend<Operation<[number, string]>>();
  const started = job.run(
    function* (task: TaskContext<number>, label: string) {
      const n = yield* task.receive();
      return `${label}${n}`;
    },
    ["x"],
  );
  expectTypeOf(started).toEqualTypeOf<RemoteTask<string, number>>();
  expectTypeOf(job.run(async (task) => task.node.name)).toEqualTypeOf<RemoteTask<string>>();
  // @ts-expect-error a wrong argument
  m.square.call(["3"]);
  // @ts-expect-error missing arguments
  m.work.run();
  // @ts-expect-error a constant is no function
  expect(m.LIMIT).toBeDefined();
  // @ts-expect-error a wrong message
  m.work.run([1, "a"]).send({ add: "1" });
  // @ts-expect-error a plain yield
  job.run(function* (task: TaskContext) {
    yield task.sleep(1);
  });
}

interface Stateful {
  counts: (task: RemoteTaskContext<never, { count: number }>) => number;
  emits: (task: RemoteTaskContext<"stop", unknown, string>, n: number) => Promise<boolean>;
}

/** Never called: what a job's set-up gives is the state of its tasks. */
export async function useState(client: Client, url: URL): Promise<void> {
  const job = await client.openJob({
    nodeSetup: () => new Map<string, number>(),
    serverSetup: async (task, table) => {
      expectTypeOf(table).toEqualTypeOf<Map<string, number>>();
      return { count: table.size, where: task.node.name };
    },
  });
  expectTypeOf(job).toEqualTypeOf<Job<{ count: number; where: string }>>();
  expectTypeOf(job.run((task: RemoteTaskContext<never, { count: number }>) => task.state.count)).toEqualTypeOf<
    RemoteTask<number>
  >();
  job.run((task) => {
    expectTypeOf(task.state).toEqualTypeOf<{ count: number; where: string }>();
  });
  job.run((task: TaskContext, n: number) => [task.name, n], [1]);
  // @ts-expect-error made for another state
  job.run((task: RemoteTaskContext<never, { count: string }>) => task.state.count);
  const m = await job.module<Stateful>(url);
  expectTypeOf(m.counts.run()).toEqualTypeOf<RemoteTask<number>>();
  expectTypeOf(m.emits.stream([1])).toEqualTypeOf<ResultStream<string, boolean, "stop">>();
  const plain = await client.openJob();
  expectTypeOf(plain).toEqualTypeOf<Job<undefined>>();
  // @ts-expect-error there is no state
  plain.run((task: RemoteTaskContext<never, { count: number }>) => task.state.count);
  expectTypeOf((await plain.module<Stateful>(url)).counts).toExtend<`this function is for jobs ${string}`>();
  const emitted = job.stream(
    function* (task: RemoteTaskContext<never, unknown, number>, n: number) {
      yield* task.emit(n);
      return "done";
    },
    [1],
  );
  expectTypeOf(emitted).toEqualTypeOf<ResultStream<number, string>>();
  const set = await client.openJob({
    setupArgs: ["a", 1],
    nodeSetup: (task: SetupContext, name: string, n: number) => `${task.files} ${name} ${n}`,
    serverSetup: (_task: SetupContext, text: string, name: string) => [text, name],
  });
  expectTypeOf(set).toEqualTypeOf<Job<string[]>>();
  // @ts-expect-error serverSetup wants what nodeSetup doesn't give
  await client.openJob({ nodeSetup: () => 1, serverSetup: (_task: SetupContext, text: string) => text });
}

test("stubs start what their module exports, by name", () => {
  const started: unknown[] = [];
  const start = (...what: unknown[]): RemoteTask<unknown> => {
    started.push(what);
    // Nothing is done with it here.
    return {} as RemoteTask<unknown>;
  };
  // What moduleStubs makes of these names.
  const stubs = moduleStubs("tasks.ts", ["square", "work"], start) as unknown as Stubs;
  stubs.square.call([3], { retries: 2 });
  stubs.work.run([1, "a"]);
  expect(started).toEqual([
    ["square", "call", [3], { retries: 2 }],
    ["work", "run", [1, "a"], undefined],
  ]);
});

test("a stub of a name that the module does not export says what it exports", async () => {
  // A program in JavaScript, or one whose module has changed.
  const stubs = moduleStubs("tasks.ts", ["square", "work"], () => undefined) as Record<string, unknown>;
  expect(() => stubs["sqare"]).toThrow(
    expect.objectContaining({
      code: "CODE_UNKNOWN",
      message: "tasks.ts exports no sqare",
      hint: "did you mean square? it exports square, work",
    }),
  );
  expect("sqare" in stubs).toBe(false);
  expect(Object.keys(stubs)).toEqual(["square", "work"]);
  expect(await Promise.resolve(stubs)).toBe(stubs); // it is asked whether it is a promise
  expect(JSON.stringify(stubs)).toBe('{"square":{},"work":{}}');
});
