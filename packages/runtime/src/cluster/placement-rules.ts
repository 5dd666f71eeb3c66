/** Which nodes a job's rules and a task's needs allow, and how many of their servers. Pure; asked at the client. */
import { DEFAULT_PORTS } from "../defaults.ts";
import { type NodeInfo } from "./contracts.ts";
import { type Allow } from "./isolation.ts";

/** Nodes that a job may use. What a rule leaves out it does not ask for. */
export interface NodeRule {
  /** A node's name, id or address (`10.0.0.7`, `10.0.0.7:4100`, a multiaddr); `*` stands for any text in it. */
  readonly node?: string;
  /** Fits `NodeInfo.platform`: `/^linux-/`. */
  readonly platform?: RegExp;
  /** It has at least so many servers. */
  readonly minServers?: number;
  /** How many of its servers the job may have; negative: all but so many. Default: all. */
  readonly take?: number;
  /** Free memory and disk when the node is first seen, in bytes. */
  readonly minMemoryBytes?: number;
  readonly minDiskBytes?: number;
  /** It has all of these labels, with these values. */
  readonly labels?: Readonly<Record<string, string>>;
  readonly kind?: NodeInfo["kind"];
}

/**
 * A rule, or a function of your own: how many of the node's servers the job may have, 0 for none, `undefined` to ask the
 * next rule.
 */
export type PlacementRule = NodeRule | ((node: NodeInfo) => number | undefined);

/** What one task needs of its node. */
export interface Needs extends Allow {
  /** Memory that must be free there, in bytes; it counts as taken from when the task's server is given. */
  readonly memoryBytes?: number;
  readonly labels?: Readonly<Record<string, string>>;
  readonly platform?: RegExp;
  /** Abilities that a tab's owner has granted, by name: "fetch", "storage". Only tabs have them. */
  readonly abilities?: readonly string[];
}

/**
 * How many servers of `node` the first rule that speaks of it gives; a node of which none speaks is not used. No rules:
 * all. `most`: of so many, where that is not the number of its CPU servers.
 *
 * @example
 * serversOf([{ node: "maxi*", take: -1 }, {}], node); // all but one of maxi's, all of others
 */
export function serversOf(rules: readonly PlacementRule[], node: NodeInfo, most: number = node.servers): number {
  if (rules.length === 0) return most;
  for (const rule of rules) {
    const servers = typeof rule === "function" ? rule(node) : takes(rule, node, most);
    if (servers === undefined) continue;
    if (Number.isNaN(servers)) return 0;
    return Math.min(most, Math.max(0, Math.trunc(servers)));
  }
  return 0;
}

/** Whether the node has what a task needs; memory, which changes, is the scheduler's to see to. */
export function hasNeeds({ labels, platform, abilities = [] }: Needs, node: NodeInfo): boolean {
  if (!hasLabels(node, labels) || (platform !== undefined && !fits(platform, node.platform))) return false;
  return abilities.length === 0 || (node.kind === "tab" && grants(node, abilities));
}

/** Addresses that the rules name: they are dialled, for nodes that have not found the scheduler. */
export function addressesIn(rules: readonly PlacementRule[]): readonly string[] {
  return rules.flatMap((rule) => {
    const { node } = typeof rule === "function" ? {} : rule;
    return (node === undefined ? undefined : dialled(node)) ?? [];
  });
}

function takes(rule: NodeRule, node: NodeInfo, most: number): number | undefined {
  const { platform, minServers = 0, minMemoryBytes = 0, minDiskBytes = 0, labels, kind, take } = rule;
  const { load, servers } = node;
  if (rule.node !== undefined && !names(rule.node, node)) return undefined;
  if (platform !== undefined && !fits(platform, node.platform)) return undefined;
  if (kind !== undefined && kind !== node.kind) return undefined;
  if (servers < minServers || load.memoryFreeBytes < minMemoryBytes || load.diskFreeBytes < minDiskBytes) {
    return undefined;
  }
  if (!hasLabels(node, labels)) return undefined;
  if (take === undefined) return most;
  return take < 0 ? Math.max(0, most + take) : take;
}

/** Tabs name what their owners have granted in a label. */
function grants({ labels }: NodeInfo, abilities: readonly string[]): boolean {
  const granted = labels["abilities"]?.split(",") ?? [];
  return abilities.every((ability) => granted.includes(ability));
}

/** A pattern that remembers where it stopped begins anew each time. */
function fits(pattern: RegExp, platform: string): boolean {
  pattern.lastIndex = 0;
  return pattern.test(platform);
}

function hasLabels(node: NodeInfo, labels: Readonly<Record<string, string>> = {}): boolean {
  return Object.entries(labels).every(([label, value]) => node.labels[label] === value);
}

/** Whether a rule's `node` means this one. */
function names(pattern: string, { id, name, location }: NodeInfo): boolean {
  const like = (text: string): boolean => isLike(text, pattern);
  if (like(name) || like(id)) return true;
  return location.addresses.some((address) => {
    if (like(address) || (pattern.startsWith("/") && address.startsWith(`${pattern}/`))) return true;
    const [, , host = "", , port = ""] = address.split("/");
    return like(host) || like(`${host}:${port}`) || like(`ws://${host}:${port}`);
  });
}

/** Whether `text` is like `pattern`, in which `*` stands for any text. Takes time in proportion to both at most. */
function isLike(text: string, pattern: string): boolean {
  const [first = "", ...rest] = pattern.split("*");
  const last = rest.pop();
  if (last === undefined) return text === pattern;
  if (!text.startsWith(first) || text.length < first.length + last.length || !text.endsWith(last)) return false;
  let at = first.length;
  const end = text.length - last.length;
  for (const part of rest) {
    const found = text.indexOf(part, at);
    if (found < 0 || found + part.length > end) return false;
    at = found + part.length;
  }
  return true;
}

const HOST = /^(\d{1,3}(\.\d{1,3}){3}|[\w-]+(\.[\w-]+)+)$/;

/** What a rule's `node` is to be dialled by, where it is an address. */
function dialled(node: string): string | undefined {
  if (node.includes("*")) return undefined;
  if (node.startsWith("/") || /^wss?:\/\//.test(node) || /^[^/:]+:\d+$/.test(node)) return node;
  return HOST.test(node) ? `${node}:${DEFAULT_PORTS.tcp}` : undefined;
}
