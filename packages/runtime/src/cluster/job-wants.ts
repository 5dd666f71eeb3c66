/** A job's tasks by where they may run: its rules, and what each task says of its place, become wants for the scheduler. */
import { type Endpoint } from "../contracts/endpoint.ts";
import { NO_PLACE_AFTER_MS, WANTS_LIMIT } from "../defaults.ts";
import { errorFrom, SkeinError } from "../errors.ts";
import { type NodeId } from "../ids.ts";
import { type Logger } from "../logger.ts";
import { type Platform, type TimerHandle } from "../platform.ts";
import { type NodeInfo } from "./contracts.ts";
import { Deque } from "./deque.ts";
import { type ClusterEventBody } from "./events.ts";
import { checkPlace } from "./job-places.ts";
import { ruleKind } from "./option-tables.ts";
import { addressesIn, type Needs, type PlacementRule, serversOf } from "./placement-rules.ts";
import { type RunOptions } from "./remote-task.ts";
import { type Run } from "./run.ts";
import { type Want } from "./want.ts";
import { type WantDemand } from "./scheduler-events.ts";
import { type At, type KnownNode, placeAt, serversFor } from "./want-places.ts";
import { keyOf, noPlace, tooManyPlaces, whyWaits, wordsFor } from "./want-words.ts";

export interface JobWantsOptions {
  readonly platform: Platform;
  readonly logger: Logger;
  /** Each CPU task has a fresh process. */
  readonly restart?: boolean;
  readonly where?: PlacementRule | readonly PlacementRule[] | undefined;
  /** Why the job can't use a node at all. */
  readonly lack?: ((node: NodeInfo) => string | undefined) | undefined;
  /** The job does without the node. */
  readonly skipped?: (node: NodeInfo, why: string) => void;
  /** A node that has come: so many of its servers for these wants. */
  readonly limited?: (node: NodeId, limits: readonly { readonly want: number; readonly servers: number }[]) => void;
  /** Nodes have come or gone. */
  readonly moved?: () => void;
  /** There will be no place for what has waited since then, or longer. */
  readonly fail?: (want: Want, error: SkeinError, sinceMs: number) => void;
}

export class JobWants {
  /** By number, the newest last. */
  readonly all: Want[] = [];
  readonly #options: JobWantsOptions;
  readonly #rules: PlacementRule[];
  readonly #nodes = new Map<NodeId, KnownNode>();
  readonly #byKey = new Map<string, Want>();
  readonly #cpu: Want;
  readonly #io: Want;
  /** Tabs of which the job wants nothing any more, and why. */
  readonly #distrusted = new Map<NodeId, string>();
  #ruled: boolean;
  #serial = 2;
  #heard: string | undefined;
  #timer: TimerHandle = undefined;

  constructor(options: JobWantsOptions) {
    const { where = [], lack } = options;
    this.#options = options;
    // An array is a list of rules: no rule is one.
    this.#rules = Array.isArray(where) ? [...(where as readonly PlacementRule[])] : [where as PlacementRule];
    this.#ruled = this.#rules.length > 0 || lack !== undefined;
    this.#cpu = this.#make(0, "cpu", {});
    this.#io = this.#make(1, "io", {});
  }

  /** Whether its tasks may not run just anywhere, so that the scheduler has to be told where first. */
  get ruled(): boolean {
    return this.#ruled;
  }

  /** Whether every server of the job will do for each of its tasks. */
  get simple(): boolean {
    return !this.#ruled && this.all.length === 2;
  }

