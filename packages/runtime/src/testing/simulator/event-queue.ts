/** What will happen in a simulation, by its time; of one time, what was asked for first comes first. */

/** Something that will happen in a process of the simulation. */
export interface SimEvent {
  /** Virtual milliseconds since the simulation began. */
  atMs: number;
  /** Numbers events as they were asked for. */
  readonly serial: number;
  run: (() => void) | undefined;
}

/** A binary heap. An event that is called off stays in it without its `run`. */
export class EventQueue<T extends SimEvent> {
  readonly #events: T[] = [];

  get size(): number {
    return this.#events.length;
  }

  push(event: T): void {
    const events = this.#events;
    let index = events.length;
    events.push(event);
    while (index > 0) {
      const above = (index - 1) >> 1;
      const parent = events[above];
      if (parent === undefined || before(parent, event)) break;
      events[index] = parent;
      index = above;
    }
    events[index] = event;
  }

  pop(): T | undefined {
    const events = this.#events;
    const first = events[0];
    const last = events.pop();
    if (first === undefined || last === undefined || first === last) return first;
    let index = 0;
    for (;;) {
      const left = 2 * index + 1;
      const [one, other] = [events[left], events[left + 1]];
      if (one === undefined) break;
      const [child, below] = other !== undefined && before(other, one) ? [other, left + 1] : [one, left];
      if (before(last, child)) break;
      events[index] = child;
      index = below;
    }
    events[index] = last;
    return first;
  }
}

const before = (a: SimEvent, b: SimEvent): boolean => a.atMs < b.atMs || (a.atMs === b.atMs && a.serial < b.serial);
