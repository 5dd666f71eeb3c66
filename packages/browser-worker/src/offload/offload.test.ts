import { all, sleep, spawn } from "@skein/runtime";
import { expect, test } from "vitest";
import "../index.ts";
import { offload } from "./offload.ts";

const failure = async (operation: PromiseLike<unknown>): Promise<unknown> => {
  try {
    await operation;
  } catch (error) {
    return error;
  }
  throw new Error("it did not fail");
};
const moduleUrl = (text: string): URL => new URL(URL.createObjectURL(new Blob([text], { type: "text/javascript" })));

test("a function runs in a worker while the page goes on", async () => {
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
  const busy = (ms: number): string => {
    for (const end = performance.now() + ms; performance.now() < end;);
    return typeof document;
  };
  expect(await offload(busy, [150])).toBe("undefined");
  expect(turns).toBeGreaterThan(10);
  await other.cancel();
});

test("methods, async functions and exports of modules run too", async () => {
  const object = {
    double(this: void, x: number) {
      return x * 2;
    },
  };
  expect(await offload(object.double, [4])).toBe(8);
  expect(await offload(async (x: number) => Promise.resolve(x + 1), [1])).toBe(2);
  const module = moduleUrl("const factor = 3; export const triple = (x) => x * factor;");
  expect(await offload({ module, export: "triple" }, [5])).toBe(15);
  expect(await failure(offload({ module, export: "nothing" }))).toMatchObject({ code: "CODE_UNKNOWN" });
});

test("a function that uses names from outside is refused, before or in the worker", async () => {
  const FACTOR = Number("2");
  expect(await failure(offload((x: number) => x * FACTOR, [1]))).toMatchObject({
    code: "FUNCTION_NOT_SELF_CONTAINED",
    message: expect.stringContaining("FACTOR"),
  });
  expect(await failure(offload(() => [1, FACTOR]))).toMatchObject({
    code: "FUNCTION_NOT_SELF_CONTAINED",
    message: expect.stringContaining("FACTOR"),
  });
  expect(await failure(offload(() => document.title))).toMatchObject({ code: "FUNCTION_NOT_SELF_CONTAINED" });
});

test("errors come back as themselves, with fields and cause", async () => {
  const error = await failure(
    offload(() => {
      throw Object.assign(new TypeError("outer", { cause: new RangeError("inner") }), { path: "/x" });
    }),
  );
  expect(error).toBeInstanceOf(TypeError);
  expect(error).toMatchObject({ message: "outer", path: "/x", cause: { message: "inner" } });
  expect((error as Error).cause).toBeInstanceOf(RangeError);
});

test("buffers are moved there and back, and what can't be sent says so", async () => {
  const bytes = new Uint8Array(1_000_000).fill(1);
  const result = await offload((given: Uint8Array) => given.fill(2), [bytes], { transfer: [bytes.buffer] });
  expect([bytes.length, result.length, result[0]]).toEqual([0, 1_000_000, 2]);
  expect(await failure(offload((fn: unknown) => typeof fn, [() => 1]))).toMatchObject({ code: "NOT_SERIALIZABLE" });
  expect(await failure(offload(() => () => 1))).toMatchObject({ code: "NOT_SERIALIZABLE" });
});

test("a cancel, a timeout and a signal end the worker, also in an endless loop", async () => {
  const forever = (): never => {
    for (;;);
  };
  const stuck = spawn(function* loop() {
    yield* offload(forever, [], { threads: 1 });
  });
  const after = spawn(function* next() {
    return yield* offload(() => "ran", [], { threads: 1 });
  });
  await sleep(30);
  await stuck.cancel();
  expect(await after).toBe("ran");
  expect(await failure(offload(forever, [], { timeoutMs: 50 }))).toMatchObject({ code: "TIMEOUT" });
  const signal = AbortSignal.timeout(50);
  expect(await failure(offload(forever, [], { signal }))).toMatchObject({ name: "TimeoutError" });
});

test("an error outside of the call fails it, and the next call gets a new worker", async () => {
  const error = await failure(
    offload(
      async () =>
        new Promise(() => {
          setTimeout(() => {
            throw new Error("too late");
          });
        }),
    ),
  );
  expect(error).toMatchObject({ code: "TASK_LOST", message: expect.stringContaining("too late") });
  expect(await all([offload(() => 1), offload(() => 2)])).toEqual([1, 2]);
});

/** Runs `offload` in a frame with this policy; its answer, or its error's code. */
async function inFrame(policy: string): Promise<unknown> {
  const frame = document.createElement("iframe");
  const script = new URL("../../test/offload-frame.ts", import.meta.url).href;
  frame.srcdoc = `<meta http-equiv="Content-Security-Policy" content="${policy}"><script type="module" src="${script}"></script>`;
  const answered = new Promise((resolve) => {
    addEventListener("message", ({ source, data }) => source === frame.contentWindow && resolve(data));
  });
  document.body.append(frame);
  const answer = await answered;
  frame.remove();
  return answer;
}

test("a page that forbids eval can offload, if it allows workers from blobs", async () => {
  // Not 'self': in a frame without a URL of its own Firefox takes that for nobody.
  const { origin } = location;
  const strict = `default-src 'none'; script-src ${origin}; connect-src ${origin}`;
  expect(await inFrame(`${strict}; worker-src blob:`)).toEqual({ value: 42, evalWorks: false });
  expect(await inFrame(`${strict}; worker-src 'none'`)).toEqual({ code: "ABILITY_UNAVAILABLE", evalWorks: false });
});
