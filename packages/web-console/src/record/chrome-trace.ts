/** Finished task attempts as a Chrome trace: Perfetto and chrome://tracing open it. Pure. */
import type { TaskId } from "@skein/runtime";
import type { ClusterModel } from "../model/cluster-model.ts";
import { functionName, nodeName, serversInOrder } from "../model/select.ts";
import { type Span, SpanExit } from "../model/span-log.ts";

/** As the format's documents have it; times are microseconds. */
export type TraceEvent =
  | {
      readonly ph: "M";
      readonly name: "process_name" | "thread_name";
      readonly pid: number;
      readonly tid?: number;
      readonly args: { readonly name: string };
    }
  | {
      readonly ph: "X";
      readonly name: string;
      readonly cat: string;
      readonly pid: number;
      readonly tid: number;
      readonly ts: number;
      readonly dur: number;
      readonly args: Readonly<Record<string, string>>;
    };

export interface ChromeTrace {
  readonly displayTimeUnit: "ms";
  readonly traceEvents: readonly TraceEvent[];
}

const EXIT_NAMES: readonly string[] = Object.keys(SpanExit);

/** Clocks of servers tick by milliseconds: one that begins so little before the other's end began after it. */
const TOUCH_US = 1000;
/** Tasks of one server that overlap have a thread each; their numbers are this far apart, for nodes have fewer servers. */
const THREADS_APART = 10_000;

/** All rectangles that the model keeps: a process for each node, a thread for each server of it, more where tasks overlap. */
export function chromeTrace(model: ClusterModel): ChromeTrace {
  const named: TraceEvent[] = [];
  const threads = new Map<number, Threads>();
  const pids = new Map<string, number>();
  const gone = [...model.gone.values()].map(({ server }) => server);
  for (const server of [...serversInOrder(model), ...gone]) {
    const pid = pids.get(server.node) ?? pids.size + 1;
    if (!pids.has(server.node)) {
      pids.set(server.node, pid);
      named.push({ ph: "M", name: "process_name", pid, args: { name: nodeName(model, server.node) } });
    }
    threads.set(server.index, new Threads(pid, server.lane));
  }
  const events: TraceEvent[] = [];
  for (const { server, fn, startMs, endMs, exit, task } of spansByStart(model)) {
    const own = threads.get(server);
    if (own === undefined) continue;
    const dur = Math.round((endMs - startMs) * 1000);
    events.push({
      ph: "X",
      name: functionName(model, fn) ?? "task",
      cat: EXIT_NAMES[exit] ?? "task",
      ...own.place(Math.round(startMs * 1000), dur),
      dur,
      args: { exit: EXIT_NAMES[exit] ?? "", ...(task === undefined ? {} : { task }) },
    });
  }
  return {
    displayTimeUnit: "ms",
    traceEvents: [...named, ...[...threads.values()].flatMap((one) => one.names()), ...events],
  };
}

/** The threads of a server, and when each is free: complete events of one thread must not overlap. */
class Threads {
  readonly #pid: number;
  readonly #lane: number;
  readonly #ends: number[] = [-Infinity];

  constructor(pid: number, lane: number) {
    this.#pid = pid;
    this.#lane = lane;
  }

  names(): readonly TraceEvent[] {
    return this.#ends.map((_, at) => ({
      ph: "M",
      name: "thread_name",
      pid: this.#pid,
      tid: this.#tid(at),
      args: { name: at === 0 ? `server ${this.#lane}` : `server ${this.#lane} (${at + 1})` },
    }));
  }

  /** A free thread, for events in the order of their starts. */
  place(ts: number, dur: number): { readonly pid: number; readonly tid: number; readonly ts: number } {
    let at = this.#ends.findIndex((end) => end <= ts + TOUCH_US);
    if (at < 0) at = this.#ends.length;
    const start = Math.max(ts, this.#ends[at] ?? -Infinity);
    this.#ends[at] = start + dur;
    return { pid: this.#pid, tid: this.#tid(at), ts: start };
  }

  #tid(at: number): number {
    return this.#lane + at * THREADS_APART;
  }
}

type Drawn = Omit<Span, "exit" | "task"> & { readonly exit: number; readonly task: TaskId | undefined };

function spansByStart(model: ClusterModel): readonly Drawn[] {
  const spans: Drawn[] = [];
  model.spans.each(0, (server, fn, startMs, endMs, exit, at) =>
    spans.push({ server, fn, startMs, endMs, exit, task: model.spans.taskAt(at) }),
  );
  return spans.toSorted((a, b) => a.startMs - b.startMs);
}
