/** Which log lines match a query, oldest first. Pure. */
import type { LogLevel, TaskId } from "@skein/runtime";
import { type ClusterModel, placeKey } from "./cluster-model.ts";
import type { LogRow } from "./log-list.ts";
import { placeName } from "./places.ts";
import { isJobMeant, parseQuery, type Term } from "./query.ts";

export const LEVELS: readonly LogLevel[] = ["debug", "info", "warn", "error"];

/** Lines of this level and worse that match. `level:` in the query asks for one level alone. */
export function findLogs(model: ClusterModel, query: string, least: LogLevel): readonly LogRow[] {
  const terms = parseQuery(query);
  const from = LEVELS.indexOf(least);
  const found: LogRow[] = [];
  for (let number = model.logs.first; number < model.logs.count; number += 1) {
    const row = model.logs.at(number);
    if (row === undefined || LEVELS.indexOf(row.level) < from) continue;
    if (terms.every((term) => matches(model, row, term) !== term.not)) found.push(row);
  }
  return found;
}

/** Lines of one task, oldest first. */
export function logsOfTask(model: ClusterModel, task: TaskId): readonly LogRow[] {
  const found: LogRow[] = [];
  for (let number = model.logs.first; number < model.logs.count; number += 1) {
    const row = model.logs.at(number);
    if (row?.task === task) found.push(row);
  }
  return found;
}

function matches(model: ClusterModel, row: LogRow, { key, value }: Term): boolean {
  switch (key) {
    case "level":
      return row.level === value;
    case "task":
      return row.task?.includes(value) === true;
    case "server":
    case "node":
    case "peer":
      return (
        placeName(model, row.at).toLowerCase().startsWith(value) || placeKey(row.at).toLowerCase().startsWith(value)
      );
    case "job":
      return row.job !== undefined && isJobMeant(model, row.job, value);
    default: {
      const text = key === "" ? value : `${key}:${value}`;
      return row.text.toLowerCase().includes(text) || row.fields.toLowerCase().includes(text);
    }
  }
}
