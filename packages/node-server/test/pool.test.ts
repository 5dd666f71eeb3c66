import { executor, pipe, pool, type Pool } from "@skein/node-server";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { runInThisContext } from "node:vm";
import { encode } from "uqr";
import { expect, onTestFinished, test } from "vitest";
import { startNode } from "./cli.ts";
import { refuse } from "./fixtures/pool-parse.ts";
import { fill, filledWith, StateError, table } from "./fixtures/pool-state.ts";
import { eventually, runs } from "./processes.ts";
import { fixture } from "./programs.ts";

const open = (options?: Parameters<typeof pool>[0]): Pool => {
  const p = pool({ servers: 2, ...options });
  onTestFinished(async () => await p.close({ cancel: true }));
  return p;
};

const FACTOR = 3;
const helped = (n: number): number => tripled(n) + 1;
function tripled(n: number): number {
  if (n < 0) throw new RangeError("below zero");
  return n * FACTOR;
}

const square = (n: number): number => n * n;
const pid = (): number => process.pid;
const slow = async (ms: number): Promise<number> => {
  await new Promise((resolve) => setTimeout(resolve, ms));
  return ms;
};
const spin = (ms: number): number => {
  const end = performance.now() + ms;
  while (performance.now() < end);
  return ms;
};
const failsAt = (n: number): number => {
  if (n === 3) throw new RangeError("not three");
  return n;
};
const dies = (n: number): number => {
  if (n === 5) process.kill(process.pid, "SIGKILL");
  return n;
};

async function all<T>(results: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const value of results) list.push(value);
  return list;
}

function* count(n: number, pulled: { last: number } = { last: 0 }): Generator<number> {
  for (let i = 1; i <= n; i += 1) {
    pulled.last = i;
    yield i;
  }
}

test("a function runs in another process, and thousands of calls give their own results", async () => {
  const p = open();
  expect(await p.run(square, [7])).toBe(49);
  expect(await p.run(pid)).not.toBe(process.pid);
  const results = await Promise.all(Array.from({ length: 20_000 }, (_, i) => p.run(square, [i])));
  expect(results).toEqual(Array.from({ length: 20_000 }, (_, i) => i * i));
});

test("a map keeps the order of its items, or gives results as they come", async () => {
  const p = open();
  expect(await all(p.map(square, count(5000)))).toEqual([...count(5000)].map(square));
  expect((await all(p.map(slow, [60, 1], { ordered: false }))).toSorted((a, b) => a - b)).toEqual([1, 60]);
  const unordered = await all(p.map(square, count(5000), { ordered: false }));
  expect(unordered.toSorted((a, b) => a - b)).toEqual([...count(5000)].map(square));
});

test("behind one slow item no more than inFlight are taken ahead of who reads", async () => {
  const p = open();
  const pulled = { last: 0 };
  const first = (n: number): number => {
    const end = performance.now() + (n === 1 ? 300 : 0);
    while (performance.now() < end);
    return n;
  };
  for await (const value of p.map(first, count(100_000, pulled), { inFlight: 50 })) {
    expect(pulled.last).toBeLessThanOrEqual(value + 50);
    if (value === 2000) break;
  }
  expect(await p.run(square, [2])).toBe(4);
});

test("async functions of one worker wait at the same time", async () => {
  const p = open({ servers: 1 });
  let most = 0;
  const together = async (_n: number): Promise<number> => {
    const here = globalThis as unknown as { now?: number; most?: number };
    here.now = (here.now ?? 0) + 1;
    here.most = Math.max(here.most ?? 0, here.now);
    await new Promise((resolve) => setTimeout(resolve, 20));
    here.now -= 1;
    return here.most;
  };
  for await (const value of p.map(together, count(40))) most = Math.max(most, value);
  expect(most).toBeGreaterThan(1);
});

