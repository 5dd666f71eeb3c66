/** Events for any number of readers, each with the present state first and a bounded buffer of its own. */
import type { Stream } from "../contracts/operation.ts";
import { StreamOf } from "../task/stream.ts";
import { Deferred } from "../task/deferred.ts";

/** Events a reader may be behind; past that it loses the oldest. */
export const EVENT_BUFFER_LIMIT = 1000;

type Step<T> = IteratorResult<T, undefined>;

export class EventFeed<T> {
  readonly #present: () => readonly T[];
  readonly #readers = new Set<Reader<T>>();
  #closed = false;

  /** `present` gives the events that tell a new reader how things stand. */
  constructor(present: () => readonly T[]) {
    this.#present = present;
  }

  emit(event: T): void {
    for (const reader of this.#readers) reader.push(event);
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
  }
}

class Reader<T> {
  #events: T[];
  #waiting: Deferred<Step<T>> | undefined;
  #ended = false;

  constructor(events: readonly T[]) {
    this.#events = [...events];
  }

  push(event: T): void {
    if (this.#waiting !== undefined) {
      this.#waiting.resolve({ done: false, value: event });
      this.#waiting = undefined;
      return;
    }
    this.#events.push(event);
    if (this.#events.length > EVENT_BUFFER_LIMIT) this.#events.shift();
  }

  next(): Deferred<Step<T>> {
    const step = new Deferred<Step<T>>("an event");
    const event = this.#events.shift();
    if (event !== undefined) step.resolve({ done: false, value: event });
    else if (this.#ended) step.resolve({ done: true, value: undefined });
    else this.#waiting = step;
    return step;
  }

  end(): void {
    this.#ended = true;
    this.#waiting?.resolve({ done: true, value: undefined });
    this.#waiting = undefined;
  }
}
