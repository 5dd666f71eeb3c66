/** What the compiler infers and refuses; running it only shows that it loads. */
import { expect, expectTypeOf, test } from "vitest";
import { virtualPlatform } from "../testing/virtual-platform.ts";
import { all, race, settled } from "./combine.ts";
import { contextKey, type TaskContext } from "./context.ts";
import { createRuntime } from "./runtime.ts";
import { spawn } from "./spawn.ts";
import type { TaskRef } from "./task-ref.ts";
import type { Task } from "./types.ts";
import type { Exit } from "../contracts/exit.ts";

const runtime = createRuntime({ platform: virtualPlatform() });
function* add(task: TaskContext<{ add: number }>, start: number, label: string) {
  return `${label}${start + (yield* task.receive()).add}`;
}
const fetched = async (_task: TaskContext, text: string): Promise<number> => text.length;
const plain = (_task: TaskContext, n: number): number => n * n;

test("the results, messages and arguments of tasks are inferred", () => {
  const task = spawn(add, [1, "a"], { runtime });
  expectTypeOf(task).toEqualTypeOf<Task<string, { add: number }>>();
  expectTypeOf(spawn(fetched, ["x"], { runtime })).toEqualTypeOf<Task<number>>();
  expectTypeOf(spawn(plain, [2], { runtime })).toEqualTypeOf<Task<number>>();
  const inline = spawn(
    function* (inner: TaskContext<number>, k: number) {
      const m = yield* inner.receive();
      const [a, b] = yield* all([inner.spawn(plain, [k]), inner.spawn(fetched, ["u"])]);
      expectTypeOf(yield* race([inner.receive(), inner.suspend<string>()])).toEqualTypeOf<number | string>();
      expectTypeOf(yield* settled([inner.receive()])).toEqualTypeOf<[Exit<number>]>();
      expectTypeOf(yield* inner.receive({ timeoutMs: 1, else: "none" as const })).toEqualTypeOf<number | "none">();
      const one = yield* inner.receive({ match: (n): n is 1 => n === 1 });
      expectTypeOf(one).toEqualTypeOf<1>();
      return m + a + b;
    },
    [1],
    { runtime },
  );
  expectTypeOf(inline).toEqualTypeOf<Task<number, number>>();
  const noArgs = spawn(
    function* (inner) {
      yield* inner.sleep(1);
      return "done" as const;
    },
    [],
    { runtime },
  );
  expectTypeOf(noArgs).toEqualTypeOf<Task<"done">>();
  spawn(
    function* (inner: TaskContext<{ type: "exit" } | { type: "go" }>) {
      inner.monitor(inline, () => ({ type: "exit" }));
      return (yield* inner.receive()).type;
    },
    [],
    { runtime },
  );
});

test("wrong messages, arguments and plain yields are refused", () => {
  const task = spawn(add, [1, "a"], { runtime });
  // @ts-expect-error the wrong message
  task.send({ add: "x" });
  // @ts-expect-error the wrong argument
  spawn(add, ["1", "a"], { runtime });
  // @ts-expect-error arguments are missing
  spawn(add, [], { runtime });
  spawn(
    // @ts-expect-error plain yield
    function* (inner: TaskContext) {
      yield inner.sleep(1);
    },
    [],
    { runtime },
  );
});

test("an async generator is refused as a task, by its type and when it is started", () => {
  async function* ticks() {
    yield 1;
  }
  // @ts-expect-error it would never be run
  const start = (): unknown => spawn(ticks, [], { runtime });
  expect(start).toThrow(expect.objectContaining({ code: "OPTION_INVALID", message: expect.stringContaining("ticks") }));
});

test("what is no function is refused as a task, by its type and when it is started", () => {
  // @ts-expect-error it is no function
  const start = (): unknown => spawn(undefined, [], { runtime });
  expect(start).toThrow(
    expect.objectContaining({ code: "OPTION_INVALID", message: expect.stringContaining("undefined") }),
  );
});

test("a reference for more kinds of messages stands for one for fewer, not the other way round", () => {
  expectTypeOf<TaskRef<"a" | "b">>().toExtend<TaskRef<"a">>();
  expectTypeOf<TaskRef<"a">>().not.toExtend<TaskRef<"a" | "b">>();
  expectTypeOf<Task<number, string>>().toExtend<Task<number>>();
});

test("new code takes the messages of the old one, gives its result and has its own arguments", () => {
  const task = spawn(add, [1, "a"], { runtime });
  function* wider(own: TaskContext<{ add: number } | "stop">, from: number) {
    yield* own.receive();
    return `${from}`;
  }
  function* other(own: TaskContext<"stop">) {
    yield* own.receive();
    return "";
  }
  function* counts(own: TaskContext<{ add: number }>) {
    return (yield* own.receive()).add;
  }
  const late = async (own: TaskContext<{ add: number }>): Promise<string> => `${(await own.receive()).add}`;
  // Types only.
  const check = (): unknown => [
    task.upgrade(wider, [1]),
    task.upgrade(late),
    task.upgrade(function* (own) {
      return `${(yield* own.receive()).add}`;
    }),
    // @ts-expect-error the argument is missing
    task.upgrade(wider),
    // @ts-expect-error the wrong argument
    task.upgrade(wider, ["1"]),
    // @ts-expect-error it does not receive what is in the mailbox
    task.upgrade(other),
    // @ts-expect-error the wrong result
    task.upgrade(counts),
    // @ts-expect-error the argument is missing
    task.ref.upgrade(wider),
  ];
  expect(check).toBeTypeOf("function");
  void task.cancel();
});

test("a context's keys carry the type of their values", () => {
  const user = contextKey<{ name: string }>("user");
  spawn(
    (task: TaskContext) => {
      task.set(user, { name: "ada" });
      expectTypeOf(task.get(user)).toEqualTypeOf<{ name: string } | undefined>();
      // @ts-expect-error the wrong value
      task.set(user, 1);
    },
    [],
    { runtime },
  );
});
