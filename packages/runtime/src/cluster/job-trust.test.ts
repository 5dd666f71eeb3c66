import { afterEach, describe, expect, test, vi } from "vitest";
import { PROBATION_RESULTS } from "../defaults.ts";
import { SkeinError } from "../errors.ts";
import { type TaskContext } from "../task/context.ts";
import { installHostPlatform } from "../testing/host-platform.ts";
import { MemoryCluster, MemoryCodeStore, type MemoryNodeOptions } from "../testing/memory-cluster.ts";
import { type Bundle } from "./contracts.ts";
import { type ClusterEvent } from "./events.ts";
import { type JobOptions } from "./job.ts";

const platform = installHostPlatform();
const closers: (() => PromiseLike<unknown> | void)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

const SOON = { timeout: 30_000 };
/** What ran where, as functions say it. */
let runs: string[] = [];
/** What `waits` waits for. */
let gate = Promise.withResolvers<void>();
/** A tab's, in place of those of the job. */
const lies = (name: string, lie: () => boolean = () => true): MemoryNodeOptions["alter"] => {
  return () => functions(name, lie);
};
const functions = (name: string, lie: () => boolean = () => false) => ({
  square(x: number): number {
    runs.push(`${name} ${x}`);
    return lie() ? -1 : x * x;
  },
  root(x: number): number {
    if (x < 0) throw new RangeError("below zero");
    return lie() ? 0 : Math.sqrt(x);
  },
  task(_task: TaskContext, x: number): number {
    runs.push(`${name} ${x}`);
    return lie() ? -1 : x + 1;
  },
  fails(): number {
    runs.push(name);
    if (name === "node") return 7;
    throw new Error("made up");
  },
  needsNode(): string {
    runs.push(`${name} needs`);
    if (name === "node") return "at a node";
    throw new SkeinError("CODE_NOT_BUNDLABLE", "this code imports node:fs", { hint: "run it on nodes" });
  },
  chance(): number {
    return runs.push(`${name} chance`);
  },
  async waits(): Promise<string> {
    runs.push(`${name} waits`);
    await gate.promise;
    return name;
  },
});
type Functions = ReturnType<typeof functions>;

interface Options extends JobOptions {
  /** Tabs by name, each with what it runs. */
  readonly tabs?: Readonly<Record<string, MemoryNodeOptions["alter"]>>;
  readonly nodes?: readonly string[];
  /** What the job's code imports. */
  readonly lacks?: Bundle["lacks"];
  /** CPU servers of each tab. */
  readonly workers?: number;
}

async function cluster({
  tabs = { tab: lies("tab", () => false) },
  nodes = ["node"],
  workers = 1,
  lacks = [],
  ...options
}: Options = {}) {
  runs = [];
  gate = Promise.withResolvers();
  const memory = new MemoryCluster(platform);
  closers.push(() => memory.close());
  await memory.startScheduler();
  const startTab = async (name: string, alter: MemoryNodeOptions["alter"]): Promise<void> => {
    await memory.startNode(name, workers, new MemoryCodeStore(), {
      kind: "tab",
      ...(alter === undefined ? {} : { alter }),
    });
  };
  const startNode = async (name: string) =>
    await memory.startNode(name, 1, new MemoryCodeStore(), { alter: () => functions("node") });
  for (const [name, alter] of Object.entries(tabs)) await startTab(name, alter);
  for (const name of nodes) await startNode(name);
  const client = await memory.startClient("client");
  const job = await client.openJob(options);
  const events: ClusterEvent[] = [];
  void (async () => {
    for await (const event of job.events.values()) events.push(event);
  })();
  const at = await job.module<Functions>(memory.module("tasks", functions("?"), lacks));
  const skipped = (): string[] => events.flatMap((event) => (event.type === "node.skipped" ? [event.node.name] : []));
  const whenSkipped = async (name: string): Promise<void> =>
    await vi.waitFor(() => expect(skipped()).toEqual([name]), SOON);
  const warned = (): string[] => events.flatMap((event) => (event.type === "log" ? [event.text] : []));
  return { memory, client, job, at, events, skipped, whenSkipped, warned, startNode, startTab };
}

