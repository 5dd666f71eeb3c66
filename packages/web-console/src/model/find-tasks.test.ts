import { expect, test } from "vitest";
import { SimulatedCluster } from "../dev/simulated-cluster.ts";
import { createModel, type ClusterModel } from "./cluster-model.ts";
import { countPhases, findTasks, type TaskColumn } from "./find-tasks.ts";
import { parseQuery, termOf, withTerm } from "./query.ts";
import { reduce } from "./reduce.ts";
import { functionName } from "./select.ts";
import { untoldTasks } from "./untold.ts";

function busyModel(): { readonly model: ClusterModel; readonly nowMs: number } {
  const cluster = new SimulatedCluster({ failShare: 0.1, retryShare: 0.05 });
  const model = createModel();
  reduce(model, { type: "snapshot", snapshot: cluster.snapshot(), nowMs: cluster.nowMs });
  cluster.open("two words", 300, [["alpha", 80]], 40);
  cluster.open("other", 300, [["beta", 40]], 40);
  reduce(model, { type: "events", events: cluster.advance(4000), nowMs: cluster.nowMs });
  return { model, nowMs: cluster.nowMs };
}

const { model, nowMs } = busyModel();
const find = (query: string, column: TaskColumn = "created", down = true): number[] => [
  ...findTasks(model, query, { column, down }, nowMs),
];
const all = find("").length;

test("all tasks are found without words, the newest first", () => {
  expect(all).toBe(model.tasks.size);
  expect(countPhases(model).reduce((sum, tasks) => sum + tasks, 0)).toBe(all);
  expect(find("").map((slot) => model.tasks.numberAt(slot))).toEqual([...Array(all).keys()].toReversed());
});

test("words narrow it by function, state, server and job, and anywhere", () => {
  const alpha = find("fn:alpha");
  expect(alpha.length).toBeGreaterThan(0);
  expect(alpha.every((slot) => functionName(model, model.tasks.fnAt(slot)) === "alpha")).toBe(true);
  expect(find('job:"two words"')).toEqual(alpha);
  expect(alpha.length + find("-fn:alpha").length).toBe(all);
  expect(find("fn:alpha state:waiting").length).toBeGreaterThan(30);
  expect(find("server:maxi/1").length).toBeGreaterThan(0);
  expect(find("server:maxi/1").length).toBeLessThan(find("node:maxi").length);
  expect(find("file-1.txt").length).toBe(1);
  expect(find("attempt:2").length).toBeGreaterThan(0);
  expect(find("nothing-has-this")).toEqual([]);
});

test("it is sorted by what is asked for, both ways", () => {
  for (const column of ["created", "time", "fn", "state", "server", "job", "attempts"] as const) {
    const up = find("", column, false);
    expect(up.toReversed()).toEqual(find("", column, true));
  }
  const attempts = find("", "attempts", true).map((slot) => model.tasks.attemptAt(slot));
  expect(attempts).toEqual(attempts.toSorted((a, b) => b - a));
});

test("what people type is read word by word, with keys and quotes", () => {
  expect(parseQuery('fn:Resize "two words" -state:failed job:"a b" http://x fn:')).toEqual([
    { key: "fn", value: "resize", not: false },
    { key: "", value: "two words", not: false },
    { key: "state", value: "failed", not: true },
    { key: "job", value: "a b", not: false },
    { key: "http", value: "//x", not: false },
  ]);
  expect(withTerm("fn:a state:done x", "state", "failed")).toBe("fn:a x state:failed");
  expect(withTerm("state:done", "state", undefined)).toBe("");
  expect(termOf(withTerm("", "job", "a b"), "job")).toBe("a b");
});

test("tasks that the jobs count and this page does not list are counted, where counters can tell", () => {
  const [job] = [...model.jobs.values()].filter(({ name }) => name === "two words");
  if (job === undefined) throw new Error("the job is there");
  const listed = find('job:"two words" state:failed').length;
  expect(untoldTasks(model, 'job:"two words" state:failed', listed - 1)).toBe(1 + job.counters.failed - listed);
  expect(untoldTasks(model, 'job:"two words"', 0)).toBe(job.counters.submitted);
  expect(untoldTasks(model, "", 1_000_000)).toBe(0);
  expect([untoldTasks(model, "fn:alpha", 0), untoldTasks(model, "-state:failed", 0)]).toEqual([undefined, undefined]);
});
