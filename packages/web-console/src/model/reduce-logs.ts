/** How log lines of tasks get into the model. */
import type { ClusterEvent, LogLevel, Observed } from "@skein/runtime";
import { parseServerId } from "@skein/runtime/host";
import { type ClusterModel, placeKey } from "./cluster-model.ts";

type PlaceLogs = Exclude<Extract<Observed, { readonly topic: `logs:${LogLevel}` }>, { readonly gone: true }>;

/** Characters of a line's fields that are shown. */
const FIELDS_LIMIT = 1000;

/** Places whose last line is known: those that told something last. */
const PLACES_LIMIT = 2000;

export function keepLog(model: ClusterModel, event: Extract<ClusterEvent, { readonly type: "log" }>): void {
  const { timeMs, level, text, job, task, fields } = event;
  const at = parseServerId(event.server);
  if (at !== undefined) model.logs.add({ timeMs, level, text, fields: fieldsText(fields), job, task, at, own: false });
}

/** Lines that a place logged itself: it tells its last ones again and again, each with its number there. */
export function keepPlaceLogs(model: ClusterModel, { at, lines }: PlaceLogs): void {
  const key = placeKey(at);
  const last = model.placeLines.get(key);
  let [highest, latestMs] = [last?.line ?? 0, last?.timeMs ?? -Infinity];
  for (const { line, timeMs, level, text, fields } of lines) {
    // A place that begins anew counts from the first line again.
    if (last !== undefined && line <= last.line && timeMs <= last.timeMs) continue;
    model.logs.add({ timeMs, level, text, fields: fieldsText(fields), job: undefined, task: undefined, at, own: true });
    highest = Math.max(highest, line);
    latestMs = Math.max(latestMs, timeMs);
  }
  model.placeLines.delete(key);
  model.placeLines.set(key, { line: highest, timeMs: latestMs });
  if (model.placeLines.size > PLACES_LIMIT) model.placeLines.delete(model.placeLines.keys().next().value ?? key);
}

/** `rows=12 file="a b"`: short, and in their order. */
export function fieldsText(fields: Readonly<Record<string, unknown>> | undefined): string {
  if (fields === undefined) return "";
  let text = "";
  for (const [name, value] of Object.entries(fields)) {
    const shown =
      typeof value === "string" && /^[^\s"=]+$/.test(value) ? value : (JSON.stringify(value) ?? "undefined");
    text += `${text === "" ? "" : " "}${name}=${shown}`;
    if (text.length > FIELDS_LIMIT) return `${text.slice(0, FIELDS_LIMIT)}…`;
  }
  return text;
}