/** So many calls that begin at that tab. */
async function squaresAt(tab: string, count: number, { memory, at }: Awaited<ReturnType<typeof cluster>>) {
  const id = memory.idOf(tab);
  const numbers = Array.from({ length: count }, (_, n) => n);
  return await Promise.all(numbers.map((n) => at.square.call([n], { at: id })));
}

describe("by default", () => {
  test("a tab's first results of plain functions are checked on a node, and a liar's are never taken", async () => {
    const made = await cluster({ tabs: { liar: lies("liar") } });
    expect(await squaresAt("liar", 3, made)).toEqual([0, 1, 4]);
    await made.whenSkipped("liar");
    expect(runs.filter((run) => run.startsWith("node")).length).toBeGreaterThan(3); // once more before it is blamed
    // It gets nothing more, also where it is named.
    const at = made.memory.idOf("liar");
    expect(await made.at.square.call([6], { at })).toBe(36);
    expect(() => made.at.task.run([6], { at })).toThrow(expect.objectContaining({ code: "NO_PLACE" }));
    expect(runs.at(-1)).toBe("node 6");
  });

  test("an honest tab's results are believed after its probation, and few are run twice", async () => {
    const made = await cluster();
    await squaresAt("tab", PROBATION_RESULTS, made);
    expect(runs.filter((run) => run.startsWith("node")).length).toBe(PROBATION_RESULTS);
    const before = runs.length;
    await squaresAt("tab", 100, made);
    const checks = runs.length - before - 100;
    // About 100 × (1/10 … 1/20 + 1 %).
    expect(checks).toBeLessThan(50);
    expect(made.skipped()).toEqual([]);
  });

  test("a task function, which may not bear being run twice, is taken as it comes", async () => {
    const { at, memory } = await cluster();
    expect(await at.task.run([1], { at: memory.idOf("tab") })).toBe(2);
    expect(runs).toEqual(["tab 1"]);
  });

  test("without a node there is nobody to check: results are taken", async () => {
    const made = await cluster({ nodes: [] });
    expect(await squaresAt("tab", 3, made)).toEqual([0, 1, 4]);
    expect(runs.length).toBe(3);
  });

  test("an error that a tab makes up is not its task's end", async () => {
    const { at, memory, whenSkipped } = await cluster();
    expect(await at.fails.call([], { at: memory.idOf("tab") })).toBe(7);
    await whenSkipped("tab");
  });

  test("an error that a node has too is the task's own", async () => {
    const { at, memory, skipped } = await cluster();
    await expect(at.root.call([-1], { at: memory.idOf("tab") })).rejects.toThrow("below zero");
    expect(skipped()).toEqual([]);
  });

  test("code that a tab can't run, runs at nodes, and the tab has its other work", async () => {
    const { at, memory, skipped, warned } = await cluster({ lacks: [{ name: "node:fs", dynamic: false }] });
    const some = async (): Promise<void> => {
      const all = await Promise.all(Array.from({ length: 6 }, () => at.needsNode.call([])));
      expect(all).toEqual(Array(6).fill("at a node"));
    };
    // The node may have had them all before the tab was ready.
    while (!runs.includes("tab needs")) await some();
    const tried = runs.filter((run) => run === "tab needs").length;
    await some();
    expect(runs.filter((run) => run === "tab needs").length).toBe(tried);
    expect(await at.task.run([1], { at: memory.idOf("tab") })).toBe(2);
    expect(runs.at(-1)).toBe("tab 1");
    await vi.waitFor(() => expect(warned().length).toBe(1), SOON);
    expect(skipped()).toEqual([]);
  });

  test("a tab that can't run code which imports nothing that tabs have not gets no more, and is not called a liar", async () => {
    const { at, events, memory, whenSkipped, warned } = await cluster();
    expect(await at.needsNode.call([], { at: memory.idOf("tab") })).toBe("at a node");
    await whenSkipped("tab");
    expect(runs.filter((run) => run === "node needs")).toHaveLength(1);
    const [why] = events.flatMap((event) => (event.type === "node.skipped" ? [event.error.message] : []));
    expect(why).toContain("it can't run needsNode: this code imports node:fs");
    expect(warned()).toEqual([]);
  });

  test("a task that comes to an import() of what tabs have not has begun: it fails, and the next ones run at nodes", async () => {
    const { at, job, memory, skipped } = await cluster({ lacks: [{ name: "node:fs", dynamic: true }], trust: "any" });
    const tabId = memory.idOf("tab");
    // The node may have had them all before the tab was ready.
    const tasks = () => Promise.all(Array.from({ length: 6 }, () => at.needsNode.run([]).exit()));
    while (!(await tasks()).some(({ type }) => type === "failed"));
    const all = await Promise.all(Array.from({ length: 6 }, () => at.needsNode.call([])));
    expect(all).toEqual(Array(6).fill("at a node"));
    expect(job.servers().some(({ node }) => node === tabId)).toBe(true);
    expect(skipped()).toEqual([]);
  });

  test("what would be believed ends at a tab that is caught, and nothing new begins there", async () => {
    const made = await cluster({ tabs: { liar: lies("liar") }, workers: 2 });
    const at = made.memory.idOf("liar");
    const cpu = made.at.waits.run([], { at });
    const io = made.at.waits.run([], { at, kind: "io" });
    await vi.waitFor(() => expect(runs).toEqual(["liar waits", "liar waits"]), SOON);
    expect(await made.at.square.call([3], { at })).toBe(9);
    await made.whenSkipped("liar");
    expect(() => made.at.task.run([6], { at })).toThrow(expect.objectContaining({ code: "NO_PLACE" }));
    gate.resolve();
    expect([await cpu, await io]).toEqual(["liar", "liar"]);
  });

  test("a function that gives another result each time is nobody's lie: that is said once, and results are taken", async () => {
    const made = await cluster();
    const at = made.memory.idOf("tab");
    await made.at.chance.call([], { at });
    await vi.waitFor(() => expect(made.warned()).toEqual(["function.not-checked"]), SOON);
    expect(runs).toEqual(["tab chance", "node chance", "node chance"]);
    expect(await made.at.chance.call([], { at })).toBe(4);
    expect(await made.at.square.call([3], { at })).toBe(9);
    expect(runs.slice(3)).toEqual(["tab chance", "tab 3", "node 3"]);
    expect(made.skipped()).toEqual([]);
    expect(made.warned().length).toBe(1);
  });
});

