/** Finished task attempts as a Chrome trace: Perfetto and chrome://tracing open it. Pure. */
import type { ClusterModel } from "../model/cluster-model.ts";
import { functionName, nodeName, serversInOrder } from "../model/select.ts";
import { SpanExit } from "../model/span-log.ts";

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

/** All rectangles that the model keeps: a process for each node, a thread for each server of it. */
export function chromeTrace(model: ClusterModel): ChromeTrace {
  const events: TraceEvent[] = [];
  const places = new Map<number, { readonly pid: number; readonly tid: number }>();
  const pids = new Map<string, number>();
  for (const server of serversInOrder(model)) {
    const pid = pids.get(server.node) ?? pids.size + 1;
    if (!pids.has(server.node)) {
      pids.set(server.node, pid);
      events.push({ ph: "M", name: "process_name", pid, args: { name: nodeName(model, server.node) } });
    }
    places.set(server.index, { pid, tid: server.lane });
    events.push({ ph: "M", name: "thread_name", pid, tid: server.lane, args: { name: `server ${server.lane}` } });
  }
  model.spans.each(0, (server, fn, startMs, endMs, exit, at) => {
    const place = places.get(server);
    if (place === undefined) return;
    const task = model.spans.taskAt(at);
    events.push({
      ph: "X",
      name: functionName(model, fn) ?? "task",
      cat: EXIT_NAMES[exit] ?? "task",
      ...place,
      ts: Math.round(startMs * 1000),
      dur: Math.round((endMs - startMs) * 1000),
      args: { exit: EXIT_NAMES[exit] ?? "", ...(task === undefined ? {} : { task }) },
    });
  });
  return { displayTimeUnit: "ms", traceEvents: events };
}
