/** A job's tasks by where they may run: its rules, and what each task says of its place, become wants for the scheduler. */
import { type Endpoint } from "../contracts/endpoint.ts";
import { NO_PLACE_AFTER_MS, WANTS_LIMIT } from "../defaults.ts";
import { SkeinError } from "../errors.ts";
import { type NodeId } from "../ids.ts";
import { type Platform, type TimerHandle } from "../platform.ts";
import { type NodeInfo } from "./contracts.ts";
import { Deque } from "../deque.ts";
import { type ClusterEventBody } from "./events.ts";
import { checkPlace } from "./job-places.ts";
import { KnownNodes, type KnownNodesOptions } from "./known-nodes.ts";
import { type Needs, type PlacementRule } from "./placement-rules.ts";
import { type RunOptions } from "./remote-task.ts";
import { type Run } from "./run.ts";
import { type Want } from "./want.ts";
import { type WantDemand } from "./scheduler-events.ts";
import { type At, placeAt } from "./want-places.ts";
import { keyOf, lackOf, noPlace, tooManyPlaces, whyWaits, wordsFor } from "./want-words.ts";

export interface JobWantsOptions extends KnownNodesOptions {
  readonly platform: Platform;
  /** Each CPU task has a fresh process. */
  readonly restart?: boolean;
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
  readonly nodes: KnownNodes;
  readonly #options: JobWantsOptions;
  readonly #byKey = new Map<string, Want>();
  readonly #cpu: Want;
  readonly #io: Want;
  #serial = 2;
  #heard: string | undefined;
  #timer: TimerHandle = undefined;

  constructor(options: JobWantsOptions) {
    this.#options = options;
    this.nodes = new KnownNodes(options);
    this.#cpu = this.#make(0, "cpu", {});
    this.#io = this.#make(1, "io", {});
  }

  /** Whether its tasks may not run just anywhere, so that the scheduler has to be told where first. */
  get ruled(): boolean {
    return this.nodes.ruled;
  }

  /** Whether every server of the job will do for each of its tasks. */
  get simple(): boolean {
    return !this.nodes.ruled && this.all.length === 2;
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
    if (at !== undefined) checkPlace(at, this.nodes.infos());
    const place: At = at === undefined ? {} : placeAt(at);
    const info = place.node === undefined ? undefined : this.nodes.info(place.node);
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
    for (const id of (limits ?? this.nodes.all).keys()) {
      const info = limits?.get(id) === 0 ? undefined : this.nodes.info(id);
      if (info !== undefined) yield info;
    }
  }

  /** How many servers that are there now tasks with these options could have at once. @throws {SkeinError} as `of` */
  servers(options: RunOptions): number {
    const want = this.of(options);
    if (want.beside || want.server !== undefined) return 1;
    if (want.kind === "io") return Math.max(1, want.tabs.size);
    let count = 0;
    for (const { id, servers } of this.nodesFor(want)) count += Math.min(servers, want.limits?.get(id) ?? servers);
    return count;
  }

  /** Whether a server will do for the want. */
  fits({ node, server, limits, kind }: Want, at: Endpoint): boolean {
    if (node !== undefined && at.peer !== node) return false;
    if (server !== undefined && at.server !== server) return false;
    if (limits !== undefined) return (limits.get(at.peer) ?? 0) > 0;
    return kind === "cpu" || this.nodes.info(at.peer)?.kind !== "tab";
  }

