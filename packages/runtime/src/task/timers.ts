/** All timers of a runtime in one hierarchical wheel of 1 ms ticks: insert and cancel in constant time. */

/** Slots a level has, as a power of two: 32 fit the bits of one number. */
const SLOT_BITS = 5;
const SLOTS: number = 1 << SLOT_BITS;
const SLOT_MASK: number = SLOTS - 1;
const LEVELS = 6;
/** Ticks the wheel spans (12.4 days); later timers wait in a list until their epoch comes. */
const EPOCH_TICKS: number = 2 ** (SLOT_BITS * LEVELS);

/** What can be set to be told of a time: a link of its slot's list while it is set. A wait for time is one itself. */
export interface TimerLink {
  timerBefore: TimerLink | undefined;
  timerAfter: TimerLink | undefined;
  /** The list it hangs in, while it is set. */
  timerList: TimerList | undefined;
  /** Due at this many milliseconds since the wheel began. */
  dueTick: number;
  /** Whether the process stays alive for it. */
  foreground: boolean;
  /** It is due. */
  timeUp(): void;
}

/** A timer that calls back. It can be set again after it fired or was stopped. */
export class Timer implements TimerLink {
  timerBefore: TimerLink | undefined = undefined;
  timerAfter: TimerLink | undefined = undefined;
  timerList: TimerList | undefined = undefined;
  dueTick = 0;
  foreground = true;
  readonly timeUp: () => void;

  constructor(timeUp: () => void) {
    this.timeUp = timeUp;
  }
}

const rethrow = (error: unknown): void => {
  throw error;
};

/** Timers of one slot, in the order in which they were set. */
export interface TimerList {
  first: TimerLink | undefined;
  last: TimerLink | undefined;
  readonly level: number;
  readonly slot: number;
}

/**
 * Pure: give it the clock's reading. A timer never fires early, at most a millisecond late by its own doing;
 * timers due at the same tick fire in the order in which they were set.
 */
export class TimerWheel {
  readonly #lists: readonly TimerList[];
  /** For each level, a bit for each slot that holds a timer. */
  readonly #used: Int32Array = new Int32Array(LEVELS);
  readonly #far: TimerList = { first: undefined, last: undefined, level: -1, slot: 0 };
  readonly #startMs: number;
  readonly #report: (error: unknown) => void;
  /** The tick up to which everything has fired. */
  #now = 0;
  #size = 0;
  #foreground = 0;

