/** Events for any number of readers, each with the present state first and a bounded buffer of its own. */
import type { Location } from "../contracts/endpoint.ts";
import type { Operation, Stream } from "../contracts/operation.ts";
import type { WaitOptions } from "../contracts/wait.ts";
import { errorFrom, isSkeinError } from "../errors.ts";
import type { ChannelId } from "../ids.ts";
import type { Channel, Subscribable } from "../message/channel.ts";
import { LocalChannel } from "../message/local-channel.ts";
import type { Engine } from "../task/engine.ts";
import { failed, type TaskRef } from "../task/task-ref.ts";
import { StreamOf } from "../task/stream.ts";
import { Wait } from "../task/wait.ts";

/** Events a reader may be behind; past that it loses the oldest. */
export const EVENT_BUFFER_LIMIT = 1000;

type Step<T> = IteratorResult<T, undefined>;

export class EventFeed<T> implements Subscribable<T> {
  readonly #present: () => readonly T[];
  readonly #readers = new Set<Reader<T>>();
  /** For tasks and channels; what one of them has no room for is dropped and counted. */
  readonly #channel: LocalChannel;
  #closed = false;

  /** `present` gives the events that tell a new reader how things stand. */
  constructor(engine: Engine, name: string, present: () => readonly T[]) {
    this.#present = present;
    this.#channel = new LocalChannel(engine, name, { overflow: "drop-oldest" });
  }

  get id(): ChannelId {
    return this.#channel.id;
  }

  get name(): string {
    return this.#channel.name;
  }

  get location(): Location | undefined {
    return this.#channel.location;
  }

  emit(event: T): void {
    for (const reader of this.#readers) reader.push(event);
    if (!this.#closed) this.#channel.publish(event);
  }

  /** Has `target` get the present state, and every event from now on. */
  subscribe(target: TaskRef<T> | Channel<T>, options?: WaitOptions): Operation<void> {
    // Before it is subscribed, so that nothing comes between.
    for (const event of this.#closed ? [] : this.#present()) {
      try {
        if ("send" in target) target.send(event);
        else target.publish(event);
      } catch (error) {
        if (!isSkeinError(error, "MAILBOX_FULL")) return failed(this.#channel.engine, errorFrom(error));
      }
    }
    return this.#channel.subscribe(target, options);
  }

  unsubscribe(target: TaskRef<T> | Channel<T>): void {
    this.#channel.unsubscribe(target);
  }

  /** Reading begins here: what happens from now on is not missed. */
  values(): Stream<T> {
    const reader = new Reader<T>(this.#present());
    if (this.#closed) reader.end();
    else this.#readers.add(reader);
    return new StreamOf(
      () => reader.next(),
      () => {
        this.#readers.delete(reader);
        reader.end();
      },
    );
  }

  close(): void {
    this.#closed = true;
    for (const reader of this.#readers) reader.end();
    this.#readers.clear();
    void this.#channel.close();
  }
}

class Reader<T> {
  readonly #events: T[];
  readonly #waits = new Set<NextEvent<T>>();
  #ended = false;

  constructor(events: readonly T[]) {
    this.#events = [...events];
  }

  push(event: T): void {
    this.#events.push(event);
    this.#serve();
    if (this.#events.length > EVENT_BUFFER_LIMIT) this.#events.shift();
  }

  next(): Operation<Step<T>> {
    return new NextEvent(this);
  }

  end(): void {
    this.#ended = true;
    this.#serve();
  }

  /** For {@link NextEvent}. */
  join(wait: NextEvent<T>): void {
    this.#waits.add(wait);
    this.#serve();
  }

  leave(wait: NextEvent<T>): void {
    this.#waits.delete(wait);
  }

  /** It was given to somebody who did not take it. */
  putBack(event: T): void {
    this.#events.unshift(event);
    this.#serve();
  }

  #serve(): void {
    for (const wait of this.#waits) {
      if (this.#events.length === 0 && !this.#ended) return;
      this.#waits.delete(wait);
      const [event] = this.#events.splice(0, 1);
      wait.settle(event === undefined ? { done: true, value: undefined } : { done: false, value: event });
    }
  }
}

class NextEvent<T> extends Wait<Step<T>> {
  readonly #reader: Reader<T>;

  constructor(reader: Reader<T>) {
    super();
    this.#reader = reader;
  }

  protected begin(): boolean {
    this.#reader.join(this);
    return false;
  }

  protected abandon(): void {
    this.#reader.leave(this);
  }

  protected override unclaimed(step: Step<T>): void {
    if (step.done !== true) this.#reader.putBack(step.value);
  }

  describe(): string {
    return "an event";
  }
}
