/** A log of events that any number of readers follow, each at its own pace; it never queues for them. */
import { type Operation, type Stream } from "../contracts/operation.ts";
import { completed } from "../task/deferred.ts";
import { StreamOf } from "../task/stream.ts";
import { type TaskRef } from "../task/task-ref.ts";
import { Wait } from "../task/wait.ts";
import { JOB_EVENTS_LIMIT_BYTES } from "../defaults.ts";
import { EventRing, roughBytes } from "./event-ring.ts";
import { type ClusterEvent, type ClusterEventBody, type Cursor } from "./events.ts";

export interface EventsOptions {
  /** Begin after this event. Default: from the first that is kept. */
  readonly since?: Cursor;
}

/** Events with a cursor: what is no longer kept is `{ type: "gap", from, to }`. */
export interface EventLog<T> {
  /** The place after the last event. */
  readonly cursor: Cursor;
  /** The kept events, then each new one; it ends when the log does. */
  values(options?: EventsOptions): Stream<T>;
  /** Sends the kept events, then each new one, to a task; what its mailbox has no room for shows by the numbers. */
  subscribe(target: TaskRef<T>, options?: EventsOptions): Operation<void>;
  unsubscribe(target: TaskRef<T>): void;
}

type Step = IteratorResult<ClusterEvent, undefined>;

/** Where one reader stands. */
class Reader {
  readonly ring: EventRing;
  readonly waits = new Set<NextEvent>();
  seq: number;
  ended: () => boolean;

  constructor(ring: EventRing, seq: number, ended: () => boolean) {
    this.ring = ring;
    this.seq = seq;
    this.ended = ended;
  }

  take(): Step | undefined {
    const event = this.ring.after(this.seq);
    if (event !== undefined) {
      this.seq = event.seq;
      return { done: false, value: event };
    }
    return this.ended() ? { done: true, value: undefined } : undefined;
  }

  wake(): void {
    for (const wait of this.waits) {
      const step = this.take();
      if (step === undefined) return;
      this.waits.delete(wait);
      wait.settle(step);
    }
  }
}

class NextEvent extends Wait<Step> {
  readonly #reader: Reader;

  constructor(reader: Reader) {
    super();
    this.#reader = reader;
  }

  protected begin(): boolean {
    const step = this.#reader.take();
    if (step === undefined) {
      this.#reader.waits.add(this);
      return false;
    }
    this.settle(step);
    return true;
  }

  protected abandon(): void {
    this.#reader.waits.delete(this);
  }

  describe(): string {
    return "the next event";
  }
}

export class Events implements EventLog<ClusterEvent> {
  readonly #ring: EventRing;
  readonly #readers = new Set<Reader>();
  readonly #targets = new Map<TaskRef<ClusterEvent>["id"], TaskRef<ClusterEvent>>();
  #ended = false;

  constructor(epoch: number, limit: number) {
    this.#ring = new EventRing(epoch, limit, JOB_EVENTS_LIMIT_BYTES);
  }

  get cursor(): Cursor {
    return this.#ring.cursor;
  }

  push(body: ClusterEventBody, timeMs: number): void {
    const event = this.#ring.push(body, timeMs, roughBytes(body));
    if (this.#readers.size > 0) for (const reader of this.#readers) reader.wake();
    if (this.#targets.size > 0) for (const target of this.#targets.values()) sendTo(target, event);
  }

  /** All that are kept. */
  kept(): readonly ClusterEvent[] {
    return this.#ring.since(0, Number.POSITIVE_INFINITY);
  }

  values(options?: EventsOptions): Stream<ClusterEvent> {
    const reader = new Reader(this.#ring, this.#ring.place(options?.since), () => this.#ended);
    this.#readers.add(reader);
    return new StreamOf(
      () => new NextEvent(reader),
      () => void this.#readers.delete(reader),
    );
  }

  subscribe(target: TaskRef<ClusterEvent>, options?: EventsOptions): Operation<void> {
    for (const event of this.#ring.since(this.#ring.place(options?.since), Number.POSITIVE_INFINITY))
      sendTo(target, event);
    this.#targets.set(target.id, target);
    return completed;
  }

  unsubscribe(target: TaskRef<ClusterEvent>): void {
    this.#targets.delete(target.id);
  }

  /** Nothing comes any more: readers end once they have read what is there. */
  end(): void {
    this.#ended = true;
    for (const reader of this.#readers) reader.wake();
    this.#readers.clear();
    this.#targets.clear();
  }
}

/** A full mailbox, or a lost peer, leaves a gap in the numbers. */
function sendTo(target: TaskRef<ClusterEvent>, event: ClusterEvent): void {
  try {
    target.send(event);
  } catch {
    // Seen by the reader in `seq`.
  }
}