  get addresses(): readonly string[] {
    return addressesIn(this.#rules);
  }

  /**
   * What a task with these options wants; with `on`, wherever it says that it runs. @throws {SkeinError} `OPTION_INVALID`,
   *   `NO_PLACE`, `LINK_OVERLOADED`
   */
  of(options: RunOptions, on: Want["on"] = options.at === "tab" ? "tab" : undefined): Want {
    const { needs, kind = "cpu" } = options;
    const at = on === undefined && options.at !== "tab" ? options.at : undefined;
    if (at === undefined && needs === undefined && on === undefined) return kind === "cpu" ? this.#cpu : this.#io;
    const key = keyOf(options, on);
    const known = this.#byKey.get(key);
    if (known !== undefined) return known;
    if (at !== undefined) checkPlace(at, this.#known());
    const place: At = at === undefined ? {} : placeAt(at);
    const info = place.node === undefined ? undefined : this.#nodes.get(place.node)?.info;
    // Numbers past a node's CPU servers are those of I/O servers: of this job there is one at each node.
    const isIo = kind === "io" && (place.server === undefined || place.server > (info?.servers ?? Infinity));
    if (kind === "cpu" && info !== undefined && place.server !== undefined && place.server > info.servers) {
      throw noPlace(`node ${info.name} has ${info.servers} CPU servers, and no number ${place.server}`);
    }
    if (this.all.length >= WANTS_LIMIT) throw tooManyPlaces();
    if (kind === "io" && !isIo && this.#options.restart === true) {
      throw new SkeinError("OPTION_INVALID", `restartServers: no I/O task can run beside the CPU tasks at ${at}`, {
        hint: "name the node instead: it runs in the job's I/O server there",
      });
    }
    const want = this.#make(this.#serial, isIo ? "io" : "cpu", {
      needs,
      on,
      ...(isIo ? { node: place.node } : place),
      beside: kind === "io" && !isIo,
      key,
    });
    this.#serial += 1;
    return want;
  }

  /** The task waits for a server: after the others, or before them. */
  queue(run: Run, first = false): void {
    const { want } = run;
    if (want === undefined) return;
    if (first) want.queue.unshift(run);
    else want.queue.push(run);
    if (want.node === undefined) return;
    run.queuedMs = this.#options.platform.now();
    if (want.absentMs !== undefined) this.#watchAbsent();
  }

  /** A task that waited has ended. Those that have are dropped when they are more than the others. */
  ended(want: Want): void {
    want.dead += 1;
    if (want.dead < DEAD_KEPT || want.dead * 2 < want.queue.size) return;
    want.dead = 0;
    want.queue.keep((run) => run.state !== "ended");
  }

