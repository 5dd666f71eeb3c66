import type { ClusterSnapshot, TaskId } from "@skein/runtime";
import { expect, test } from "vitest";
import { SimulatedCluster } from "../dev/simulated-cluster.ts";
import type { ClusterModel } from "../model/cluster-model.ts";
import type { ClusterObserver } from "../model/source.ts";
import { reduce } from "../model/reduce.ts";
import { feed } from "../model/source.ts";
import { SpanExit } from "../model/span-log.ts";
import { ClusterStore } from "../model/store.ts";
import { chromeTrace } from "./chrome-trace.ts";
import { Recorder } from "./recorder.ts";
import { Replay } from "./replay.ts";
import { snapshotOf } from "./snapshot-of.ts";

const noFrames = (): void => {};

/** A page that has followed a made-up cluster for `seconds`. */
function followed(seconds: number, recorder = new Recorder()): { readonly model: ClusterModel; readonly text: string } {
  const cluster = new SimulatedCluster({ jobs: [{ name: "words", tasks: 5000, fns: [["count", 80]] }] });
  let told: ClusterObserver | undefined;
  const source = recorder.recording(
    {
      watch(observer) {
        told = observer;
        return { [Symbol.dispose]: () => {} };
      },
    },
    () => cluster.nowMs,
  );
  const store = new ClusterStore(noFrames);
  recorder.stands = () => snapshotOf(store.model);
  feed(store, source, () => cluster.nowMs);
  told?.connection({ phase: "live" });
  told?.snapshot(cluster.snapshot());
  for (let at = 0; at < seconds; at += 1) told?.events(cluster.advance(1000));
  return { model: store.model, text: recorder.text().join("") };
}

const words = (model: ClusterModel): ClusterSnapshot["jobs"][number]["counters"] | undefined =>
  [...model.jobs.values()][0]?.counters;

test("a recording shows at its end what the page that made it showed", () => {
  const { model, text } = followed(8);
  using replay = new Replay("a file", text, noFrames);
  expect(replay.store.model.connection).toEqual({ phase: "recorded" });
  expect(words(replay.store.model)).toEqual(words(model));
  expect(replay.store.model.spans.count).toBe(model.spans.count);
  expect([...replay.store.model.servers.values()].map(({ counters }) => counters)).toEqual(
    [...model.servers.values()].map(({ counters }) => counters),
  );
});

test("at an earlier time it shows less, and going on again leads to the same end", () => {
  const { model, text } = followed(6);
  using replay = new Replay("a file", text, noFrames);
  replay.seek(replay.fromMs + 3000);
  const middle = words(replay.store.model)?.done ?? 0;
  expect(middle).toBeGreaterThan(0);
  expect(middle).toBeLessThan(words(model)?.done ?? 0);
  replay.seek(replay.fromMs);
  expect(words(replay.store.model)?.done ?? 0).toBe(0);
  replay.seek(Infinity);
  expect(words(replay.store.model)).toEqual(words(model));
});

test("what is kept stays below its limit, and begins with how the cluster stood", () => {
  const recorder = new Recorder(60_000);
  const { model } = followed(40, recorder);
  // A part more, at most, before the oldest goes.
  expect(recorder.bytes).toBeLessThan(120_000);
  expect(recorder.text()[2]).toContain('"stood"');
  using replay = new Replay("a file", recorder.text().join(""), noFrames);
  expect(words(replay.store.model)).toEqual(words(model));
  expect(replay.store.model.missedEvents).toBe(0);
});

test("other files, and damaged ones, are refused in words", () => {
  expect(() => new Replay("x", "hello", noFrames)).toThrow("no recording");
  const { text } = followed(1);
  expect(() => new Replay("x", `${text}{"t":1,"events":[7]}`, noFrames)).toThrow(
    /line \d+ of the recording is damaged/,
  );
  expect(() => new Replay("x", text.split("\n")[0] ?? "", noFrames)).toThrow("empty");
});

test("a trace has a process for each node, a thread for each server, and every finished attempt in microseconds", () => {
  const { model } = followed(3);
  const { traceEvents, displayTimeUnit } = chromeTrace(model);
  expect(displayTimeUnit).toBe("ms");
  expect(traceEvents.filter(({ name }) => name === "process_name").map(({ args }) => args["name"])).toEqual([
    "maxi",
    "workbench",
  ]);
  expect(traceEvents.filter(({ name }) => name === "thread_name").length).toBe(6);
  const spans = traceEvents.filter((event) => event.ph === "X");
  expect(spans.length).toBe(model.spans.count);
  const threads = new Set(
    traceEvents.flatMap((event) => (event.name === "thread_name" ? [`${event.pid}/${event.tid}`] : [])),
  );
  for (const { ts, dur, name, pid, tid } of spans) {
    expect(name).toBe("count");
    expect(dur).toBeGreaterThan(0);
    expect(ts / 1000).toBeGreaterThan(1_700_000_000_000);
    expect(threads.has(`${pid}/${tid}`)).toBe(true);
  }
});

test("tasks of one server that overlap have threads of their own, and those of a lost node are there", () => {
  const { model } = followed(3);
  const [server] = model.servers.values();
  const node = server === undefined ? undefined : model.nodes.get(server.node);
  if (server === undefined || node === undefined || model.epoch === undefined) throw new Error("nothing there");
  const before = chromeTrace(model).traceEvents.length;
  const from = model.lastEventMs + 10_000;
  const add = (startMs: number, endMs: number): void =>
    model.spans.add({ server: server.index, fn: 0, startMs, endMs, exit: SpanExit.returned, task: "t" as TaskId });
  add(from, from + 1000);
  // Its clock ticked a little early.
  add(from + 999.6, from + 1500);
  add(from + 200, from + 400);
  add(from + 300, from + 1200);
  const event = { type: "node.lost", node: node.info, error: { code: "PEER_LOST", message: "" } } as const;
  const at = { epoch: model.epoch, seq: model.seq + 1, timeMs: from };
  reduce(model, { type: "events", events: [{ ...event, ...at }], nowMs: from });
  const { traceEvents } = chromeTrace(model);
  const added = traceEvents.flatMap((one) => (one.ph === "X" && one.ts >= from * 1000 ? [one] : []));
  expect(added.map(({ tid, ts, dur }) => [tid, ts / 1000 - from, dur])).toEqual([
    [1, 0, 1_000_000],
    [10_001, 200, 200_000],
    [20_001, 300, 900_000],
    [1, 1000, 500_400],
  ]);
  const threads = traceEvents.flatMap((one) =>
    one.name === "thread_name" && one.pid === added[0]?.pid ? [one.args.name] : [],
  );
  expect(threads.slice(0, 3)).toEqual(["server 1", "server 1 (2)", "server 1 (3)"]);
  expect(traceEvents.length).toBe(before + 4 + 2);
});
