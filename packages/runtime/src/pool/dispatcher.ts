/** Hands the calls of a pool to its workers: who is free gets the next ones, so many at once as keep it busy. */
import { Deque } from "../deque.ts";
import type { SkeinError } from "../errors.ts";
import type { Platform } from "../platform.ts";
import type { Lane } from "./lane.ts";
import type { PoolWork } from "./portion.ts";

export class Dispatcher {
  readonly #platform: Platform;
  /** Those that may have more; each once. */
  readonly #free = new Deque<Lane>();
  /** What has calls to make, in turn; each once. */
  readonly #works = new Deque<PoolWork>();
  /** Those that have something to send; one that was given much stands here several times. */
  readonly #given: Lane[] = [];
  #waking = false;
  #giving = false;
  /** Workers that may get calls. */
  lanes = 0;

  constructor(platform: Platform) {
    this.#platform = platform;
  }

  /** Whether calls wait, as far as is known. */
  get waits(): boolean {
    return this.#works.size > 0;
  }

  /** There is something to take. Calls of one turn go together. */
  offer(work: PoolWork): void {
    if (!work.listed) {
      work.listed = true;
      this.#works.push(work);
    }
    this.#wake();
  }

  /** The lane has room, perhaps. */
  room(lane: Lane): void {
    if (lane.listed || lane.leaving || !lane.ready || !lane.hasRoom) return;
    lane.listed = true;
    // Who has nothing to do goes first.
    if (lane.calls === 0) this.#free.unshift(lane);
    else this.#free.push(lane);
  }

  /** It gets no more. */
  remove(lane: Lane): void {
    if (lane.listed) this.#free.keep((one) => one !== lane);
    lane.listed = false;
  }

  /** Nobody is there to run them: all that waits fails. */
  failAll(error: SkeinError): void {
    for (let work = this.#works.shift(); work !== undefined; work = this.#works.shift()) {
      work.listed = false;
      work.fail(error);
    }
  }

  /** Gives what can be given now. */
  give(): void {
    if (this.#giving) return; // a map's source that calls the pool
    this.#giving = true;
    try {
      this.#giveAll();
    } finally {
      this.#giving = false;
    }
    for (const lane of this.#given) lane.flush();
    this.#given.length = 0;
  }

  #giveAll(): void {
    for (let lane = this.#free.shift(); lane !== undefined; lane = this.#free.shift()) {
      lane.listed = false;
      if (!this.#giveOne(lane)) {
        this.room(lane);
        return;
      }
      if (this.#given.at(-1) !== lane) this.#given.push(lane);
      this.room(lane);
    }
  }

  /** Whether there was something for it. */
  #giveOne(lane: Lane): boolean {
    for (let work = this.#works.shift(); work !== undefined; work = this.#works.shift()) {
      const portion = work.take(lane, this.lanes);
      if (portion === undefined) {
        work.listed = false;
        continue;
      }
      this.#works.push(work);
      lane.give(portion);
      return true;
    }
    return false;
  }

  #wake(): void {
    if (this.#waking || this.#giving) return;
    this.#waking = true;
    this.#platform.microtask(() => {
      this.#waking = false;
      this.give();
    });
  }
}
