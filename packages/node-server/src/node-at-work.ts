/** A node while it serves: its daily hours, the scheduler it follows, and how it stands. */
import { type Location, type Logger, MINUTE_MS, type PeerHost } from "@skein/runtime";
import type { Node, NodeStanding } from "@skein/runtime/network";
import type { Config } from "./config.ts";
import type { DataDirectory } from "./data-directory.ts";
import { startNodeHere } from "./node-here.ts";
import { phaseAt, type ServiceHours, type ServicePhase } from "./service-hours.ts";

export interface NodeAtWorkOptions {
  readonly config: Config;
  readonly data: DataDirectory;
  readonly peer: PeerHost;
  readonly scheduler: Location;
  readonly logger: Logger;
  readonly hours?: ServiceHours;
  /** Starts the node of this machine; for tests another. */
  readonly start?: typeof startNodeHere;
  /** Finds who schedules once the present scheduler is lost; absent: it comes back, or nobody does. */
  readonly nextScheduler?: (signal: AbortSignal) => Promise<Location>;
}

/** How a node stands; `node` is missing outside its hours. */
export interface NodeStatus {
  readonly phase: ServicePhase;
  /** Whether it was told to take no new work. */
  readonly holding: boolean;
  readonly scheduler: Location;
  readonly node?: NodeStanding;
}

/** How often an end of all work is looked for. */
const LOOK_MS = 100;

export class NodeAtWork implements AsyncDisposable {
  /** Resolves when the clients that it was to serve are gone. */
  readonly served: Promise<void>;
  readonly #options: NodeAtWorkOptions;
  readonly #onServed: () => void;
  readonly #closed = new AbortController();
  #scheduler: Location;
  #node: Node | undefined;
  #phase: ServicePhase = "closed";
  #holding = false;
  #searching = false;
  #timer: NodeJS.Timeout | undefined;
  /** Nodes that are closing: the next one starts after them. */
  #ending: Promise<unknown> = Promise.resolve();

  constructor(options: NodeAtWorkOptions) {
    this.#options = options;
    this.#scheduler = options.scheduler;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.served = promise;
    this.#onServed = resolve;
    if (options.hours === undefined) this.#enter("open");
    else this.#look(options.hours);
  }

  status(): NodeStatus {
    const node = this.#node?.standing();
    return {
      phase: this.#phase,
      holding: this.#holding,
      scheduler: this.#scheduler,
      ...(node === undefined ? {} : { node }),
    };
  }

  hold(on: boolean): void {
    this.#holding = on;
    this.#node?.hold(on || this.#phase !== "open");
  }

  /** Resolves when no job holds a server here. */
  async idle(): Promise<void> {
    for (;;) {
      await this.#ending;
      const held = this.#node?.standing().servers.some(({ job, running }) => job !== undefined || running > 0);
      if (held !== true || this.#closed.signal.aborted) return;
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#closed.signal.aborted) {
      this.#closed.abort(new Error("the node is closed"));
      clearTimeout(this.#timer);
      this.#end();
    }
    await this.#ending;
  }

  /** At every full minute the clock is read anew: it may have been set, or the machine asleep. */
  #look(hours: ServiceHours): void {
    this.#enter(phaseAt(hours, new Date()));
    const now = Date.now();
    this.#timer = setTimeout(() => this.#look(hours), MINUTE_MS - (now % MINUTE_MS) + 1).unref();
  }

  #enter(phase: ServicePhase): void {
    if (phase === this.#phase) return;
    this.#phase = phase;
    this.#options.logger.info("node.hours", { phase });
    if (phase === "closed") this.#end();
    // What has not begun by the time it stops begins at the next start.
    else if (phase === "open" && this.#node === undefined) void this.#start();
    this.#node?.hold(this.#holding || phase !== "open");
  }

  async #start(): Promise<void> {
    await this.#ending;
    if (this.#closed.signal.aborted || this.#phase !== "open" || this.#node !== undefined) return;
    const { config, data, peer, logger, nextScheduler, start = startNodeHere } = this.#options;
    this.#node = start({
      config,
      data,
      peer,
      scheduler: this.#scheduler,
      logger,
      onServed: this.#onServed,
      ...(nextScheduler === undefined ? {} : { onSchedulerLost: () => void this.#search(nextScheduler) }),
    });
    if (this.#holding) this.#node.hold(true);
  }

  #end(): void {
    const node = this.#node;
    this.#node = undefined;
    if (node === undefined) return;
    this.#ending = this.#ending.then(async () => await node.close());
  }

  /** The scheduler is lost: whoever schedules next is followed. */
  async #search(next: NonNullable<NodeAtWorkOptions["nextScheduler"]>): Promise<void> {
    if (this.#searching) return;
    this.#searching = true;
    try {
      const before = this.#scheduler;
      this.#scheduler = await next(this.#closed.signal);
      this.#node?.follow(this.#scheduler);
      // One that has gone for good is not dialled for ever.
      if (before.peer !== this.#scheduler.peer) this.#options.peer.release(before.peer);
    } catch (error) {
      if (!this.#closed.signal.aborted) this.#options.logger.warn("scheduler.search", { error });
    }
    this.#searching = false;
  }
}