  /** Nodes that are there and will do for the want. */
  *nodesFor({ limits }: Want): Generator<NodeInfo, void, undefined> {
    for (const id of (limits ?? this.#nodes).keys()) {
      const node = limits?.get(id) === 0 ? undefined : this.#nodes.get(id);
      if (node !== undefined) yield node.info;
    }
  }

  /** Whether a server will do for the want. */
  fits({ node, server, limits, kind }: Want, at: Endpoint): boolean {
    if (node !== undefined && at.peer !== node) return false;
    if (server !== undefined && at.server !== server) return false;
    if (limits !== undefined) return (limits.get(at.peer) ?? 0) > 0;
    return kind === "cpu" || this.#nodes.get(at.peer)?.info.kind !== "tab";
  }

  /** Why a task still waits for a server. */
  whyWaits({ what, want = this.#cpu }: Run): string {
    if (what.bundled !== undefined) return "its code is still being bundled";
    const { needs, text } = want;
    return whyWaits({ needs, text, there: [...this.nodesFor(want)], nodes: this.#nodes.size, heard: this.#heard });
  }

  /** What the scheduler has told of the job and its nodes. */
  happened(event: ClusterEventBody): void {
    if (event.type === "job.waiting") this.#heard = event.why;
    else if (event.type === "job.active") this.#heard = undefined;
    else if (event.type === "node.ready") this.came(event.node);
    else if (event.type === "node.closed" || event.type === "node.lost") this.gone(event.node.id);
  }

  /** How the scheduler is told what the want needs now. */
  demand(want: Want, slots: number): WantDemand {
    want.told = slots;
    const { n, kind, limits, server, needs, text } = want;
    const known = want.placed;
    // The scheduler forgets a place that nothing is wanted of.
    want.placed = n < 2 || slots > 0;
    if (known) return { want: n, slots };
    if (limits === undefined && n < 2) return { want: n, slots };
    const nodes = limits === undefined ? {} : { nodes: Array.from(limits, ([node, servers]) => ({ node, servers })) };
    const memory = needs?.memoryBytes === undefined ? {} : { memoryBytes: needs.memoryBytes };
    return { want: n, slots, place: { kind, text, ...nodes, ...(server === undefined ? {} : { server }), ...memory } };
  }

  /** A scheduler was found that knows nothing of this. */
  forget(): void {
    for (const want of this.all) {
      want.told = 0;
      want.placed = false;
    }
  }

  /** Drops wants that nothing is left of. */
  tidy(isServed: (want: Want) => boolean): void {
    for (let i = this.all.length - 1; i >= 2; i -= 1) {
      const want = this.all[i];
      if (want === undefined || want.open > 0 || want.told > 0 || isServed(want)) continue;
      this.all.splice(i, 1);
      if (want.key !== undefined) this.#byKey.delete(want.key);
    }
  }

  /** The nodes of the cluster, by a scheduler that was just found. */
  standing(nodes: readonly NodeInfo[]): void {
    const present = new Set(nodes.map(({ id }) => id));
    for (const id of this.#nodes.keys()) if (!present.has(id)) this.#nodes.delete(id);
    for (const node of nodes) this.#learn(node);
    for (const want of this.all) this.#limit(want);
    for (const id of new Set(this.all.map(({ node }) => node))) this.#presence(id);
    this.#options.moved?.();
  }

  /** A node has joined, for the first time or again. */
  came(node: NodeInfo): void {
    this.#learn(node);
    this.#presence(node.id);
    const limits: { readonly want: number; readonly servers: number }[] = [];
    for (const want of this.all) {
      if (want.limits === undefined || want.node !== undefined) continue;
      const servers = serversFor(want, this.#nodes.get(node.id), this.#rules);
      want.limits.set(node.id, servers);
      if (want.placed) limits.push({ want: want.n, servers });
    }
    if (limits.length > 0) this.#options.limited?.(node.id, limits);
    this.#options.moved?.();
  }

  gone(node: NodeId): void {
    this.#nodes.delete(node);
    this.#presence(node);
    this.#options.moved?.();
  }

  /** One more rule, asked after the others; wants may run elsewhere now. @throws {SkeinError} `OPTION_INVALID` */
  allocate(rule: PlacementRule): void {
    ruleKind(rule, "", "allocate");
    this.#rules.push(rule);
    for (const { info } of this.#nodes.values()) this.#learn(info);
    this.#limitAll();
  }

  /** None of its tasks goes to that tab from now on. */
  distrust(tab: NodeId, why: string): void {
    this.#distrusted.set(tab, why);
    const known = this.#nodes.get(tab);
    if (known !== undefined) this.#learn(known.info);
    this.#limitAll();
  }

  /** Whether a node (no tab) is there that will do for a task with these options. */
  hasNode(options: RunOptions): boolean {
    const { kind = "cpu", needs } = options;
    for (const node of this.#nodes.values()) {
      if (node.info.kind === "node" && serversFor({ kind, needs, on: "node" }, node, this.#rules) > 0) return true;
    }
    return false;
  }

  /** Tabs that are there and will do for a task with these options. */
  tabsFor({ kind = "cpu", needs }: RunOptions): readonly NodeInfo[] {
    const nodes = [...this.#nodes.values()];
    return nodes.flatMap((node) => (serversFor({ kind, needs, on: "tab" }, node, this.#rules) > 0 ? [node.info] : []));
  }

  readonly node = (id: NodeId): NodeInfo | undefined => this.#nodes.get(id)?.info;

  close(): void {
    if (this.#timer !== undefined) this.#options.platform.stopTimer(this.#timer);
    this.#timer = undefined;
  }

  #make(
    n: number,
    kind: "cpu" | "io",
    more: {
      readonly needs?: Needs | undefined;
      readonly node?: NodeId | undefined;
      readonly server?: number | undefined;
      readonly beside?: boolean;
      readonly on?: Want["on"];
      readonly key?: string;
    },
  ): Want {
    const { needs, node, server, beside = false, on, key } = more;
    const isAbsent = node !== undefined && !this.#nodes.has(node);
    const absentMs = isAbsent ? this.#options.platform.now() : undefined;
    const counts = { open: 0, told: 0, peak: 0, dead: 0, absentMs, placed: false, limits: undefined };
    const text = wordsFor(needs, { node, server, on });
    const want: Want = { n, kind, beside, on, needs, node, server, key, text, queue: new Deque<Run>(), ...counts };
    this.#limit(want);
    this.all.push(want);
    if (key !== undefined) this.#byKey.set(key, want);
    return want;
  }

  #known(): readonly NodeInfo[] {
    return Array.from(this.#nodes.values(), ({ info }) => info);
  }

  /** Its tasks may run elsewhere now: the scheduler is told where. */
  #limitAll(): void {
    this.#ruled = true;
    for (const want of this.all) {
      this.#limit(want);
      want.placed = false;
      want.told = 0;
    }
  }

  #limit(want: Want): void {
    const { node, needs, on } = want;
    if (node !== undefined) want.limits = new Map([[node, this.#distrusted.has(node) ? 0 : Number.MAX_SAFE_INTEGER]]);
    else if (this.#ruled || needs !== undefined || on !== undefined) {
      want.limits = new Map(
        Array.from(this.#nodes.keys(), (id) => [id, serversFor(want, this.#nodes.get(id), this.#rules)]),
      );
    } else want.limits = undefined;
  }

  /** Asks the rules about the node. */
  #learn(info: NodeInfo): void {
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
    this.#nodes.set(info.id, { info, servers, most });
    // Of one that is distrusted it is said otherwise.
    const isNews = before?.servers !== 0 && !this.#distrusted.has(info.id);
    if (servers === 0 && info.servers > 0 && isNews) {
      skipped?.(info, why ?? "no rule of the job takes it");
    }
  }

  /** Notes since when a node that tasks name is away. */
  #presence(node: NodeId | undefined): void {
    if (node === undefined) return;
    const nowMs = this.#nodes.has(node) ? undefined : this.#options.platform.now();
    for (const want of this.all) {
      if (want.node === node) want.absentMs = nowMs === undefined ? undefined : (want.absentMs ?? nowMs);
    }
    this.#watchAbsent();
  }

  /** Tasks for a node that is not there, and does not come, fail. */
  #watchAbsent(): void {
    if (this.#timer !== undefined) return;
    const { platform, fail } = this.#options;
    let dueMs = Infinity;
    for (const { absentMs, queue } of this.all) {
      if (absentMs === undefined || queue.size === 0) continue;
      for (const run of queue) {
        if (run.state !== "ended") dueMs = Math.min(dueMs, Math.max(absentMs, run.queuedMs) + NO_PLACE_AFTER_MS);
      }
    }
    if (dueMs === Infinity) return;
    this.#timer = platform.startTimer(Math.max(0, dueMs - platform.now()), () => {
      this.#timer = undefined;
      const sinceMs = platform.now() - NO_PLACE_AFTER_MS;
      for (const want of this.all) {
        const { node, absentMs } = want;
        if (absentMs !== undefined && absentMs <= sinceMs) {
          fail?.(want, noPlace(`node ${node} is not in the cluster`), sinceMs);
        }
      }
      this.#watchAbsent();
    });
  }
}

/** Tasks that have ended and stay in a queue, however few wait there. */
const DEAD_KEPT = 64;