  /** @param report told what a timer throws; the others fire all the same */
  constructor(startMs: number, report: (error: unknown) => void = rethrow) {
    this.#startMs = startMs;
    this.#report = report;
    this.#lists = Array.from({ length: LEVELS * SLOTS }, (_, index) => ({
      first: undefined,
      last: undefined,
      level: index >> SLOT_BITS,
      slot: index & SLOT_MASK,
    }));
  }

  /** Timers set. */
  get size(): number {
    return this.#size;
  }

  /** Timers set for which the process stays alive. */
  get foreground(): number {
    return this.#foreground;
  }

  /** Sets `timer` to fire `delayMs` after `nowMs`. One that is set already is moved. */
  set(timer: TimerLink, nowMs: number, delayMs: number): void {
    if (timer.timerList !== undefined) this.stop(timer);
    const tick = Math.ceil(nowMs - this.#startMs + delayMs);
    // Infinity and NaN would never leave the list of far timers: an unbounded wait is simply not set.
    if (!(tick < Number.MAX_SAFE_INTEGER)) return;
    timer.dueTick = Math.max(tick, this.#now + 1);
    this.#size += 1;
    if (timer.foreground) this.#foreground += 1;
    this.#insert(timer);
  }

  /** Stops `timer`; one that is not set stays so. */
  stop(timer: TimerLink): void {
    if (timer.timerList === undefined) return;
    this.#unlink(timer);
    this.#size -= 1;
    if (timer.foreground) this.#foreground -= 1;
  }

  /** Fires what is due at `nowMs`. Targets may set and stop timers meanwhile. */
  advance(nowMs: number): void {
    const until = Math.floor(nowMs - this.#startMs);
    while (this.#now < until) {
      const next = this.#nextTick();
      if (next > until) {
        this.#moveTo(until);
        return;
      }
      this.#moveTo(next);
      this.#fireSlot(next & SLOT_MASK, next);
    }
  }

  /** Milliseconds from `nowMs` to when {@link TimerWheel.advance} is wanted next; `undefined` when nothing is set. */
  nextDelayMs(nowMs: number): number | undefined {
    if (this.#size === 0) return undefined;
    const tick = this.#nextTick();
    return Math.max(0, tick - (nowMs - this.#startMs));
  }

  /** The next tick at which a timer may be due or a coarser slot has to be spread over finer ones. */
  #nextTick(): number {
    for (let level = 0; level < LEVELS; level += 1) {
      const shift = level * SLOT_BITS;
      const position = Math.floor((this.#now % EPOCH_TICKS) / 2 ** shift) & SLOT_MASK;
      const ahead = (this.#used[level] ?? 0) & (-2 << position);
      if (ahead !== 0) {
        const slot = 31 - Math.clz32(ahead & -ahead);
        const above = 2 ** (shift + SLOT_BITS);
        return Math.floor(this.#now / above) * above + slot * 2 ** shift;
      }
    }
    return this.#far.first === undefined ? Number.POSITIVE_INFINITY : this.#epochEnd();
  }

  #epochEnd(): number {
    return (Math.floor(this.#now / EPOCH_TICKS) + 1) * EPOCH_TICKS;
  }

  /** Moves the clock to `tick`, spreading the coarser slots that begin there. Nothing lies between. */
  #moveTo(tick: number): void {
    const before = this.#now;
    this.#now = tick;
    if (Math.floor(before / EPOCH_TICKS) !== Math.floor(tick / EPOCH_TICKS)) this.#spread(this.#far);
    const low = tick % EPOCH_TICKS;
    for (let level = LEVELS - 1; level > 0; level -= 1) {
      const slot = (low >>> (level * SLOT_BITS)) & SLOT_MASK;
      if (((this.#used[level] ?? 0) & (1 << slot)) !== 0) this.#spread(this.#list(level, slot));
    }
  }

  #spread(list: TimerList): void {
    let timer = list.first;
    list.first = undefined;
    list.last = undefined;
    if (list.level >= 0) this.#clearBit(list);
    while (timer !== undefined) {
      const next: TimerLink | undefined = timer.timerAfter;
      timer.timerBefore = undefined;
      timer.timerAfter = undefined;
      this.#insert(timer);
      timer = next;
    }
  }

  #fireSlot(slot: number, tick: number): void {
    const list = this.#list(0, slot);
    for (let timer = list.first; timer !== undefined && timer.dueTick <= tick; timer = list.first) {
      this.stop(timer);
      try {
        timer.timeUp();
      } catch (error) {
        this.#report(error);
      }
    }
  }

  #insert(timer: TimerLink): void {
    const tick = timer.dueTick;
    const list = this.#listFor(tick);
    timer.timerList = list;
    timer.timerBefore = list.last;
    if (list.last === undefined) list.first = timer;
    else list.last.timerAfter = timer;
    list.last = timer;
    if (list.level >= 0) this.#used[list.level] = (this.#used[list.level] ?? 0) | (1 << list.slot);
  }

  #listFor(tick: number): TimerList {
    if (Math.floor(tick / EPOCH_TICKS) !== Math.floor(this.#now / EPOCH_TICKS)) return this.#far;
    const low = tick % EPOCH_TICKS;
    const differs = low ^ (this.#now % EPOCH_TICKS);
    const level = differs === 0 ? 0 : Math.floor((31 - Math.clz32(differs)) / SLOT_BITS);
    return this.#list(level, (low >>> (level * SLOT_BITS)) & SLOT_MASK);
  }

  #unlink(timer: TimerLink): void {
    const list = timer.timerList;
    if (list === undefined) return;
    if (timer.timerBefore === undefined) list.first = timer.timerAfter;
    else timer.timerBefore.timerAfter = timer.timerAfter;
    if (timer.timerAfter === undefined) list.last = timer.timerBefore;
    else timer.timerAfter.timerBefore = timer.timerBefore;
    timer.timerBefore = undefined;
    timer.timerAfter = undefined;
    timer.timerList = undefined;
    if (list.first === undefined && list.level >= 0) this.#clearBit(list);
  }

  #clearBit(list: TimerList): void {
    this.#used[list.level] = (this.#used[list.level] ?? 0) & ~(1 << list.slot);
  }

  #list(level: number, slot: number): TimerList {
    // Both are masked by the callers, so the list is there.
    return this.#lists[(level << SLOT_BITS) | slot] as TimerList;
  }
}
