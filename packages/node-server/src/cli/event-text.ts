/** What `skein logs` prints of events: a line each, with the names of nodes and jobs for their ids. Pure. */
import type { ClusterEvent, ClusterSnapshot, LogFields, LogLevel, ServerId } from "@skein/runtime";
import { LOG_THRESHOLDS, type LogThreshold, textLine } from "../log.ts";
import { printable } from "./table.ts";
import { shortId } from "./short-id.ts";

/** An event as a line of a log. */
export interface EventLine {
  readonly level: LogLevel;
  readonly text: string;
  readonly fields: LogFields;
}

/** Names of nodes and jobs, learned as they come. */
export class EventNames {
  readonly #names = new Map<string, string>();

  learn({ nodes, jobs }: Pick<ClusterSnapshot, "nodes" | "jobs">): void {
    for (const { id, name } of [...nodes, ...jobs]) this.#names.set(id, printable(name) || shortId(id));
  }

  of(id: string): string {
    return this.#names.get(id) ?? shortId(id);
  }

  /** `maxi/2`. */
  server(id: ServerId): string {
    const [node = "", number = "?"] = id.split("/");
    return `${this.of(node)}/${number}`;
  }

  take(event: ClusterEvent): void {
    if ("node" in event && typeof event.node === "object") this.learn({ nodes: [event.node], jobs: [] });
    if ("job" in event && typeof event.job === "object") this.learn({ nodes: [], jobs: [event.job] });
  }
}

/** Whose event it is, where it is a job's. */
export function jobOf(event: ClusterEvent): string | undefined {
  if (!("job" in event)) return undefined;
  return typeof event.job === "object" ? event.job.id : event.job;
}

/** The line of an event; `undefined` for those that only count (`load`, `job.progress`). */
export function lineOf(event: ClusterEvent, names: EventNames): EventLine | undefined {
  switch (event.type) {
    case "log": {
      const { level, text, server, task, job, fields } = event;
      const where = { job: names.of(job), server: names.server(server), ...(task === undefined ? {} : { task }) };
      return { level, text: printable(text), fields: { ...where, ...fields } };
    }
    case "load":
    case "job.progress":
      return undefined;
    case "gap":
      return line(event.type, "warn", { from: event.from, to: event.to, why: "no longer kept, or not yours to see" });
    default:
      return line(event.type, levelOf(event), fieldsOf(event, names));
  }
}

/** The line of an event as it is printed, with the time at which it happened; `undefined` for one below `least`. */
export function printedLine(event: ClusterEvent, names: EventNames, least: LogThreshold): string | undefined {
  const told = lineOf(event, names);
  if (told === undefined || LOG_THRESHOLDS.indexOf(told.level) < LOG_THRESHOLDS.indexOf(least)) return undefined;
  return textLine(new Date(event.timeMs), told.level, told.text, told.fields);
}

function line(type: string, level: LogLevel, fields: LogFields): EventLine {
  return { level, text: type, fields };
}

function levelOf(event: ClusterEvent): LogLevel {
  if (event.type === "task.exited") return event.exit === "failed" || event.exit === "lost" ? "error" : "info";
  if (event.type === "task.created" || event.type === "task.started") return "debug";
  // A job that has just got its first task waits a moment for its first server.
  if (event.type === "job.waiting" && event.why === undefined) return "debug";
  return /\.(lost|suspected|retried|corrected|skipped|waiting)$/.test(event.type) ? "warn" : "info";
}

/** Every event tells of what it has among these. */
function fieldsOf(event: ClusterEvent, names: EventNames): LogFields {
  const fields: Record<string, unknown> = {};
  const job = jobOf(event);
  if ("node" in event) fields["node"] = names.of(typeof event.node === "object" ? event.node.id : event.node);
  if (job !== undefined) fields["job"] = names.of(job);
  if ("server" in event && event.server !== undefined) {
    fields["server"] = names.server(typeof event.server === "object" ? event.server.id : event.server);
  }
  for (const name of ["fn", "task", "attempt", "exit", "argsText", "why"] as const) {
    // Which of them an event has is its type's; a text is made safe for terminals.
    const value: unknown = name in event ? Reflect.get(event, name) : undefined;
    if (value !== undefined) fields[name] = typeof value === "string" ? printable(value) : value;
  }
  if (event.type === "task.exited") fields["tookMs"] = Math.round(event.endedMs - event.startedMs);
  if ("error" in event && event.error !== undefined) {
    fields["error"] = event.error.code;
    if (event.error.message !== "") fields["message"] = printable(event.error.message);
  }
  return fields;
}
