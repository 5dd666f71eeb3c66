/** The nodes that a job knows: what its rules give it of each, and those it does without. */
import { errorFrom } from "../errors.ts";
import { type NodeId } from "../ids.ts";
import { type Logger } from "../logger.ts";
import { type NodeInfo } from "./contracts.ts";
import { ruleKind } from "./option-tables.ts";
import { addressesIn, type PlacementRule, serversOf } from "./placement-rules.ts";
import { type RunOptions } from "./remote-task.ts";
import { type Asked, type KnownNode, serversFor } from "./want-places.ts";

export interface KnownNodesOptions {
  readonly logger: Logger;
  readonly where?: PlacementRule | readonly PlacementRule[] | undefined;
  /** Why the job can't use a node at all. */
  readonly lack?: ((node: NodeInfo) => string | undefined) | undefined;
  /** The job does without the node. */
  readonly skipped?: (node: NodeInfo, why: string) => void;
}

export class KnownNodes {
  readonly #options: KnownNodesOptions;
  readonly #rules: PlacementRule[];
  readonly #nodes = new Map<NodeId, KnownNode>();
  /** Tabs of which the job wants nothing any more, and why. */
  readonly #distrusted = new Map<NodeId, string>();

  constructor(options: KnownNodesOptions) {
    const { where = [] } = options;
    this.#options = options;
    // An array is a list of rules: no rule is one.
    this.#rules = Array.isArray(where) ? [...(where as readonly PlacementRule[])] : [where as PlacementRule];
  }

  /** Whether not every node will do. */
  get ruled(): boolean {
    return this.#rules.length > 0 || this.#options.lack !== undefined || this.#distrusted.size > 0;
  }

  get addresses(): readonly string[] {
    return addressesIn(this.#rules);
  }

  get all(): ReadonlyMap<NodeId, KnownNode> {
    return this.#nodes;
  }

  readonly info = (id: NodeId): NodeInfo | undefined => this.#nodes.get(id)?.info;

  infos(): readonly NodeInfo[] {
    return Array.from(this.#nodes.values(), ({ info }) => info);
  }

  /** How many servers of the node such tasks may have. */
  servers(asked: Asked, id: NodeId): number {
    return serversFor(asked, this.#nodes.get(id), this.#rules);
  }

  /** The nodes of the cluster, by a scheduler that was just found. */
  standing(nodes: readonly NodeInfo[]): void {
    const present = new Set(nodes.map(({ id }) => id));
    for (const id of this.#nodes.keys()) if (!present.has(id)) this.#nodes.delete(id);
    for (const node of nodes) this.came(node);
  }

  /** It has joined, for the first time or again: asks the rules about it. */
  came(info: NodeInfo): void {
    const { lack, skipped, logger } = this.#options;
    const before = this.#nodes.get(info.id);
    const why = this.#distrusted.get(info.id) ?? lack?.(info);
    let most = 0;
    try {
      // A node without CPU servers has its I/O server.
      if (why === undefined) most = serversOf(this.#rules, info, Math.max(1, info.servers));
    } catch (error) {
      logger.error("rule.failed", { node: info.id, error: errorFrom(error).message });
    }
    const servers = Math.min(most, info.servers);
    this.#nodes.set(info.id, { info, servers, most, ...(why === undefined ? {} : { why }) });
    // Of one that is distrusted it is said otherwise.
    const isNews = before?.servers !== 0 && !this.#distrusted.has(info.id);
    if (servers === 0 && info.servers > 0 && isNews) {
      skipped?.(info, why ?? "no rule of the job takes it");
    }
  }

  gone(id: NodeId): void {
    this.#nodes.delete(id);
  }

  /** One more rule, asked after the others. @throws {SkeinError} `OPTION_INVALID` */
  allocate(rule: PlacementRule): void {
    ruleKind(rule, "", "allocate");
    this.#rules.push(rule);
    for (const { info } of this.#nodes.values()) this.came(info);
  }

  /** No task goes to that tab from now on. */
  distrust(tab: NodeId, why: string): void {
    this.#distrusted.set(tab, why);
    const info = this.info(tab);
    if (info !== undefined) this.came(info);
  }

  isDistrusted(tab: NodeId): boolean {
    return this.#distrusted.has(tab);
  }

  /** Whether a node (no tab) is there that will do for a task with these options. */
  hasNode({ kind = "cpu", needs }: RunOptions): boolean {
    for (const id of this.#nodes.keys()) if (this.servers({ kind, needs, on: "node" }, id) > 0) return true;
    return false;
  }

  /** Tabs that are there and will do for a task with these options. */
  tabsFor({ kind = "cpu", needs }: RunOptions): readonly NodeInfo[] {
    return this.infos().filter(({ id }) => this.servers({ kind, needs, on: "tab" }, id) > 0);
  }
}
