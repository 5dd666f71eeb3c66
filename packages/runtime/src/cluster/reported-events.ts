/** What a client may tell of its own job: six types of events, each with its fields and nothing else. Pure. */
import * as z from "valibot";
import { FIELDS_LIMIT } from "../wire/limits.ts";
import { fields, object } from "../wire/parse.ts";
import { EVENT_LIMIT_BYTES } from "../defaults.ts";
import { type JobId } from "../ids.ts";
import { type ClusterEventBody } from "./events.ts";
import { amount, count, eventError, jobId, type Schema, serverIdText, taskId, text } from "./schema-parts.ts";

/** Whose names a report may have that are the job's own matter, and say nothing of what the cluster is. */
const OF_TASKS = "task.";

type Reported = Extract<ClusterEventBody, { readonly type: `task.${string}` | "log" }>;

/** Larger events are not kept at all. */
const long = z.pipe(z.string(), z.maxLength(EVENT_LIMIT_BYTES));
const taskWords = { task: taskId, job: jobId, fn: text, attempt: count };
const reported: Schema<Reported> = z.variant("type", [
  object({
    type: z.literal("task.created"),
    argsText: z.exactOptional(long),
    atMs: z.exactOptional(amount),
    kind: z.picklist(["cpu", "io"]),
    ...taskWords,
  }),
  object({ type: z.literal("task.started"), server: serverIdText, atMs: z.exactOptional(amount), ...taskWords }),
  object({ type: z.literal("task.corrected"), server: serverIdText, ...taskWords }),
  object({ type: z.literal("task.retried"), server: serverIdText, error: eventError, ...taskWords }),
  object({
    type: z.literal("task.exited"),
    exit: z.picklist(["returned", "failed", "cancelled", "lost"]),
    server: z.exactOptional(serverIdText),
    startedMs: amount,
    endedMs: amount,
    error: z.exactOptional(eventError),
    argsText: z.exactOptional(long),
    ...taskWords,
  }),
  object({
    type: z.literal("log"),
    job: jobId,
    server: serverIdText,
    task: z.exactOptional(taskId),
    level: z.picklist(["debug", "info", "warn", "error"]),
    text: long,
    fields: z.exactOptional(fields(text, z.unknown(), FIELDS_LIMIT)),
  }),
]);

/**
 * The event, as everybody may be told it: a client speaks for the tasks of its job, and for nothing else.
 *
 * @returns `"none"` for events that are the job's own matter, `"malformed"` for what nobody could be shown
 */
export function reportedEvent(value: unknown, job: JobId): Reported | "none" | "malformed" {
  const type: unknown = typeof value === "object" && value !== null && "type" in value ? value.type : undefined;
  if (typeof type !== "string") return "malformed";
  if (!type.startsWith(OF_TASKS) && type !== "log") return "none";
  const { success, output } = z.safeParse(reported, value, { abortEarly: true });
  return success && output.job === job ? output : "malformed";
}
