/** The streams beside messages that a session uses for bulk: opened when needed, and again when their connection is gone. */
import type { Link } from "../contracts/link.ts";
import { BULK_CHUNK_BYTES, DIAL_TIMEOUT_MS, RECONNECT_FIRST_MS } from "../defaults.ts";
import { SkeinError, errorFrom } from "../errors.ts";
import type { BulkCarrier, Carrier } from "../link/carrier.ts";
import type { Platform, TimerHandle } from "../platform.ts";
import { BulkLane, laneOf } from "./bulk-lane.ts";
import { BULK_BODY, bulkTransfer, isReceiverWord } from "./bulk-words.ts";
import { FramePool } from "./frame-pool.ts";
import { BULK_PROTOCOL } from "./network.ts";
import type { Traffic } from "./traffic.ts";

/** Streams that each of the two sides opens: four for a pair. */
export const BULK_LANES = 2;

/** What bulk needs of the session it belongs to. */
export interface BulkPath {
  /** Opens a stream on the connection that the session has now. */
  openLink(protocol: string, signal: AbortSignal): Promise<Link>;
  /** Calls back when the session has a connection; never, when it ends. */
  whenOpen(callback: () => void): void;
  readonly state: Carrier["state"];
  readonly traffic: Traffic;
}

export interface BulkStreamsOptions {
  readonly platform: Pick<Platform, "startTimer" | "stopTimer">;
  readonly path: BulkPath;
  readonly selfBytes: Uint8Array;
  readonly remoteBytes: Uint8Array;
  readonly onFrame: (frame: Uint8Array) => void;
  /** The other side breaks the rules of the wire: the session must end. */
  readonly onError: (error: SkeinError) => void;
}

export class BulkStreams implements BulkCarrier {
  readonly #options: BulkStreamsOptions;
  readonly #own: BulkLane[] = [];
  readonly #theirs: BulkLane[] = [];
  readonly #opening = new Set<number>();
  readonly #timers = new Set<TimerHandle>();
  readonly #pool = new FramePool(BULK_BODY + BULK_CHUNK_BYTES);
  #waiting: (() => void)[] = [];
  #closed = false;

  constructor(options: BulkStreamsOptions) {
    this.#options = options;
    for (let index = 0; index < BULK_LANES; index += 1) {
      this.#own.push(this.#lane(index, () => this.#open(index)));
      // Who opened it opens it again.
      this.#theirs.push(this.#lane(index, () => {}));
    }
  }

  get state(): "open" | "busy" | "closed" {
    if (this.#closed) return "closed";
    return this.#own.some((lane, index) => lane.busy && (lane.linked || this.#opening.has(index))) ? "busy" : "open";
  }

  /** Whether the other side has all that was sent, or never will. */
  get settled(): boolean {
    return this.#closed || [...this.#own, ...this.#theirs].every((lane) => lane.settled);
  }

  room(bytes: number): Uint8Array {
    return this.#pool.take(bytes);
  }

  send(frame: Uint8Array): void {
    if (this.#closed) return;
    const index = bulkTransfer(frame) % BULK_LANES;
    const theirs = this.#theirs[index];
    if (isReceiverWord(frame) && theirs?.linked === true) return theirs.send(frame);
    const lane = this.#own[index];
    lane?.send(frame);
    if (lane?.linked === false) this.#open(index);
  }

  whenOpen(callback: () => void): void {
    if (this.#closed) return;
    if (this.state === "open") callback();
    else this.#waiting.push(callback);
  }

  /** The other side opened a stream. */
  linked(link: Link): void {
    if (this.#closed) return link.close();
    link.receive((first) => {
      try {
        this.#theirs[laneOf(first, BULK_LANES)]?.attach(link, first);
      } catch (error) {
        link.abort(errorFrom(error));
        this.#broken(errorFrom(error));
      }
    });
  }

  /** The session uses another connection than before: what goes on the old one goes on there. */
  moved(): void {
    for (const [index, lane] of this.#own.entries()) if (lane.linked) this.#open(index);
  }

  close(): void {
    this.#closed = true;
    this.#waiting = [];
    for (const timer of this.#timers) this.#options.platform.stopTimer(timer);
    this.#timers.clear();
    for (const lane of [...this.#own, ...this.#theirs]) lane.close();
  }

  #lane(index: number, reopen: () => void): BulkLane {
    const { selfBytes, remoteBytes, onFrame, path } = this.#options;
    return new BulkLane({
      traffic: path.traffic,
      index,
      selfBytes,
      remoteBytes,
      onFrame,
      onArrived: (frame) => this.#pool.give(frame),
      onOpen: () => this.#wake(),
      onGone: (error) => {
        if (this.#closed) return;
        if (error instanceof SkeinError && error.code === "WIRE_INVALID") this.#broken(error);
        else reopen();
      },
    });
  }

  #broken(error: Error): void {
    const invalid = error instanceof SkeinError ? error : undefined;
    if (invalid !== undefined && !this.#closed) this.#options.onError(invalid);
  }

  #open(index: number): void {
    if (this.#closed || this.#opening.has(index)) return;
    this.#opening.add(index);
    this.#options.path.whenOpen(() => void this.#dial(index));
  }

  async #dial(index: number): Promise<void> {
    const { platform, path } = this.#options;
    if (this.#closed) return;
    const abort = new AbortController();
    const timer = this.#after(DIAL_TIMEOUT_MS, () => abort.abort(new Error("a stream for bulk did not open in time")));
    try {
      const link = await path.openLink(BULK_PROTOCOL, abort.signal);
      if (this.#closed) return link.close();
      this.#opening.delete(index);
      this.#own[index]?.attach(link);
    } catch {
      // The connection went, or takes no more streams for now: once it is there, again.
      this.#after(RECONNECT_FIRST_MS, () => {
        this.#opening.delete(index);
        this.#open(index);
      });
    } finally {
      this.#timers.delete(timer);
      platform.stopTimer(timer);
    }
  }

  #after(delayMs: number, callback: () => void): TimerHandle {
    const { platform } = this.#options;
    if (this.#closed) return undefined;
    const timer: TimerHandle = platform.startTimer(delayMs, () => {
      this.#timers.delete(timer);
      callback();
    });
    this.#timers.add(timer);
    return timer;
  }

  #wake(): void {
    if (this.#waiting.length === 0 || this.state !== "open") return;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const callback of waiting) this.whenOpen(callback);
  }
}
