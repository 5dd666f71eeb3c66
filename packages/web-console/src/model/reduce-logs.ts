/** How log lines of tasks get into the model. */
import type { ClusterEvent } from "@skein/runtime";
import type { ClusterModel } from "./cluster-model.ts";

/** Characters of a line's fields that are shown. */
const FIELDS_LIMIT = 1000;

export function keepLog(model: ClusterModel, event: Extract<ClusterEvent, { readonly type: "log" }>): void {
  const { timeMs, level, text, job, task, server, fields } = event;
  model.logs.add({ timeMs, level, text, fields: fieldsText(fields), job, task, server });
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
