/** What becomes of a job when places can't be set up for it: it does without them, and tasks that have no other place fail. */
import { NO_PLACE_AFTER_MS } from "../defaults.ts";
import { type SkeinError } from "../errors.ts";
import { type NodeId, type ServerId, serverId } from "../ids.ts";
import { type Logger } from "../logger.ts";
import { type Platform, type TimerHandle } from "../platform.ts";
import { type JobNodes } from "./job-nodes.ts";
import { nodeOf } from "./job-places.ts";
import { type JobRuns } from "./job-runs.ts";
import { type JobSetup, type SetupFailure } from "./job-setup.ts";
import { type JobSteering } from "./job-steering.ts";
import { type JobWants } from "./job-wants.ts";
import { type Want } from "./want.ts";
import { type Granted } from "./words.ts";

export interface SetupFailuresOptions {
  readonly platform: Platform;
  readonly nodes: JobNodes;
  readonly setup: JobSetup;
  readonly steering: JobSteering;
  readonly runs: JobRuns;
  readonly wants: JobWants;
  readonly logger: Logger;
}

export class SetupFailures {
  readonly #options: SetupFailuresOptions;
  /** Why places could not be set up, and of which nodes no I/O server could. */
  readonly #failed = new Map<NodeId | ServerId, SkeinError>();
  readonly #ioFailed = new Map<NodeId, SkeinError>();
  /** Whose tasks are looked at when what runs now is done. */
  readonly #due = new Set<Want>();
  /** Nodes have gone, and may come back: tasks are not failed before it is over. */
  #settling: TimerHandle = undefined;
  #closed = false;

  constructor(options: SetupFailuresOptions) {
    this.#options = options;
  }

  failed({ at, io, error }: SetupFailure): void {
    const { nodes, setup, steering, wants, logger } = this.#options;
    const words = { code: error.code, message: error.message };
    const node = nodeOf(at);
    if (node === at) {
      setup.leave(node);
      nodes.nodeSkipped(node, words);
    } else {
      // What is no node's id is a server's.
      const server = at as ServerId;
      nodes.gone(server, false, words);
      if (io) steering.shutIo(server);
    }
    logger.warn("setup.failed", { at, error: error.message });
    if (io) this.#ioFailed.set(node, error);
    else {
      this.#failed.set(at, error);
      steering.shut(at);
    }
    for (const want of wants.all) this.#lookSoon(want);
  }

  /** The job has got a server: what failed at this place before does not count any more, if the job wants it. */
  granted({ node: { id: node }, server, kind }: Granted): void {
    const { steering } = this.#options;
    if (kind === "io" && !steering.isIoShut(node)) this.#ioFailed.delete(node);
    const id = serverId(node, server);
    if (steering.isShut(id)) return;
    this.#failed.delete(id);
    this.#failed.delete(node);
  }

  /** There is another task: its places may have failed before. */
  started(want: Want | undefined): void {
    if (want !== undefined && this.#any) this.#lookSoon(want);
  }

  /** A node has gone, or the scheduler was found, which after a restart knows none at first. */
  unsettled(): void {
    if (!this.#any || this.#closed) return;
    this.#settling ??= this.#options.platform.startTimer(NO_PLACE_AFTER_MS, () => {
      this.#settling = undefined;
      this.#look(this.#options.wants.all);
    });
  }

  close(): void {
    this.#closed = true;
    if (this.#settling !== undefined) this.#options.platform.stopTimer(this.#settling);
    this.#settling = undefined;
  }

  get #any(): boolean {
    return this.#failed.size + this.#ioFailed.size > 0;
  }

  #lookSoon(want: Want): void {
    this.#due.add(want);
    if (this.#due.size > 1) return;
    this.#options.platform.microtask(() => {
      const due = [...this.#due];
      this.#due.clear();
      if (this.#settling === undefined && !this.#closed) this.#look(due);
    });
  }

  /** Fails what has no place left but those that could not be set up. */
  #look(wants: readonly Want[]): void {
    const hopeless = new Map<Want, SkeinError>();
    for (const want of wants) {
      const error = want.open > 0 ? this.#hopeless(want) : undefined;
      if (error !== undefined) hopeless.set(want, error);
    }
    if (hopeless.size > 0) this.#options.runs.failWaiting((want) => hopeless.get(want));
  }

  /** Why none of the places will do that the want's tasks may have; places that are not there yet may come. */
  #hopeless(want: Want): SkeinError | undefined {
    const { wants, runs } = this.#options;
    let why: SkeinError | undefined;
    for (const { id, servers } of wants.nodesFor(want)) {
      const first = want.server ?? 1;
      const last = want.kind === "io" ? first : Math.min(servers, want.server ?? servers);
      for (let server = first; server <= last; server += 1) {
        const error = this.#errorAt(want.kind, id, server);
        if (error === undefined) return undefined;
        why ??= error;
      }
    }
    if (why === undefined) return undefined;
    // One at a node that is away is none of those, and may come back.
    for (const { standing, kind, server } of runs.book.leases.values()) {
      const inUse = standing !== "closing" && standing !== "gone" && kind === want.kind && wants.fits(want, server);
      if (inUse && this.#errorAt(kind, server.peer, server.server) === undefined) return undefined;
    }
    return why;
  }

  /** What is closed by hand alone, or was opened again, may do yet. */
  #errorAt(kind: "cpu" | "io", node: NodeId, server: number): SkeinError | undefined {
    const { steering } = this.#options;
    if (kind === "io") {
      const error = steering.isIoShut(node) ? this.#ioFailed.get(node) : undefined;
      return error ?? (steering.isShut(node) ? this.#failed.get(node) : undefined);
    }
    const id = serverId(node, server);
    return steering.isShut(id) ? (this.#failed.get(id) ?? this.#failed.get(node)) : undefined;
  }
}
