/** The last events of a log, numbered, for readers that come late or are slow; what is no longer kept shows as a gap. Pure. */
import { type ClusterEvent, type ClusterEventBody, type Cursor } from "./events.ts";

export class EventRing {
  readonly epoch: number;
  readonly #limit: number;
  readonly #events: ClusterEvent[] = [];
  /** Number of the last event; the first one is 1. */
  #seq = 0;

  constructor(epoch: number, limit: number) {
    this.epoch = epoch;
    this.#limit = limit;
  }

  /** The place after the last event. */
  get cursor(): Cursor {
    return { epoch: this.epoch, seq: this.#seq };
  }

  get seq(): number {
    return this.#seq;
  }

  /** Numbers the event and keeps it, in place of the oldest one when the ring is full. */
  push(body: ClusterEventBody, timeMs: number): ClusterEvent {
    this.#seq += 1;
    const event: ClusterEvent = { ...body, seq: this.#seq, epoch: this.epoch, timeMs };
    this.#events[(this.#seq - 1) % this.#limit] = event;
    return event;
  }

  /** The event after number `seq`, or a gap up to the oldest that is kept; `undefined` when there is none yet. */
  after(seq: number): ClusterEvent | undefined {
    if (seq >= this.#seq) return undefined;
    const oldest = Math.max(1, this.#seq - this.#limit + 1);
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
}
