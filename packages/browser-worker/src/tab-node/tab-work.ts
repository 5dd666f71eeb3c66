/** The work of a tab: its servers, offered to whoever schedules, as many as its owner gives now. */
import {
  type CloseOptions,
  type JobId,
  type Labels,
  type Location,
  type Logger,
  type PeerHost,
  type PeerId,
  type PeerOptions,
  type Platform,
  SECOND_MS,
  type ServerId,
} from "@skein/runtime";
import { loadNetwork, type NodeLoad } from "@skein/runtime/host";
import {
  findScheduler,
  type Node,
  type NodeStanding,
  noScheduler,
  startNode,
  startPeerHost,
} from "@skein/runtime/network";
import type { ServeAbilities } from "../io/abilities.ts";
import type { LinkBytes } from "./counted-link.ts";
import { type MemoryCodeStore, memoryCodeStore } from "./memory-code-store.ts";
import { type BrowserFacts, engineOf, tabAbout, tabLabels, tabLoad } from "./tab-info.ts";
import { programText } from "../sandbox/program-text.ts";
import type { PauseReason } from "../tab/pauses.ts";
import { TabServerHost } from "./tab-server-host.ts";
import { type Done, Totals, workedMs } from "./totals.ts";
import { WorkerCount } from "./worker-count.ts";

/** What runs in a tab now, and for whom. */
export interface TabTask {
  readonly server: ServerId;
  readonly kind: "cpu" | "io";
  readonly job: JobId;
  readonly client: PeerId;
  /** The client's name, while it is connected. */
  readonly clientName?: string;
  /** The function that began last. */
  readonly fn?: string;
  /** Tasks that run there. */
  readonly running: number;
  /** Since when something runs, in milliseconds since 1970. */
  readonly sinceMs?: number;
}

/** How a tab stands, for its page. */
export interface TabStatus {
  /** `away`: the cluster can't be reached now; it is tried again. `closed`: it has left. */
  readonly state: "working" | "paused" | "away" | "closed";
  /** Why none of its servers starts, where that is so: a content security policy of the page, for example. */
  readonly trouble?: string;
  /** Why it is paused, where it is. */
  readonly pausedBy: readonly PauseReason[];
  readonly workers: number;
  readonly tasks: readonly TabTask[];
  /** Tasks that have ended here. */
  readonly done: number;
  readonly failed: number;
  /** What jobs have sent to tasks here, and got from them. */
  readonly inBytes: number;
  readonly outBytes: number;
  /** For how long workers have run tasks here, together; what tasks that wait have computed is not known. */
  readonly busyMs: number;
}

export interface TabWorkOptions {
  readonly peer: PeerHost;
  readonly labels: Labels;
  readonly facts: BrowserFacts;
  readonly grants: readonly string[];
  readonly serveAbilities?: ServeAbilities | undefined;
  readonly trusted: boolean;
  readonly workers: number;
  readonly logger: Logger;
}

/** How often it is looked whether what runs has ended. */
const LOOK_MS = 50;
/** How long somebody who schedules is looked for. */
const SCHEDULER_TIMEOUT_MS: number = 15 * SECOND_MS;

/**
 * The peer of a tab: without what only clients need, which is as much again.
 *
 * @throws {SkeinError} `ABILITY_UNAVAILABLE` when the program of its servers can't be had: a tab without it would take
 *   tasks and never run them
 */
export async function startTabPeer(platform: Platform, options: PeerOptions, signal?: AbortSignal): Promise<PeerHost> {
  await programText();
  signal?.throwIfAborted();
  const peer = await startPeerHost(platform, options);
  if (peer.roles.some((role) => role !== "tab")) await loadNetwork();
  return peer;
}

/** Finds who schedules, and offers it this tab's servers. @throws {SkeinError} `NO_CLUSTER` when nobody does */
export async function startTabWork(options: TabWorkOptions): Promise<TabWork> {
  let scheduler: Location;
  try {
    scheduler = await findScheduler(options.peer, { timeoutMs: SCHEDULER_TIMEOUT_MS });
  } catch (error) {
    throw noScheduler(error);
  }
  return new TabWork(options, scheduler);
}

/** A node while it serves; a page that is kept for later has none. */
interface Shift {
  readonly node: Node;
  readonly host: TabServerHost;
}

export class TabWork {
  readonly #options: TabWorkOptions;
  readonly #scheduler: Location;
  readonly #code: MemoryCodeStore;
  readonly #totals = new Totals<ServerId>();
  /** Of earlier shifts. */
  #bytes: LinkBytes = { inBytes: 0, outBytes: 0 };
  #shift: Shift | undefined;
  readonly #workers: WorkerCount;
  #holding = false;
  /** It waits for what runs, to leave: it takes nothing new, whatever its page says. */
  #leaving = false;
  #closed: Promise<void> | undefined;
  #ending: Promise<void> = Promise.resolve();

  constructor(options: TabWorkOptions, scheduler: Location) {
    this.#options = options;
    this.#scheduler = scheduler;
    this.#workers = new WorkerCount(options.workers, async (workers) => await this.#shift?.node.resize(workers));
    this.#code = memoryCodeStore(options.peer.platform);
    this.#begin();
  }

