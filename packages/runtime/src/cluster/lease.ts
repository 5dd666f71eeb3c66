/** Decides which of a job's servers gets the next task, and how many are sent ahead. Pure; the client's side of leases. */
import { IO_TASKS_LIMIT, PIPELINE_AHEAD_MS, PIPELINE_TASKS_LIMIT } from "../defaults.ts";
import { type Endpoint } from "../contracts/endpoint.ts";
import { type LeaseId, type PeerId } from "../ids.ts";

/** What is known of a function's run time. */
export interface FunctionTimes {
  /** A moving average in milliseconds that rises faster than it falls; `undefined` before the first result. */
  averageMs: number | undefined;
}

export function learn(times: FunctionTimes, tookMs: number): void {
  const { averageMs } = times;
  if (averageMs === undefined) times.averageMs = tookMs;
  else times.averageMs = averageMs + (tookMs - averageMs) * (tookMs > averageMs ? 0.5 : 0.1);
}

/** `preparing`: code is on its way there. `closing`: it is given back once what runs there has ended. `checking`: it may be lost. */
export type LeaseStanding = "preparing" | "ready" | "closing" | "checking" | "gone";

/** A task that is at a server; its numbers are those of the order it was sent in. */
export interface InFlight {
  readonly serial: number;
  /** What it counted for when it was sent; `undefined`: nothing was known of its function. */
  readonly estimateMs: number | undefined;
  /** The server said that it may have started. */
  started: boolean;
  /** The server said that it runs. */
  running: boolean;
  /** An I/O task that runs beside the CPU tasks of its server. */
  readonly beside: boolean;
}

/** What a task asks of its server. */
export interface Wanted {
  /** The want that a server was given for. */
  readonly n: number;
  /** Only a server that was given for it will do. */
  readonly own?: boolean;
  /** It has to be one of that node. */
  readonly node?: PeerId | undefined;
  /** Of I/O tasks that are spread: the server that has fewest tasks takes the next, if those are fewer than so many. */
  readonly most?: number | undefined;
  readonly fits: (server: Endpoint) => boolean;
}

export interface Lease<T extends InFlight> {
  readonly id: LeaseId;
  readonly kind: "cpu" | "io";
  readonly server: Endpoint;
  /** It is a browser tab's. */
  readonly tab: boolean;
  /** The want that it serves. */
  want: number;
  standing: LeaseStanding;
  readonly inFlight: Map<number, T>;
  nextSerial: number;
  /** The want whose task is the next one there; `undefined`: anybody's. */
  keptFor: number | undefined;
  /** Estimated work that is there. */
  expectedMs: number;
  /** How many there are of which nothing is known. */
  unknown: number;
  /** I/O tasks there beside the CPU tasks. */
  besides: number;
  /** What runs there takes longer than was thought: nothing is sent ahead until something ends. */
  stalled: boolean;
  /** When the server last said anything, or last got a task while it was idle. */
  lastNewsMs: number;
  /** It gets no tasks for now, and is kept. */
  held: boolean;
  /** It is to be given back within this grace: what starts there is cancelled, too. */
  stopGraceMs: number | undefined;
  /** Tasks whose ends have come, and of which the server has not been told so. */
  heard: number[];
}

/** The leases of a job, ordered by which can take the next task. Every operation costs O(1), but for `giveBack`. */
export class LeaseBook<T extends InFlight> {
  readonly leases: Map<LeaseId, Lease<T>> = new Map();
  /** Ready with nothing to do, and ready with room for short tasks. */
  readonly #idle = new Set<Lease<T>>();
  /** That get no tasks for now. */
  readonly #held = new Set<Lease<T>>();
  readonly #open = new Set<Lease<T>>();
  readonly #io = new Set<Lease<T>>();
  readonly #byNode = new Map<PeerId, Set<Lease<T>>>();
  readonly #ahead: boolean;

  /** @param ahead whether short tasks are sent to servers that have one already */
  constructor(ahead: boolean = true) {
    this.#ahead = ahead;
  }