describe("what was taken unchecked from a tab that is caught later", () => {
  test("is done again at a node, and who waits for it again gets what is right", async () => {
    let isLying = false;
    const made = await cluster({ tabs: { sleeper: lies("sleeper", () => isLying) } });
    const { at, memory, events, job, skipped } = made;
    await squaresAt("sleeper", PROBATION_RESULTS, made);
    isLying = true;
    const id = memory.idOf("sleeper");
    const given = [];
    let wrong = 0;
    // Until one of them is checked.
    while (skipped().length === 0) {
      const task = at.square.call([3], { at: id });
      if ((await task) === -1) wrong += 1;
      given.push(task);
    }
    await job.close();
    expect(await Promise.all(given)).toEqual(Array(given.length).fill(9));
    const corrected = (): number => events.filter(({ type }) => type === "task.corrected").length;
    await vi.waitFor(() => expect(corrected()).toBe(wrong), SOON);
  });
});

describe("by the job's own word", () => {
  test("any: what a tab says is what is taken", async () => {
    const made = await cluster({ trust: "any", tabs: { liar: lies("liar") } });
    expect(await squaresAt("liar", 2, made)).toEqual([-1, -1]);
  });

  test('servers-only: no task is at a tab, and at: "tab" finds no place', async () => {
    const { at, job } = await cluster({ trust: "servers-only" });
    await Promise.all(Array.from({ length: 6 }, (_, n) => at.square.call([n])));
    expect(runs.every((run) => run.startsWith("node"))).toBe(true);
    expect(() => at.square.call([1], { at: "tab" })).toThrow(expect.objectContaining({ code: "OPTION_INVALID" }));
    await job.close();
  });

  test("probation: task functions are checked, too, and wait for a node that can", async () => {
    const { at, memory, startNode, job } = await cluster({
      trust: "probation",
      tabs: { liar: lies("liar") },
      nodes: [],
    });
    const task = at.task.run([1], { at: memory.idOf("liar") });
    await vi.waitFor(
      () => expect(job.tasks().map(({ attempt, state }) => [attempt, state])).toEqual([[2, "queued"]]),
      SOON,
    );
    await startNode("late");
    expect(await task).toBe(2);
  });

  test("a result that verify takes is not checked, and one that it refuses, or throws at, is not taken", async () => {
    const verify = (args: readonly unknown[], value: unknown): boolean => {
      if (typeof value !== "number" || value < 0) throw new RangeError("no square");
      return value === Number(args[0]) ** 2;
    };
    const made = await cluster({ verify, tabs: { tab: lies("tab", () => false), liar: lies("liar") } });
    await squaresAt("tab", 3, made);
    expect(runs).toEqual(["tab 0", "tab 1", "tab 2"]);
    expect(await squaresAt("liar", 2, made)).toEqual([0, 1]);
    await made.whenSkipped("liar");
  });

  test("equal says which results are the same", async () => {
    const equal = (a: unknown, b: unknown): boolean => Math.abs(Number(a) - Number(b)) < 2.5;
    const made = await cluster({ equal, tabs: { near: lies("near") } });
    expect(await made.at.square.call([1], { at: made.memory.idOf("near") })).toBe(1);
    expect(made.skipped()).toEqual([]);
  });

  test("what a rule may be is checked", async () => {
    const { client } = await cluster({ nodes: [] });
    for (const trust of ["all", { quorum: 0 }, { quorum: 1.5 }, {}] as unknown as readonly "any"[]) {
      await expect(client.openJob({ trust })).rejects.toMatchObject({ code: "OPTION_INVALID" });
    }
  });
});

