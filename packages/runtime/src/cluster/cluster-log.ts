/** The scheduler's log of a cluster: numbered events, and beside each how large it is and whose job it tells of. Pure. */
import { EVENT_LIMIT_BYTES, EVENT_LOG_LIMIT_BYTES } from "../defaults.ts";
import { EventRing } from "./event-ring.ts";
import { type ClusterEvent, type ClusterEventBody, type Cursor } from "./events.ts";
import { isFailure, LastFailures } from "./last-failures.ts";

/** An event with what decides how and to whom it goes out. */
export interface Logged {
  readonly event: ClusterEvent;
  readonly bytes: number;
  /** The endpoint of the client whose job it is about; absent where it is about no job. */
  readonly owner: string | undefined;
}

/** A gap says little. */
const GAP_BYTES = 60;

export class ClusterLog {
  readonly #ring: EventRing;
  readonly #limit: number;
  readonly #check: (event: ClusterEventBody) => number;
  readonly #bytes: number[] = [];
  readonly #owners: (string | undefined)[] = [];
  readonly #failures = new LastFailures();

  /** `check` gives an event's size on the way, roughly. */
  constructor(epoch: number, limit: number, check: (event: ClusterEventBody) => number) {
    this.#ring = new EventRing(epoch, limit, EVENT_LOG_LIMIT_BYTES);
    this.#limit = limit;
    this.#check = check;
  }

  get cursor(): Cursor {
    return this.#ring.cursor;
  }

  get seq(): number {
    return this.#ring.seq;
  }

  /** Numbers the event and keeps it. @returns false when it is too large to be told to anybody */
  push(body: ClusterEventBody, owner: string | undefined, timeMs: number): boolean {
    const bytes = this.#sizeOf(body);
    if (bytes > EVENT_LIMIT_BYTES && OF_CLIENTS.has(body.type)) return false;
    const event = this.#ring.push(body, timeMs, Number.isFinite(bytes) ? bytes : EVENT_LIMIT_BYTES);
    this.#bytes[(event.seq - 1) % this.#limit] = bytes;
    this.#owners[(event.seq - 1) % this.#limit] = owner;
    if (isFailure(event)) this.#failures.add({ event, bytes, owner });
    return true;
  }

  /** The last failures of tasks, oldest first: kept longer than other events. */
  get failures(): readonly Logged[] {
    return this.#failures.values;
  }

  /** The event after number `seq`, or a gap up to the oldest that is kept; `undefined` when there is none yet. */
  after(seq: number): Logged | undefined {
    const event = this.#ring.after(seq);
    if (event === undefined) return undefined;
    if (event.type === "gap") return { event, bytes: GAP_BYTES, owner: undefined };
    const at = (event.seq - 1) % this.#limit;
    return { event, bytes: this.#bytes[at] ?? 0, owner: this.#owners[at] };
  }

  place(cursor: Cursor | undefined): number {
    return this.#ring.place(cursor);
  }

  /** Infinity for what can't travel; it came over the wire, so this is not expected. */
  #sizeOf(body: ClusterEventBody): number {
    try {
      return this.#check(body);
    } catch {
      return Infinity;
    }
  }
}

/** What clients write, and may write at any length. */
const OF_CLIENTS: ReadonlySet<ClusterEventBody["type"]> = new Set([
  "task.created",
  "task.started",
  "task.retried",
  "task.corrected",
  "task.exited",
  "log",
]);