class ParseError extends Error {
  readonly code = "E_PARSE";
  readonly line = 7;
  get where(): string {
    return `line ${this.line}`;
  }
}
const parses = (): never => {
  throw new ParseError("bad", { cause: new ParseError("worse") });
};

/** A getter that needs its instance, a code and a hint as ours have them, errors of its own. */
class KindError extends Error {
  readonly code = "E_KIND";
  readonly hint = "look there";
  readonly details = { kind: "odd" };
  // Its name is made of what it has.
  override get name(): string {
    return `KindError:${this.details.kind}`;
  }
}
class ManyError extends AggregateError {}
const throwsOdd = (which: number): never => {
  throw which === 1 ? new KindError("strange") : new ManyError([new RangeError("one")], "many");
};

const thrownBy = (act: () => unknown): unknown => {
  try {
    return act();
  } catch (error) {
    return error;
  }
};
const frameOf = (error: unknown): string => (error instanceof Error ? (error.stack?.split("\n")[1] ?? "") : "");
const lineOf = (frame: string): string | undefined => /:(\d+):\d+\)?$/.exec(frame)?.[1];

test("an error comes with its class, its message and where it was thrown, and the pool works on", async () => {
  const p = open();
  const error: unknown = await p.run(failsAt, [3]).then(undefined, (thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(RangeError);
  expect(error).toMatchObject({ message: "not three" });
  const here = frameOf(thrownBy(() => failsAt(3)));
  expect(frameOf(error)).toMatch(/^ *at failsAt \(file:.*pool\.test\.ts:\d+:\d+\)$/);
  expect(lineOf(frameOf(error))).toBe(lineOf(here));
  const alike = [(): void => JSON.parse("{"), (): void => JSON.parse("{")];
  const unsure: unknown = await p.run(alike[0] ?? pid, []).then(undefined, (thrown: unknown) => thrown);
  expect(unsure).toMatchObject({ stack: expect.stringMatching(/\[pool:anonymous\]:1:\d+/) });
  const own: unknown = await p.run(parses, []).then(undefined, (thrown: unknown) => thrown);
  expect(own).toBeInstanceOf(ParseError);
  expect(own).toMatchObject({ message: "bad", code: "E_PARSE", line: 7, where: "line 7" });
  expect(own).toMatchObject({ cause: expect.any(ParseError) });
  expect(Object.keys(own as object).toSorted()).toEqual(["code", "line"]);
  await expect(all(p.map(failsAt, count(10)))).rejects.toThrow("not three");
  const exits = await all(p.map(failsAt, count(5), { onError: "yield" }));
  expect(exits.map((exit) => exit.type)).toEqual(["returned", "returned", "failed", "returned", "returned"]);
  expect(exits.map((exit) => exit.index)).toEqual([0, 1, 2, 3, 4]);
  expect(await p.run(square, [3])).toBe(9);
});

test("a worker that is killed costs a call its retry, and a map nothing", async () => {
  const p = open();
  await expect(p.run(dies, [5])).rejects.toMatchObject({ code: "SERVER_LOST" });
  expect(await p.run(square, [3])).toBe(9);
  const pids = await p.runOnAll(pid);
  const results = all(
    p.map(
      spin,
      Array.from({ length: 200 }, () => 2),
    ),
  );
  const [first] = pids;
  if (first === undefined) throw new Error("the pool has no worker");
  process.kill(first, "SIGKILL");
  expect(await results).toHaveLength(200);
  expect(p.stats().lost).toBeGreaterThanOrEqual(2);
});

test("an item that ends every worker fails alone, whatever went with it", async () => {
  const p = open();
  const exits = await all(p.map(dies, count(300), { onError: "yield", retries: 2 }));
  const bad = exits.filter((exit) => exit.type !== "returned");
  expect(bad).toEqual([expect.objectContaining({ type: "lost", index: 4 })]);
});

test("a call that is cancelled while it computes frees its worker", async () => {
  const p = open({ servers: 1 });
  await p.ready();
  const endless = p.run(spin, [1e9]);
  const waiting = p.run(square, [4]);
  // Until both are at the worker.
  await new Promise((resolve) => setImmediate(resolve));
  await endless.cancel("enough");
  await expect(endless).rejects.toMatchObject({ code: "TASK_CANCELLED" });
  expect(await endless.exit()).toMatchObject({ type: "cancelled", reason: "enough" });
  expect(await waiting).toBe(16);
});

test("times end calls, items and maps, and the pool works on", async () => {
  const p = open();
  await expect(p.run(spin, [1e9], { timeoutMs: 100 })).rejects.toMatchObject({ code: "TIMEOUT" });
  await expect(p.run(slow, [1e9], { timeoutMs: 100 })).rejects.toMatchObject({ code: "TIMEOUT" });
  await expect(p.run(slow, [1e9], { signal: AbortSignal.timeout(50) })).rejects.toThrow();
  const timed = { itemTimeoutMs: 3000, onError: "yield" } as const;
  const [exits, waits] = await Promise.all([
    all(p.map(spin, [1, 1, 1e9, 1], timed)),
    all(open().map(slow, [1, 1e9, 2], timed)),
  ]);
  expect(exits.map((exit) => exit.type)).toEqual(["returned", "returned", "failed", "returned"]);
  expect(waits.map((exit) => exit.type)).toEqual(["returned", "failed", "returned"]);
  await expect(all(p.map(slow, [1, 1e9], { timeoutMs: 100 }))).rejects.toMatchObject({ code: "TIMEOUT" });
  await expect(all(p.map(spin, [1, 1e9], { timeoutMs: 100 }))).rejects.toMatchObject({ code: "TIMEOUT" });
  expect(await p.run(square, [3])).toBe(9);
});

test("what can't be sent fails alone, with its path", async () => {
  const p = open();
  const bad = p.run((x: unknown) => x, [{ deep: { fn: () => 1 } }]);
  const good = p.run(square, [3]);
  await expect(bad).rejects.toMatchObject({ code: "NOT_SERIALIZABLE", message: expect.stringContaining("deep.fn") });
  expect(await good).toBe(9);
  const gives = p.run(() => ({ result: { fn: () => 1 } }));
  await expect(gives).rejects.toMatchObject({
    code: "NOT_SERIALIZABLE",
    message: expect.stringContaining("result.fn"),
  });
  const items: unknown[] = [1, { fn: () => 1 }, 3, "give a function"];
  const answer = (x: unknown): unknown => (x === "give a function" ? () => x : x);
  const exits = await all(p.map(answer, items, { onError: "yield", chunk: 4 }));
  expect(exits.map((exit) => (exit.type === "failed" ? exit.error : exit.type))).toEqual([
    "returned",
    expect.objectContaining({ code: "NOT_SERIALIZABLE" }),
    "returned",
    expect.objectContaining({ code: "NOT_SERIALIZABLE" }),
  ]);
});

test("calls that are cancelled, waiting or running, disturb none of the others", async () => {
  const p = open();
  const calls = Array.from({ length: 3000 }, (_, n) => (n % 3 === 0 ? p.run(slow, [1]) : p.run(square, [n])));
  await calls[0];
  const ends = calls.map((call, n) => {
    if (n % 2 === 1) void call.cancel();
    return call.exit();
  });
  const exits = await Promise.all(ends);
  const wrong = exits.filter((exit, n) => {
    if (exit.type === "cancelled") return n % 2 === 0;
    return exit.type !== "returned" || exit.value !== (n % 3 === 0 ? 1 : n * n);
  });
  expect(wrong).toEqual([]);
  expect(p.stats()).toMatchObject({ queued: 0, lost: 0 });
  expect(await all(p.map(square, count(100)))).toEqual([...count(100)].map(square));
});

test("a map without retries tells of the items that were lost, and ends", async () => {
  const p = open();
  const exits = await all(p.map(dies, count(20), { onError: "yield", retries: 0, chunk: 1 }));
  expect(exits.map((exit) => exit.index)).toEqual(Array.from({ length: 20 }, (_, index) => index));
  expect(exits[4]).toMatchObject({ type: "lost", error: { code: "SERVER_LOST" } });
  await expect(all(p.map(dies, count(20), { retries: 0 }))).rejects.toMatchObject({ code: "SERVER_LOST" });
});

test("a pool that is closed without waiting ends every call and map by an error", async () => {
  const p = open();
  await p.ready();
  const calls = [...count(100)].map((n) => (n % 2 === 0 ? p.run(slow, [1e9]) : p.run(spin, [1e9])));
  const map = expect(all(p.map(slow, [1, 1e9]))).rejects.toMatchObject({ code: "JOB_CLOSED" });
  const before = p.stats();
  expect(before.queued + before.running).toBeLessThanOrEqual(100);
  await p.close({ cancel: true });
  const exits = await Promise.all(calls.map(async (call) => await call.exit()));
  for (const exit of exits) expect(exit).toMatchObject({ type: "failed", error: { code: "JOB_CLOSED" } });
  await map;
});

test("buffers that are transferred are there at the worker, and here no more", async () => {
  const p = open({ servers: 1 });
  const bytes = new Uint8Array(1_000_000).fill(1);
  const sum = p.run((of: Uint8Array) => of.reduce((total, n) => total + n, 0), [bytes], { transfer: [bytes.buffer] });
  expect(bytes.byteLength).toBe(0);
  expect(await sum).toBe(1_000_000);
  const halves = await p.run((of: Float64Array) => [of.subarray(0, 2), of.subarray(2)], [new Float64Array([1, 2, 3])]);
  expect(halves).toEqual([new Float64Array([1, 2]), new Float64Array([3])]);
});

test("a failing initializer is the error of ready and of every call, in its own words", async () => {
  const p = open({
    initializer: (word: string) => {
      throw new Error(`no ${word} here`);
    },
    initArgs: ["licence"],
  });
  await expect(p.ready()).rejects.toMatchObject({
    code: "SETUP_FAILED",
    message: expect.stringContaining("no licence"),
  });
  await expect(p.run(square, [1])).rejects.toMatchObject({ message: expect.stringContaining("no licence") });
  await expect(all(p.map(square, [1]))).rejects.toMatchObject({ message: expect.stringContaining("no licence") });
});

test("an initializer has run in each worker before its first call", async () => {
  const p = open({
    initializer: (word: string) => void Object.assign(globalThis, { word }),
    initArgs: ["thread"],
  });
  expect(await p.runOnAll(() => Reflect.get(globalThis, "word") as string)).toEqual(["thread", "thread"]);
});

let model: ((n: number) => number) | undefined;
let [loads, uses] = [0, 0];
class Model {
  static #made = 0;
  readonly by: number;
  constructor(by: number) {
    Model.#made += 1;
    this.by = by;
  }
  static count(one: unknown): number | undefined {
    return one instanceof Model ? Model.#made : undefined;
  }
}
const client = { model: new Model(1), connect: (by: number) => void (client.model = new Model(by)) };
const loadModel = (by: number): void => {
  model = (n) => n * by;
  client.connect(by);
  ({ loads } = { loads: loads + 1 });
};
const useModel = (n: number): unknown => [model?.(n), (uses += 1), loads, client.model.by, Model.count(client.model)];

test("what an initializer sets in its file is there for every function of the file, and only once in a worker", async () => {
  const p = open({ servers: 1, initializer: loadModel, initArgs: [20] });
  expect(await p.run(useModel, [2])).toEqual([40, 1, 1, 20, 2]);
  expect(await p.run((n: number) => [model?.(n), uses, Model.count(client.model)], [3])).toEqual([60, 1, 2]);
  const other = open({ servers: 1 });
  expect(() => other.run(useModel, [2])).toThrow(
    expect.objectContaining({
      code: "FUNCTION_NOT_SELF_CONTAINED",
      message: expect.stringContaining("it uses model"),
      hint: expect.stringContaining("initializer"),
    }),
  );
  await other.runOnAll(loadModel, [3]);
  expect(await other.run(useModel, [2])).toEqual([6, 1, 1, 3, 2]);
});

test("errors of unusual classes end their call, and are what their class says", async () => {
  const p = open({ servers: 1 });
  const odd: unknown = await p.run(throwsOdd, [1]).then(undefined, (error: unknown) => error);
  expect(odd).toMatchObject({ message: "strange", code: "E_KIND", hint: "look there", details: { kind: "odd" } });
  expect(odd).toBeInstanceOf(KindError);
  const many: unknown = await p.run(throwsOdd, [2]).then(undefined, (error: unknown) => error);
  expect(many).toMatchObject({ message: "many" });
  if (many instanceof AggregateError) expect(many.errors).toEqual([new RangeError("one")]);
});

const counted = new Map<unknown, string>([[tripled, "a function"]]);
function seenThere(text: string): unknown[] {
  try {
    return [refuse(text)];
  } catch (error) {
    return [error instanceof StateError, table.get(text), counted.get(tripled)];
  }
}

test("what a function uses is there once for it, by whichever ways it leads there", async () => {
  const p = open({ servers: 1 });
  expect(await p.run(seenThere, ["a"])).toEqual([true, 1, "a function"]);
  expect(await p.run(seenThere, ["b"])).toEqual([true, 2, "a function"]);
  // What two imports lead to can't be there once for several functions.
  const sharing = (n: number): unknown[] => [(uses += n), refuse, table];
  await expect(p.run(sharing, [1])).rejects.toMatchObject({
    code: "FUNCTION_NOT_SELF_CONTAINED",
    message: expect.stringMatching(/two of the imports lead to pool-state\.ts/),
  });
});

test("a function that would have a copy of what an initializer fills is refused; the file's own function finds it", async () => {
  const p = open({ servers: 1, initializer: fill, initArgs: [7] });
  expect(await p.run(filledWith)).toBe(7);
  await expect(p.run(() => filledWith())).rejects.toMatchObject({
    code: "FUNCTION_NOT_SELF_CONTAINED",
    message: expect.stringMatching(/a copy of pool-state\.ts, and would not see what fill changes/),
  });
});

test("guarded workers take what functions import along, and reach no files of the program", async () => {
  const p = open({ servers: 1, isolation: "guarded" });
  expect(await p.run(helped, [2])).toBe(7);
  const reads = async (path: string): Promise<number> => (await import("node:fs")).readFileSync(path).byteLength;
  await expect(p.run(reads, ["/etc/hosts"])).rejects.toMatchObject({ code: "ERR_ACCESS_DENIED" });
  expect(() => pool({ isolation: "guarded", hosts: "ssh://nowhere" })).toThrow(
    expect.objectContaining({ code: "OPTION_INVALID" }),
  );
});

test("options that are of the wrong kind, or for workers that a pool does not have, are refused", () => {
  const job = { skeinPool: {} };
  const refused: readonly [unknown, string, string][] = [
    [{ packages: "sharp" }, "packages of pool", "give an array"],
    [{ packages: ["./x"] }, "packages[0] of pool", "as in package.json"],
    [{ output: "x" }, "output of pool", '"stdout" or "stderr"'],
    [{ initArgs: [1] }, "initArgs of pool", "initializer"],
    [{ initializer: 5 }, "initializer of pool is 5", "give a function"],
    [{ job, packages: ["sharp"] }, "packages of pool", "openJob({ packages })"],
    [{ job, servers: 0, output: "stderr" }, "output of pool", "log"],
  ];
  for (const [options, message, hint] of refused) {
    expect(() => pool(options as Parameters<typeof pool>[0]), message).toThrow(
      expect.objectContaining({
        code: "OPTION_INVALID",
        message: expect.stringContaining(message),
        hint: expect.stringContaining(hint),
      }),
    );
  }
});

test("a pool grows, shrinks, closes, and can be opened again", async () => {
  const p = open({ servers: 1 });
  expect(await p.runOnAll(pid)).toHaveLength(1);
  p.grow(2);
  expect(new Set(await p.runOnAll(pid)).size).toBe(3);
  p.shrink(2);
  const last = p.run(slow, [50]);
  await p.close();
  expect(await last).toBe(50);
  await p.close();
  expect(() => p.run(square, [1])).toThrow(expect.objectContaining({ code: "JOB_CLOSED" }));
  p.start();
  expect(await p.run(square, [3])).toBe(9);
});

test("a worker that has grown too large is replaced, and no call is lost by it", async () => {
  const p = open({ servers: 1, maxWorkerBytes: 150 * 2 ** 20 });
  const leak = (n: number): number => {
    const kept = globalThis as unknown as { kept?: unknown[] };
    (kept.kept ??= []).push(Buffer.alloc(20 * 2 ** 20, n));
    const end = performance.now() + 100; // memory is told now and then
    while (performance.now() < end);
    return process.pid;
  };
  const pids = await all(p.map(leak, count(14), { chunk: 1 }));
  expect(pids).toHaveLength(14);
  expect(new Set(pids).size).toBeGreaterThan(1);
  expect(p.stats()).toMatchObject({ done: 14, lost: 0 });
});

test("lists of items go to a function that takes lists", async () => {
  const p = open();
  const doubled = await all(p.mapArrays((items: number[]) => items.map((n) => n * 2), count(1000)));
  expect(doubled).toEqual([...count(1000)].map((n) => n * 2));
  const sizes = await all(p.mapArrays((items: number[]) => items.map(() => items.length), count(10), { chunk: 5 }));
  expect(sizes).toEqual(Array.from({ length: 10 }, () => 5));
  await expect(all(p.mapArrays((items: number[]) => items.slice(1), count(3), { chunk: 3 }))).rejects.toMatchObject({
    code: "OPTION_INVALID",
  });
});

test("items come from async sources, several at once, and one that never ends", async () => {
  const p = open();
  async function* later(): AsyncGenerator<number> {
    for (const n of [1, 2, 3]) yield n;
  }
  expect(await all(p.map(square, later()))).toEqual([1, 4, 9]);
  const seen: number[] = [];
  const endless = function* (): Generator<number> {
    for (let n = 0; ; n += 1) yield n;
  };
  for await (const y of p.map(square, endless())) {
    seen.push(y);
    if (seen.length === 10) break;
  }
  expect(seen).toEqual([0, 1, 4, 9, 16, 25, 36, 49, 64, 81]);
  const failing = function* (): Generator<number> {
    yield 1;
    throw new Error("the source is dry");
  };
  const got: number[] = [];
  await expect(
    (async () => {
      for await (const y of p.map(square, failing())) got.push(y);
    })(),
  ).rejects.toThrow("the source is dry");
  expect(got).toEqual([1]);
});

test("a function takes along what it uses of its module, and exports of Node's modules are run as they are", async () => {
  const p = open();
  expect(await p.run(helped, [2])).toBe(7);
  expect(await all(p.map(helped, count(100)))).toEqual([...count(100)].map(helped));
  const packed = await p.run(gzipSync, ["thread"]);
  expect(gunzipSync(packed).toString()).toBe("thread");
  expect(await p.run(encode, ["thread"])).toEqual(encode("thread"));
  const error: unknown = await p.run(helped, [-1]).then(undefined, (thrown: unknown) => thrown);
  expect(error).toMatchObject({ message: "below zero", stack: expect.stringContaining("pool.test.ts:") });
  const own = 5;
  expect(() => p.run((n: number) => n + own, [1])).toThrow(
    expect.objectContaining({ code: "FUNCTION_NOT_SELF_CONTAINED", message: expect.stringContaining("own") }),
  );
});

test("what can't be called or sent in a worker is refused, and a package can be imported by what goes as text", async () => {
  const p = open({ servers: 1 });
  class Point {
    readonly x = 1;
  }
  const refused: readonly [() => unknown, string][] = [
    [() => p.run(count as never, [1] as never), "count can't be sent: it is a generator function"],
    [() => p.run(Point as never, [] as never), "Point can't be sent: it is a class"],
    [() => p.run(Math.sqrt, [4]), "sqrt can't be sent: it is bound or native"],
  ];
  for (const [call, message] of refused) {
    expect(call).toThrow(expect.objectContaining({ code: "FUNCTION_NOT_SELF_CONTAINED", message }));
  }
  const same = (value: unknown): unknown => value;
  for (const value of [new URL("http://localhost"), new WeakMap(), new Blob(), Promise.resolve(1)]) {
    await expect(p.run(same, [{ deep: [value] }])).rejects.toMatchObject({
      code: "NOT_SERIALIZABLE",
      message: expect.stringContaining("value[0].deep[0]"),
    });
  }
  await expect(p.run(() => ({ later: [Promise.resolve(1)] }))).rejects.toMatchObject({
    code: "NOT_SERIALIZABLE",
    message: expect.stringContaining("value.later[0]"),
  });
  // As it is written: vitest has words of its own for imports.
  const imports: () => Promise<boolean> = runInThisContext(`async () => "encode" in (await import("uqr"))`);
  expect(await p.run(imports)).toBe(true);
});

test("workers end with a program that is killed, also those that compute, and their files go", async () => {
  const folder = mkdtempSync(join(tmpdir(), "skein pool test-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const files = (): string[] => readdirSync(folder).filter((name) => name.startsWith("skein-pool-"));
  const program = startNode([fixture("pool-spins.ts")], { TMPDIR: folder });
  const pids: number[] = JSON.parse(await program.line(() => true));
  expect(files()).toHaveLength(1);
  program.child.kill("SIGKILL");
  await eventually(() => !pids.some(runs) && files().length === 0);
});

test("a pipe through a pool pulls no more than inFlight, and frees the workers when it is left", async () => {
  const p = open();
  const pulled = { last: 0 };
  const results = pipe(() => count(1e9, pulled)).map(p, square, { inFlight: 100 });
  for await (const value of results.filter((n) => n % 2 === 0)) if (value >= 10_000) break;
  expect(pulled.last).toBeLessThanOrEqual(100 + 100);
  expect(await pipe(count(2000)).map(p, square).chunk(7).sum().list()).toHaveLength(286);
  const failed = await pipe(count(5)).map(p, failsAt).events().list();
  expect(failed.map((event) => event.type)).toEqual(["value", "value", "failed", "value", "value", "done"]);
  await expect.poll(() => p.stats().running).toBe(0);
});

test("an executor has submit, map and shutdown as Python's", async () => {
  const ex = executor(open());
  const future = ex.submit((a: number, b: number) => a ** b, 2, 10);
  expect(await future).toBe(1024);
  expect(future.state).toBe("ended");
  expect(await all(ex.map(square, count(3)))).toEqual([1, 4, 9]);
  const sums = ex.map((a: number, b: number) => a + b, [1, 2, 3], count(2), { chunksize: 1, timeoutMs: 60_000 });
  expect(await all(sums)).toEqual([2, 4]);
  const running = ex.submit(slow, 50);
  await ex.shutdown({ cancelFutures: true });
  expect(["returned", "cancelled"]).toContain((await running.exit()).type);
  expect(() => ex.submit(square, 2)).toThrow("shut down");
});