  status(): Omit<TabStatus, "pausedBy"> {
    const standing = this.#standing();
    const here = this.#holding ? "paused" : "working";
    const bytes = this.#shift?.host.bytes;
    const trouble = this.#shift?.host.trouble;
    return {
      state: this.#closed !== undefined ? "closed" : standing?.known === true ? here : "away",
      ...(trouble === undefined ? {} : { trouble }),
      workers: this.#workers.wanted,
      tasks: this.#tasksOf(standing),
      ...this.#count(standing),
      inBytes: this.#bytes.inBytes + (bytes?.inBytes ?? 0),
      outBytes: this.#bytes.outBytes + (bytes?.outBytes ?? 0),
    };
  }

  /** Done when who schedules knows this tab, or has not answered for a while. */
  async known(signal?: AbortSignal): Promise<void> {
    const { platform } = this.#options.peer;
    const endMs = platform.now() + SCHEDULER_TIMEOUT_MS;
    const isOver = (): boolean =>
      this.#standing()?.known !== false || signal?.aborted === true || platform.now() >= endMs;
    while (!isOver()) await new Promise<void>((resolve) => void platform.startTimer(LOOK_MS, resolve));
  }

  hold(on: boolean): void {
    this.#holding = on || this.#leaving;
    this.#shift?.node.hold(this.#holding);
  }

  /**
   * Done when it offers so many; when that fails it offers what it did. What runs on those that go may end for a moment,
   * then it is handed back.
   */
  setWorkers(workers: number): Promise<void> {
    return this.#workers.change(workers);
  }

  /** Serves again, unless it does or was closed. */
  async again(): Promise<void> {
    await this.#ending;
    this.#begin();
  }

  #begin(): void {
    if (this.#shift !== undefined || this.#closed !== undefined) return;
    const { peer, labels, facts, grants, serveAbilities, trusted, logger } = this.#options;
    const code = this.#code;
    const host = new TabServerHost({
      peer: peer.id,
      servers: this.#workers.wanted,
      code,
      trusted,
      grants,
      serveAbilities,
      logger,
    });
    const node = startNode(peer, {
      scheduler: this.#scheduler,
      host,
      code,
      name: peer.name,
      kind: "tab",
      platform: `tab-${engineOf(facts.userAgent)}`,
      labels: { ...tabLabels(facts, grants), ...labels },
      about: tabAbout(facts, performance.timeOrigin),
      // Asked every second.
      load: (): NodeLoad => {
        const standing = this.#standing();
        if (standing !== undefined) this.#count(standing);
        return tabLoad(facts, this.#idleShare(standing));
      },
      logger,
    });
    this.#shift = { node, host };
    if (this.#holding) node.hold(true);
  }

  /** Hands back at once all that runs here. It can serve again. */
  end(): Promise<void> {
    if (this.#shift !== undefined) this.#ending = this.#end();
    return this.#ending;
  }

  async #end(): Promise<void> {
    const shift = this.#shift;
    if (shift === undefined) return;
    this.#count(shift.node.standing());
    this.#shift = undefined;
    const left = shift.node.close();
    // Now, not after the goodbye: whoever says stop sees it stop.
    await shift.host.close();
    const { inBytes, outBytes } = shift.host.bytes;
    this.#bytes = { inBytes: this.#bytes.inBytes + inBytes, outBytes: this.#bytes.outBytes + outBytes };
    await left;
  }

  /**
   * Takes nothing new, waits until nothing runs here, and leaves; with `cancel` it leaves at once, also when it waits
   * already. Twice does nothing more.
   */
  async close({ cancel = false, timeoutMs = Infinity }: CloseOptions = {}): Promise<void> {
    if (!cancel && this.#closed === undefined) {
      this.#leaving = true;
      this.hold(true);
      await this.#idle(timeoutMs);
    }
    this.#closed ??= this.end();
    await this.#closed;
  }

  async #idle(timeoutMs: number): Promise<void> {
    const { platform } = this.#options.peer;
    const endMs = platform.now() + timeoutMs;
    const isBusy = (): boolean => this.#standing()?.servers.some(({ running }) => running > 0) === true;
    while (this.#closed === undefined && isBusy() && platform.now() < endMs) {
      await new Promise<void>((resolve) => void platform.startTimer(LOOK_MS, resolve));
    }
  }

  #standing(): NodeStanding | undefined {
    return this.#shift?.node.standing();
  }

  #count(standing: NodeStanding | undefined): Done {
    const servers = standing?.servers ?? [];
    const nowMs = this.#options.peer.platform.wallMs();
    return this.#totals.take(
      new Map(servers.map((server) => [server.server, { ...server, busyMs: workedMs(server, nowMs) }])),
    );
  }

  #idleShare(standing: NodeStanding | undefined): number {
    if (this.#workers.wanted === 0) return 1;
    const servers = standing?.servers ?? [];
    const busy = servers.filter(({ kind, running }) => kind === "cpu" && running > 0).length;
    return Math.max(0, 1 - busy / this.#workers.wanted);
  }

  #tasksOf(standing: NodeStanding | undefined): readonly TabTask[] {
    const servers = standing?.servers ?? [];
    const names = new Map(this.#options.peer.peers().map(({ peer, name }) => [peer, name]));
    return servers.flatMap(({ server, kind, job, client, fn, running, sinceMs }) => {
      if (job === undefined || client === undefined) return [];
      const clientName = names.get(client);
      return {
        server,
        kind,
        job,
        client,
        running,
        ...(clientName === undefined ? {} : { clientName }),
        ...(fn === undefined ? {} : { fn }),
        ...(sinceMs === undefined ? {} : { sinceMs }),
      };
    });
  }
}
