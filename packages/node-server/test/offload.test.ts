import { createHash } from "node:crypto";
import { availableParallelism } from "node:os";
import { all, isSkeinError, sleep, spawn } from "@skein/runtime";
import { offload } from "@skein/node-server";
import { expect, test } from "vitest";

declare const onlyHere: number;

const MODULE = new URL("./fixtures/offloaded.ts", import.meta.url);
/** Blocks its thread. */
const block = (ms: number): number => {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
  return ms;
};
const failure = async (operation: PromiseLike<unknown>): Promise<unknown> => {
  try {
    await operation;
  } catch (error) {
    return error;
  }
  throw new Error("it did not fail");
};

test("a function runs in a thread while other tasks go on", async () => {
  let turns = 0;
  const other = spawn(
    function* count() {
      for (;;) {
        yield* sleep(1);
        turns += 1;
      }
    },
    [],
    { background: true },
  );
  expect(await offload(block, [200])).toBe(200);
  expect(turns).toBeGreaterThan(10);
  await other.cancel();
});

test("async functions, methods and functions with imports run too", async () => {
  const object = {
    double(this: void, x: number) {
      return x * 2;
    },
  };
  const { double } = object;
  expect(await offload(async (x: number) => Promise.resolve(x + 1), [1])).toBe(2);
  expect(await offload(double, [4])).toBe(8);
  const hash = async (text: string): Promise<string> => {
    const { createHash: make } = process.getBuiltinModule("node:crypto");
    return make("sha1").update(text).digest("hex");
  };
  expect(await offload(hash, ["abc"])).toBe(createHash("sha1").update("abc").digest("hex"));
});

test("a module's export runs with all that the module has", async () => {
  const expected = createHash("sha1").update("abc").digest("hex");
  expect(await offload<string>({ module: MODULE, export: "sha1" }, ["abc"])).toBe(expected);
  // Twice, from what it keeps: a result is copied.
  expect(await offload({ module: MODULE, export: "keep" }, [1])).toEqual(new Uint8Array(8).fill(1));
  expect(await offload({ module: MODULE, export: "keep" }, [2])).toEqual(new Uint8Array(8).fill(2));
  expect(await failure(offload({ module: MODULE, export: "nothing" }))).toMatchObject({ code: "CODE_UNKNOWN" });
});

test("a function that uses names from outside is refused before it is sent, with the name", async () => {
  const FACTOR = Number("2");
  const error = await failure(offload((x: number) => x * FACTOR, [1]));
  expect(error).toMatchObject({ code: "FUNCTION_NOT_SELF_CONTAINED", message: expect.stringContaining("FACTOR") });
  class Some {
    readonly kept = 1;
  }
  // A class is no function that can be called; careless code passes one all the same.
  const wrong = Some as unknown as () => number;
  const refused: readonly (() => number)[] = [Math.max, block.bind(undefined, 1), wrong];
  for (const fn of refused) {
    expect(await failure(offload(fn))).toMatchObject({ code: "FUNCTION_NOT_SELF_CONTAINED" });
  }
});

test("a global of the process that threads don't have is named too", async () => {
  Object.assign(globalThis, { onlyHere: 1 });
  const missing = await failure(offload(() => onlyHere));
  expect(missing).toMatchObject({ code: "FUNCTION_NOT_SELF_CONTAINED", message: expect.stringContaining("onlyHere") });
  Reflect.deleteProperty(globalThis, "onlyHere");
});

test("errors come back as themselves, with fields, cause and stack", async () => {
  const error = await failure(
    offload(function parse() {
      const cause = Object.assign(new RangeError("inner"), { errno: 7 });
      throw Object.assign(new TypeError("outer", { cause }), { path: "/x", code: "E_X" });
    }),
  );
  expect(error).toBeInstanceOf(TypeError);
  expect(error).toMatchObject({ message: "outer", path: "/x", code: "E_X", cause: { message: "inner", errno: 7 } });
  expect((error as Error).cause).toBeInstanceOf(RangeError);
  expect((error as Error).stack).toMatch(/at parse \(\[offload:parse/);
  const own = await failure(
    offload(() => {
      throw Object.assign(new Error("bad line"), { name: "ParseError" });
    }),
  );
  expect(own).toMatchObject({ code: "REMOTE_ERROR", name: "ParseError", message: "bad line" });
  const thrown = await failure(
    offload(() => {
      // oxlint-disable-next-line no-throw-literal -- what careless code does
      throw "a text";
    }),
  );
  expect(isSkeinError(thrown, "TASK_FAILED")).toBe(true);
});

test("buffers are moved there and back", async () => {
  const bytes = new Uint8Array(1_000_000).fill(1);
  const result = await offload(
    (given: Uint8Array) => {
      given[0] = 2;
      return given;
    },
    [bytes],
    { transfer: [bytes.buffer] },
  );
  expect(bytes.length).toBe(0);
  expect([result.length, result[0], result[1]]).toEqual([1_000_000, 2, 1]);
});

test("what can't be sent says so, there and back, and the thread stays good", async () => {
  const there = await failure(offload((fn: unknown) => typeof fn, [() => 1]));
  expect(there).toMatchObject({ code: "NOT_SERIALIZABLE", message: expect.stringContaining("argument") });
  const back = await failure(offload(() => () => 1));
  expect(back).toMatchObject({ code: "NOT_SERIALIZABLE", message: expect.stringContaining("result") });
  expect(await offload(() => "still here")).toBe("still here");
});

test("a cancelled task ends its thread, also in an endless loop, and others run on", async () => {
  const stuck = spawn(function* loop() {
    yield* offload(
      () => {
        for (;;);
      },
      [],
      { threads: 1 },
    );
  });
  const after = spawn(function* next() {
    return yield* offload(() => "ran", [], { threads: 1 });
  });
  await sleep(30);
  await stuck.cancel();
  expect(await after).toBe("ran");
});

test("a timeout and a signal end the thread", async () => {
  const forever = (): never => {
    for (;;);
  };
  expect(await failure(offload(forever, [], { timeoutMs: 50 }))).toMatchObject({ code: "TIMEOUT" });
  const signal = AbortSignal.timeout(50);
  expect(await failure(offload(forever, [], { signal }))).toMatchObject({ name: "TimeoutError" });
});

test("a thread that ends its process fails only its own call", async () => {
  expect(await failure(offload({ module: MODULE, export: "exit" }, [3]))).toMatchObject({
    code: "TASK_LOST",
    message: expect.stringContaining("code 3"),
  });
  expect(await offload(() => 1)).toBe(1);
});

test("calls beyond the bound wait their turn; more threads are there for who asks", async () => {
  const meeting = new Int32Array(new SharedArrayBuffer(4));
  /** Waits until as many are here as are expected: they must all run at once. */
  const meet = (here: Int32Array, expected: number): boolean => {
    for (let seen = Atomics.add(here, 0, 1) + 1; seen < expected; seen = Atomics.load(here, 0)) {
      if (Atomics.wait(here, 0, seen, 30_000) === "timed-out") return false;
    }
    Atomics.notify(here, 0);
    return true;
  };
  const more = availableParallelism() + 2;
  const met = await all(Array.from({ length: more }, () => offload(meet, [meeting, more], { threads: more })));
  expect(met).toEqual(met.map(() => true));
  const values = await all(Array.from({ length: 50 }, (_, index) => offload((n: number) => n, [index])));
  expect(values).toEqual(Array.from({ length: 50 }, (_, index) => index));
});