  /** Why a task still waits for a server. */
  whyWaits({ what, want = this.#cpu }: Run): string {
    if (what.bundled !== undefined) return "its code is still being bundled";
    const { needs, text } = want;
    const lack = this.#lackOf(want);
    return whyWaits({
      needs,
      text,
      lack,
      there: [...this.nodesFor(want)],
      nodes: this.nodes.all.size,
      heard: this.#heard,
    });
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
    if (!known) want.lack = this.#lackOf(want);
    // The scheduler forgets a place that nothing is wanted of.
    want.placed = n < 2 || slots > 0;
    if (known) return { want: n, slots };
    if (limits === undefined && n < 2) return { want: n, slots };
    const nodes = limits === undefined ? {} : { nodes: Array.from(limits, ([node, servers]) => ({ node, servers })) };
    const memory = needs?.memoryBytes === undefined ? {} : { memoryBytes: needs.memoryBytes };
    const lack = want.lack === undefined ? {} : { lack: want.lack };
    const at = server === undefined ? {} : { server };
    return { want: n, slots, place: { kind, text, ...nodes, ...at, ...memory, ...lack } };
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
    this.nodes.standing(nodes);
    for (const want of this.all) this.#limit(want);
    this.#lookAtLacks();
    for (const id of new Set(this.all.map(({ node }) => node))) this.#presence(id);
    this.#options.moved?.();
  }

  /** A node has joined, for the first time or again. */
  came(node: NodeInfo): void {
    this.nodes.came(node);
    this.#presence(node.id);
    const limits: { readonly want: number; readonly servers: number }[] = [];
    for (const want of this.all) {
      if (want.limits === undefined || want.node !== undefined) continue;
      const servers = this.nodes.servers(want, node.id);
      want.limits.set(node.id, servers);
      want.late.delete(node.id);
      if (want.kind === "io" && node.kind === "tab" && servers > 0) want.tabs.add(node.id);
      else want.tabs.delete(node.id);
      if (want.placed) limits.push({ want: want.n, servers });
    }
    if (limits.length > 0) this.#options.limited?.(node.id, limits);
    this.#lookAtLacks();
    this.#options.moved?.();
  }

  gone(node: NodeId): void {
    this.nodes.gone(node);
    for (const want of this.all) if (want.node === undefined) want.tabs.delete(node);
    this.#lookAtLacks();
    this.#presence(node);
    this.#options.moved?.();
  }

  /** One more rule, asked after the others; wants may run elsewhere now. @throws {SkeinError} `OPTION_INVALID` */
  allocate(rule: PlacementRule): void {
    this.nodes.allocate(rule);
    this.#limitAll();
  }

  /** None of its tasks goes to that tab from now on. */
  distrust(tab: NodeId, why: string): void {
    this.nodes.distrust(tab, why);
    this.#limitAll();
  }

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
    const isAbsent = node !== undefined && !this.nodes.all.has(node);
    const absentMs = isAbsent ? this.#options.platform.now() : undefined;
    const counts = { open: 0, told: 0, peak: 0, dead: 0, absentMs, placed: false, limits: undefined, lack: undefined };
    const sets = { queue: new Deque<Run>(), tabs: new Set<NodeId>(), late: new Set<NodeId>() };
    const text = wordsFor(needs, { node, server, on });
    const want: Want = { n, kind, beside, on, needs, node, server, key, text, ...sets, ...counts };
    this.#limit(want);
    this.all.push(want);
    if (key !== undefined) this.#byKey.set(key, want);
    return want;
  }

  /** Its tasks may run elsewhere now: the scheduler is told where. */
  #limitAll(): void {
    for (const want of this.all) {
      this.#limit(want);
      want.placed = false;
    }
  }

  #limit(want: Want): void {
    const { node, needs, on } = want;
    if (node !== undefined)
      want.limits = new Map([[node, this.nodes.isDistrusted(node) ? 0 : Number.MAX_SAFE_INTEGER]]);
    else if (this.nodes.ruled || needs !== undefined || on !== undefined) {
      want.limits = new Map(Array.from(this.nodes.all.keys(), (id) => [id, this.nodes.servers(want, id)]));
    } else want.limits = undefined;
    want.tabs.clear();
    if (want.kind !== "io" || node !== undefined) return;
    for (const [id, servers] of want.limits ?? []) {
      if (servers > 0 && this.nodes.info(id)?.kind === "tab") want.tabs.add(id);
    }
  }

  /** Why no node that is there will do; `undefined` while one does, or any will. */
  #lackOf(want: Want): string | undefined {
    if (want.node !== undefined || want.limits === undefined) return undefined;
    for (const _one of this.nodesFor(want)) return undefined;
    return lackOf(want, [...this.nodes.all.values()]);
  }

  /** Where nothing will do for another reason than before, the scheduler is told the reason. */
  #lookAtLacks(): void {
    for (const want of this.all) {
      if (want.open > 0 && this.#lackOf(want) !== want.lack) want.placed = false;
    }
  }

  /** Notes since when a node that tasks name is away. */
  #presence(node: NodeId | undefined): void {
    if (node === undefined) return;
    const nowMs = this.nodes.all.has(node) ? undefined : this.#options.platform.now();
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
