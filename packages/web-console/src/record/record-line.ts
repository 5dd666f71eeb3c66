/** A recording's file: lines of JSON, the first of which says what it is. What is read is checked in its frame, and shown, never acted on. */
import type { ClusterEvent, ClusterSnapshot, Observed } from "@skein/runtime";

/** What this page heard, and when by its clock, in milliseconds since 1970. */
export type RecordLine =
  /** A snapshot that it was sent … */
  | { readonly t: number; readonly snapshot: ClusterSnapshot; readonly since?: number }
  /** … or how its model stood: nothing new for who has read what is above. */
  | { readonly t: number; readonly stood: ClusterSnapshot }
  | { readonly t: number; readonly events: readonly ClusterEvent[] }
  | { readonly t: number; readonly observed: readonly Observed[] };

export const RECORD_HEAD = '{"skein":"recording","version":1}';

/** @throws {Error} when the text is no recording, or a line of it is damaged */
export function parseRecording(text: string): readonly RecordLine[] {
  const [head = "", ...rest] = text.split("\n");
  if (head.trim() !== RECORD_HEAD) throw new Error("this file is no recording of skein");
  const lines = rest.flatMap((line, index) => (line.trim() === "" ? [] : [lineOf(line, index + 2)]));
  const [first] = lines;
  if (first === undefined || !("snapshot" in first || "stood" in first)) throw new Error("the recording is empty");
  return lines;
}

function lineOf(text: string, number: number): RecordLine {
  const value = parsed(text);
  if (isObject(value) && typeof value["t"] === "number") {
    if (isSnapshot(value["snapshot"]) || isSnapshot(value["stood"])) return value as unknown as RecordLine;
    if (isListOf(value["events"], "type") || isListOf(value["observed"], "topic"))
      return value as unknown as RecordLine;
  }
  throw new Error(`line ${number} of the recording is damaged`);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null;

const isSnapshot = (value: unknown): boolean =>
  isObject(value) &&
  typeof value["epoch"] === "number" &&
  typeof value["seq"] === "number" &&
  Array.isArray(value["nodes"]) &&
  Array.isArray(value["servers"]) &&
  Array.isArray(value["jobs"]) &&
  (value["failures"] === undefined || isListOf(value["failures"], "type"));

const isListOf = (value: unknown, name: string): boolean =>
  Array.isArray(value) && value.every((one) => isObject(one) && typeof one[name] === "string");
