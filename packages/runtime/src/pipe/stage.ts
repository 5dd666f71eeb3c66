/** Operators that never wait: what is made of each value is given on at once. */
import { type Answer, END, type Flow, type Step } from "./flow.ts";

/** Where an operator gives its values. */
export interface Out<U> {
  give(value: U): void;
  /** It wants no more: the source is closed, and what was given is the last. */
  stop(): void;
}

/** An operator's work and state in one run. */
export interface Stage<T, U> {
  on(value: T, out: Out<U>): void;
  /** The source has ended. */
  end?(out: Out<U>): void;
  close?(): void;
}

export class StageFlow<T, U> implements Flow<U>, Out<U> {
  readonly #source: Flow<T>;
  readonly #stage: Stage<T, U>;
  #ready: U[] = [];
  #at = 0;
  #isLast = false;
  #closing: Promise<unknown> | undefined;

  constructor(source: Flow<T>, stage: Stage<T, U>) {
    this.#source = source;
    this.#stage = stage;
  }

  give(value: U): void {
    this.#ready.push(value);
  }

  stop(): void {
    if (this.#isLast) return;
    this.#isLast = true;
    this.#stage.close?.();
    this.#closing = this.#source.close();
  }

  next(): Answer<U> {
    for (;;) {
      const made = this.#made();
      if (made !== undefined) return made;
      const step = this.#source.next();
      if (step instanceof Promise) return this.#wait(step);
      this.#take(step);
    }
  }

  close(): Promise<unknown> | undefined {
    this.#ready = [];
    this.stop();
    return this.#closing;
  }

  /** A loop, not a promise for each value: a filter may drop millions. */
  async #wait(first: Promise<Step<T>>): Promise<Step<U>> {
    let step: Answer<T> = first;
    for (;;) {
      this.#take(await step);
      const made = this.#made();
      if (made !== undefined) return await made;
      step = this.#source.next();
    }
  }

  #take(step: Step<T>): void {
    if (this.#isLast) return;
    if (step.done !== true) {
      this.#stage.on(step.value, this);
      return;
    }
    this.#stage.end?.(this);
    this.#isLast = true;
    this.#stage.close?.();
  }

  #made(): Answer<U> | undefined {
    const ready = this.#ready;
    if (this.#at < ready.length) {
      // It is there: `at` is less than the length.
      const value = ready[this.#at] as U;
      this.#at += 1;
      if (this.#at === ready.length) {
        ready.length = 0;
        this.#at = 0;
      }
      return { done: false, value };
    }
    if (!this.#isLast) return undefined;
    return this.#closing === undefined ? END : this.#closing.then(() => END);
  }
}
