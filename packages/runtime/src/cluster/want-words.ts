/** What is said of a place where tasks may run: to find it again, and for people. Pure. */
import { WANTS_LIMIT } from "../defaults.ts";
import { SkeinError } from "../errors.ts";
import { type NodeId } from "../ids.ts";
import { type NodeInfo } from "./contracts.ts";
import { hasNeeds, type Needs } from "./placement-rules.ts";
import { type RunOptions } from "./remote-task.ts";
import { type KnownNode } from "./want-places.ts";

/** The same for all tasks that may run at the same places. */
export function keyOf({ at, needs, kind = "cpu" }: RunOptions, on?: "tab" | "node"): string {
  const { labels = {}, platform, memoryBytes = "", abilities = [] } = needs ?? {};
  const named = Object.entries(labels).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([kind, on ?? at ?? "", memoryBytes, named, String(platform ?? ""), abilities.toSorted()]);
}

/** "at node/3", "that need gpu=yes". */
export function wordsFor(
  needs: Needs | undefined,
  {
    node,
    server,
    on,
  }: {
    readonly node: NodeId | undefined;
    readonly server: number | undefined;
    readonly on: "tab" | "node" | undefined;
  },
): string {
  if (node !== undefined) return `at ${node}${server === undefined ? "" : `/${server}`}`;
  if (needs === undefined) return on === undefined ? "of this job: its rules" : `at ${on}s`;
  const { labels = {}, platform, memoryBytes, abilities = [] } = needs;
  const parts = Object.entries(labels).map(([label, value]) => `${label}=${value}`);
  if (platform !== undefined) parts.push(`platform ${String(platform)}`);
  if (memoryBytes !== undefined) parts.push(`${memoryBytes} bytes of memory`);
  if (abilities.length > 0) parts.push(`a tab that grants ${abilities.map((name) => `"${name}"`).join(", ")}`);
  return `${on === undefined ? "" : `at ${on}s `}that need ${parts.join(", ")}`;
}

/** What a task that waits for a server wants, by its client. */
export interface Waiting {
  readonly needs: Needs | undefined;
  readonly text: string;
  /** Why none of them will do. */
  readonly lack: string | undefined;
  /** The nodes that will do for it, of so many. */
  readonly there: readonly NodeInfo[];
  readonly nodes: number;
  /** What the scheduler has said of it. */
  readonly heard: string | undefined;
}

/** Why none of the nodes that are there will do for tasks: no tab has joined, or the job does without those that would. */
export function lackOf(
  {
    on,
    needs,
    text,
  }: { readonly on: "tab" | "node" | undefined; readonly needs: Needs | undefined; readonly text: string },
  nodes: readonly KnownNode[],
): string {
  const tabsOnly = on === "tab" || (needs?.abilities ?? []).length > 0;
  if (tabsOnly && nodes.every(({ info }) => info.kind !== "tab")) return NO_TAB;
  if (nodes.length === 0) return "no node has joined";
  const out = nodes.filter(({ info, why }) => {
    return (
      why !== undefined && (on === undefined || on === info.kind) && (needs === undefined || hasNeeds(needs, info))
    );
  });
  const words = out
    .slice(0, OUT_NAMED)
    .map(({ info, why }) => `the job does without ${info.kind} ${info.name}: ${why}`);
  if (out.length > OUT_NAMED) words.push(`and without ${out.length - OUT_NAMED} more`);
  return [`no node here takes tasks ${text}`, ...words].join("; ");
}

/** Why a task still waits for a server. */
export function whyWaits({ needs, text, lack, there, nodes, heard }: Waiting): string {
  if (lack !== undefined) return lack;
  if (nodes === 0) return "no node has joined";
  if (there.length === 0) return `no node here takes tasks ${text}`;
  const memory = needs?.memoryBytes ?? 0;
  if (there.every(({ load }) => load.memoryFreeBytes < memory)) return `no node here has the memory for tasks ${text}`;
  return heard ?? "no server was free for it yet";
}

const NO_TAB = "no tab has joined (skein invite --role tab prints a link)";
/** Nodes of which it is said why the job does without them. */
const OUT_NAMED = 3;

export function noPlace(message: string): SkeinError {
  return new SkeinError("NO_PLACE", message, {
    hint: "see skein status for the nodes and servers there are; without at the scheduler chooses",
  });
}

export const tooManyPlaces = (): SkeinError =>
  new SkeinError("LINK_OVERLOADED", `the job has tasks for ${WANTS_LIMIT} different places (at, needs)`, {
    hint: "wait for some of them before starting more",
  });
