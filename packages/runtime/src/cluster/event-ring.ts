/** The last events of a log, numbered, for readers that come late or are slow; what is no longer kept shows as a gap. Pure. */
import { type ClusterEvent, type ClusterEventBody, type Cursor } from "./events.ts";

export class EventRing {
  readonly epoch: number;
  readonly #limit: number;
  readonly #limitBytes: number;
  readonly #events: (ClusterEvent | undefined)[] = [];
  readonly #sizes: number[] = [];
  /** Bytes of the events that are kept. */
  #bytes = 0;
  /** Number of the oldest event that is kept. */
  #oldest = 1;
  /** Number of the last event; the first one is 1. */
  #seq = 0;

  /** Keeps so many events, and so many bytes of them; the last one in any case. */
  constructor(epoch: number, limit: number, limitBytes: number) {
    this.epoch = epoch;
    this.#limit = limit;
    this.#limitBytes = limitBytes;
  }

  /** The place after the last event. */
  get cursor(): Cursor {
    return { epoch: this.epoch, seq: this.#seq };
  }

  get seq(): number {
    return this.#seq;
  }

  /** Numbers the event and keeps it, in place of the oldest ones when the ring is full. */
  push(body: ClusterEventBody, timeMs: number, bytes: number): ClusterEvent {
    this.#seq += 1;
    const event: ClusterEvent = { ...body, seq: this.#seq, epoch: this.epoch, timeMs };
    this.#bytes += bytes;
    while (this.#oldest < this.#seq && this.#isFull()) this.#dropOldest();
    const at = (this.#seq - 1) % this.#limit;
    this.#events[at] = event;
    this.#sizes[at] = bytes;
    return event;
  }

  /** The event after number `seq`, or a gap up to the oldest that is kept; `undefined` when there is none yet. */
  after(seq: number): ClusterEvent | undefined {
    if (seq >= this.#seq) return undefined;
    const oldest = this.#oldest;
    const wanted = Math.max(0, seq) + 1;
    if (wanted >= oldest) return this.#events[(wanted - 1) % this.#limit];
    const timeMs = this.#events[(oldest - 1) % this.#limit]?.timeMs ?? 0;
    return { type: "gap", from: wanted, to: oldest - 1, seq: oldest - 1, epoch: this.epoch, timeMs };
  }

  /** Up to `limit` events after number `seq`, with a gap first where some are no longer kept. */
  since(seq: number, limit: number): ClusterEvent[] {
    const events: ClusterEvent[] = [];
    for (let at = seq; events.length < limit;) {
      const event = this.after(at);
      if (event === undefined) break;
      events.push(event);
      at = event.seq;
    }
    return events;
  }

  /** Where a reader goes on who has read up to `cursor`; one of another epoch has read nothing of this one. */
  place(cursor: Cursor | undefined): number {
    if (cursor === undefined) return 0;
    return cursor.epoch === this.epoch ? Math.min(Math.max(0, cursor.seq), this.#seq) : 0;
  }

  #isFull(): boolean {
    return this.#seq - this.#oldest >= this.#limit || this.#bytes > this.#limitBytes;
  }

  #dropOldest(): void {
    const at = (this.#oldest - 1) % this.#limit;
    this.#bytes -= this.#sizes[at] ?? 0;
    this.#events[at] = undefined;
    this.#oldest += 1;
  }
}

/** Deeper than this, and past so many values, an event's fields count no more: they are cut before they go anywhere. */
const DEPTH_LIMIT = 6;
const VALUES_LIMIT = 2000;

/** About how many bytes of memory an event takes: its texts, and something for each value. */
export function roughBytes(event: ClusterEventBody): number {
  let values = 0;
  const sizeOf = (value: unknown, depth: number): number => {
    values += 1;
    if (typeof value === "string") return 16 + value.length;
    if (ArrayBuffer.isView(value)) return value.byteLength;
    if (typeof value !== "object" || value === null || depth > DEPTH_LIMIT || values > VALUES_LIMIT) return 8;
    let bytes = 16;
    for (const key in value) {
      if (Object.hasOwn(value, key)) bytes += 8 + sizeOf(Reflect.get(value, key), depth + 1);
    }
    return bytes;
  };
  return sizeOf(event, 0);
}