describe("a quorum", () => {
  const three = { one: lies("one", () => false), two: lies("two", () => false), three: lies("three", () => false) };

  test("takes what two tabs say, and asks no node", async () => {
    const made = await cluster({ trust: { quorum: 2 }, tabs: three });
    expect(await squaresAt("one", 4, made)).toEqual([0, 1, 4, 9]);
    expect(runs.length).toBe(8);
    expect(runs.some((run) => run.startsWith("node"))).toBe(false);
  });

  test("where two differ a node decides, and the liar gets nothing more", async () => {
    const made = await cluster({ trust: { quorum: 2 }, tabs: { one: lies("one"), two: three.two } });
    expect(await squaresAt("one", 3, made)).toEqual([0, 1, 4]);
    await made.whenSkipped("one");
  });

  test("where there is no other tab to ask a node decides, or the next tab that comes", async () => {
    const alone = await cluster({ trust: { quorum: 2 }, tabs: { one: lies("one") } });
    expect(await alone.at.square.call([3], { at: alone.memory.idOf("one") })).toBe(9);
    await alone.whenSkipped("one");
    const made = await cluster({ trust: { quorum: 2 }, tabs: { one: three.one }, nodes: [] });
    const task = made.at.square.call([3], { at: made.memory.idOf("one") });
    await vi.waitFor(() => expect(made.job.tasks().map(({ attempt }) => attempt)).toEqual([2]), SOON);
    await made.startTab("two", three.two);
    expect(await task).toBe(9);
    expect(runs).toEqual(["one 3", "two 3"]);
  });
});
