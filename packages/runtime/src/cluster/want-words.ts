/** What is said of a place where tasks may run: to find it again, and for people. Pure. */
import { type NodeId } from "../ids.ts";
import { type Needs } from "./placement-rules.ts";
import { type RunOptions } from "./remote-task.ts";

/** The same for all tasks that may run at the same places. */
export function keyOf({ at, needs, kind = "cpu" }: RunOptions): string {
  const { labels = {}, platform, memoryBytes = "" } = needs ?? {};
  const named = Object.entries(labels).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([kind, at ?? "", memoryBytes, named, String(platform ?? "")]);
}

/** "at node/3", "that need gpu=yes". */
export function wordsFor(needs: Needs | undefined, node: NodeId | undefined, server: number | undefined): string {
  if (node !== undefined) return `at ${node}${server === undefined ? "" : `/${server}`}`;
  if (needs === undefined) return "of this job: its rules";
  const { labels = {}, platform, memoryBytes } = needs;
  const parts = Object.entries(labels).map(([label, value]) => `${label}=${value}`);
  if (platform !== undefined) parts.push(`platform ${String(platform)}`);
  if (memoryBytes !== undefined) parts.push(`${memoryBytes} bytes of memory`);
  return `that need ${parts.join(", ")}`;
}