  add(
    id: LeaseId,
    kind: "cpu" | "io",
    server: Endpoint,
    want: number = kind === "cpu" ? 0 : 1,
    tab: boolean = false,
  ): Lease<T> {
    const lease: Lease<T> = {
      id,
      kind,
      server,
      tab,
      want,
      standing: "preparing",
      inFlight: new Map(),
      nextSerial: 1,
      keptFor: undefined,
      expectedMs: 0,
      unknown: 0,
      besides: 0,
      stalled: false,
      lastNewsMs: 0,
      held: false,
      stopGraceMs: undefined,
      heard: [],
    };
    this.leases.set(id, lease);
    if (kind === "io") this.#io.add(lease);
    const there = this.#byNode.get(server.peer);
    if (there === undefined) this.#byNode.set(server.peer, new Set([lease]));
    else there.add(lease);
    return lease;
  }

  /** Those of a node. */
  at(node: PeerId): readonly Lease<T>[] {
    return [...(this.#byNode.get(node) ?? [])];
  }

  /** CPU servers in hand that are not being given back. */
  get size(): number {
    let count = 0;
    for (const lease of this.leases.values()) if (lease.kind === "cpu" && lease.standing !== "closing") count += 1;
    return count;
  }

  /** Its process is a fresh one: the numbers of its tasks begin anew. */
  renewed(lease: Lease<T>): void {
    lease.nextSerial = 1;
    lease.heard = [];
    lease.stalled = false;
  }

  /** Whether it gets no tasks for now. */
  hold(lease: Lease<T>, held: boolean): void {
    lease.held = held;
    if (held) this.#held.add(lease);
    else this.#held.delete(lease);
    this.#order(lease);
  }

  /** How many CPU servers of a want get no tasks for now. */
  heldFor(want: number): number {
    let count = 0;
    for (const lease of this.#held) if (lease.kind === "cpu" && lease.want === want) count += 1;
    return count;
  }

  /** Whether an I/O server is there for a want. */
  servesIo(want: number): boolean {
    for (const lease of this.#io) if (lease.want === want) return true;
    return false;
  }

  /** Before a lease is gone, what was in flight there must have been taken from it. */
  stand(lease: Lease<T>, standing: LeaseStanding): void {
    lease.standing = standing;
    if (standing === "gone") {
      if (lease.inFlight.size > 0) throw new TypeError(`lease ${lease.id} went with ${lease.inFlight.size} tasks`);
      this.leases.delete(lease.id);
      this.#held.delete(lease);
      this.#io.delete(lease);
      const there = this.#byNode.get(lease.server.peer);
      there?.delete(lease);
      if (there?.size === 0) this.#byNode.delete(lease.server.peer);
    }
    this.#order(lease);
  }

  /**
   * The server that takes a CPU task: an idle one first, else one that has room for it in its window. Tasks of which
   * nothing is known yet, and long ones, only go to idle servers, so that none waits behind another while a server is free.
   */
  next(estimateMs: number | undefined, wanted?: Wanted): Lease<T> | undefined {
    const idle = this.#firstFor(this.#idle, wanted);
    if (idle !== undefined) return idle;
    if (estimateMs === undefined || estimateMs > PIPELINE_AHEAD_MS) return undefined;
    return this.#firstFor(this.#open, wanted);
  }

  /** An I/O server that has room: the first, or where they are spread the one that has least to do. */
  nextIo(wanted?: Wanted): Lease<T> | undefined {
    let least: Lease<T> | undefined;
    for (const io of this.#among(this.#io, wanted)) {
      if (!takesIo(io) || (wanted !== undefined && !suits(io, wanted))) continue;
      if (wanted?.most === undefined) return io;
      if (io.inFlight.size < (least?.inFlight.size ?? wanted.most)) least = io;
      if (least?.inFlight.size === 0) break;
    }
    return least;
  }

  /** The nodes whose I/O server is ready and will do. */
  ioReady({ fits }: Pick<Wanted, "fits">): Set<PeerId> {
    const ready = new Set<PeerId>();
    for (const io of this.#io) if (io.standing === "ready" && !io.held && fits(io.server)) ready.add(io.server.peer);
    return ready;
  }

  /** The CPU server that an I/O task names, when it has room for it. */
  nextBeside(wanted: Wanted): Lease<T> | undefined {
    for (const lease of this.#among(undefined, wanted)) {
      if (lease.kind === "cpu" && takesIo(lease) && wanted.fits(lease.server)) return lease;
    }
    return undefined;
  }

  /** Whether a server in hand, or one that is being made ready, will do. */
  holds(wanted: Wanted): boolean {
    for (const { kind, standing, server } of this.#among(undefined, wanted)) {
      if (kind === "cpu" && standing !== "closing" && wanted.fits(server)) return true;
    }
    return false;
  }

  sent(lease: Lease<T>, task: T): void {
    lease.inFlight.set(task.serial, task);
    if (task.beside) lease.besides += 1;
    else if (task.estimateMs === undefined) lease.unknown += 1;
    else lease.expectedMs += task.estimateMs;
    this.#order(lease);
  }

  /** The task is at the server no more; gives it, unless it wasn't there. */
  ended(lease: Lease<T>, serial: number): T | undefined {
    const task = lease.inFlight.get(serial);
    if (task === undefined) return undefined;
    lease.inFlight.delete(serial);
    if (task.beside) lease.besides -= 1;
    else {
      if (task.started) lease.stalled = false;
      if (task.estimateMs === undefined) lease.unknown -= 1;
      else lease.expectedMs = lease.inFlight.size === lease.besides ? 0 : lease.expectedMs - task.estimateMs;
    }
    this.#order(lease);
    return task;
  }

  /** Nothing more is sent ahead to it for now; gives what does not run there. */
  stall(lease: Lease<T>): number[] {
    lease.stalled = true;
    this.#order(lease);
    return waiting(lease);
  }

  /** The CPU server that is free first: one with nothing to do, else the one with least. */
  giveBack(): Lease<T> | undefined {
    let least: Lease<T> | undefined;
    for (const lease of this.leases.values()) {
      if (lease.kind !== "cpu" || lease.standing === "closing" || lease.standing === "checking") continue;
      if (lease.inFlight.size === 0) return lease;
      if (least === undefined || lease.inFlight.size < least.inFlight.size) least = lease;
    }
    return least;
  }

  /** Those of the node that is named, else all of them, or every lease: tasks for thousands of places must not look at each other's. */
  #among(all: ReadonlySet<Lease<T>> | undefined, wanted: Wanted | undefined): Iterable<Lease<T>> {
    if (wanted?.node === undefined) return all ?? this.leases.values();
    const there = this.at(wanted.node);
    return all === undefined ? there : there.filter((lease) => all.has(lease));
  }

  /** One that was given for it, else one that will do. */
  #firstFor(leases: ReadonlySet<Lease<T>>, wanted: Wanted | undefined): Lease<T> | undefined {
    if (leases.size === 0) return undefined;
    if (wanted === undefined) {
      const [first] = leases;
      return first;
    }
    let other: Lease<T> | undefined;
    for (const lease of this.#among(leases, wanted)) {
      if (!suits(lease, wanted)) continue;
      if (lease.want === wanted.n) return lease;
      other ??= lease;
    }
    return other;
  }

  #order(lease: Lease<T>): void {
    const usable = lease.kind === "cpu" && lease.standing === "ready" && !lease.held;
    const size = lease.inFlight.size - lease.besides;
    if (usable && size === 0) this.#idle.add(lease);
    else this.#idle.delete(lease);
    // Taken out and put in again, it comes after the others: they take turns.
    this.#open.delete(lease);
    const room =
      lease.unknown === 0 && !lease.stalled && lease.expectedMs < PIPELINE_AHEAD_MS && size < PIPELINE_TASKS_LIMIT;
    if (this.#ahead && usable && size > 0 && room) this.#open.add(lease);
  }
}

const suits = ({ want, keptFor, server }: Lease<InFlight>, { n, own, fits }: Wanted): boolean =>
  (own !== true || want === n) && (keptFor === undefined || keptFor === n) && fits(server);

const takesIo = ({ standing, held, kind, inFlight, besides }: Lease<InFlight>): boolean =>
  standing === "ready" && !held && (kind === "io" ? inFlight.size : besides) < IO_TASKS_LIMIT;

/** Numbers of the tasks at a server that do not run, as far as is known. */
export function waiting(lease: Lease<InFlight>): number[] {
  const serials: number[] = [];
  for (const task of lease.inFlight.values()) if (!task.running && !task.beside) serials.push(task.serial);
  return serials;
}
