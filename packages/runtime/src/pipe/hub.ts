/** Operators that wait for several things at once, sources, times and promises, give their values on through a hub. */
import { PIPE_AHEAD } from "../defaults.ts";
import { Deque } from "../deque.ts";
import type { Timer } from "../task/timers.ts";
import { type Answer, END, type Flow, type Run, type Step } from "./flow.ts";

/** What is done with what a source says. */
export interface Reading<V> {
  value(value: V): void;
  /** Default: it goes on in the place of a value. */
  error?(error: unknown): void;
  /** Default: all is over when every source has ended. */
  end?(): void;
  /** Whether it is read now. Default: when somebody asks and nothing is ready. */
  wants?(): boolean;
}

type Ready<U> = { readonly value: U } | { readonly error: unknown };

/** What inputs ask of their hub. */
interface Home {
  readonly isAsked: boolean;
  do(call: () => void): void;
  fail(error: unknown): void;
  pump(): void;
  /** This one is over. */
  left(input: Pumped, closing?: Promise<unknown>): void;
  /** One has ended by itself. */
  endWithLast(): void;
}

interface Pumped {
  pump(): void;
  close(): void;
}

export class Hub<U> implements Flow<U>, Home {
  readonly run: Run;
  readonly #ready = new Deque<Ready<U>>();
  readonly #inputs: Pumped[] = [];
  readonly #timers = new Set<Timer>();
  readonly #closing = new Set<Promise<unknown>>();
  #begin: (() => void) | undefined;
  #asker: PromiseWithResolvers<Step<U>> | undefined;
  #asked = false;
  #ending = false;
  #pumping = false;
  #changed = false;

  /** `begin` is called when somebody asks for the first value. */
  constructor(run: Run, begin: (hub: Hub<U>) => void) {
    this.run = run;
    this.#begin = () => begin(this);
  }

  /** Values that nobody has taken yet. */
  get held(): number {
    return this.#ready.size;
  }

  /** Somebody waits for a value, and there is none. */
  get isAsked(): boolean {
    return this.#asked && this.#ready.size === 0;
  }

  /** For `wants`: read always, as long as not too much waits to be taken. */
  readonly ahead = (): boolean => this.#ready.size < PIPE_AHEAD;

  next(): Answer<U> {
    this.#asked = true;
    // Each in turn is asked first.
    const [first] = this.#inputs.splice(0, 1);
    if (first !== undefined) this.#inputs.push(first);
    const begin = this.#begin;
    this.#begin = undefined;
    if (begin !== undefined) this.do(begin);
    this.pump();
    const made = this.#take();
    if (made !== undefined) return made;
    this.#asker = Promise.withResolvers<Step<U>>();
    return this.#asker.promise;
  }

  close(): Promise<unknown> | undefined {
    this.#begin = undefined;
    this.#ready.keep(() => false);
    this.#finish();
    this.#asker?.resolve(END);
    this.#asker = undefined;
    return this.#closing.size === 0 ? undefined : Promise.all(this.#closing);
  }

  /** Reads a source. */
  read<V>(flow: Flow<V>, reading: Reading<V>): Input<V> {
    const input = new Input<V>(this, flow, reading);
    if (this.#ending) input.close();
    else this.#inputs.push(input);
    this.#changed = true;
    return input;
  }

  give(value: U): void {
    this.#put({ value });
  }

  fail(error: unknown): void {
    this.#put({ error });
  }

  /** In the place of those that wait. */
  replace(value: U): void {
    this.#ready.keep(() => false);
    this.give(value);
  }

  /** What was given is the last. */
  end(): void {
    this.#finish();
    this.#tellEnd();
  }

  /** Calls back after `ms`, if it is not over by then. */
  after(ms: number, call: () => void): Timer {
    const timer = this.run.after(ms, () => {
      this.#timers.delete(timer);
      this.do(call);
      this.pump();
    });
    this.#timers.add(timer);
    return timer;
  }

  stop(timer: Timer | undefined): void {
    if (timer !== undefined && this.#timers.delete(timer)) this.run.stop(timer);
  }

  /** Calls what may throw: that goes on as an error. */
  do(call: () => void): void {
    try {
      call();
    } catch (error) {
      this.fail(error);
    }
  }

  /** Reads all that is to be read now. */
  pump(): void {
    this.#changed = true;
    if (this.#pumping) return;
    this.#pumping = true;
    while (this.#changed) {
      this.#changed = false;
      // Some leave meanwhile, and then it goes round once more.
      for (let at = 0; at < this.#inputs.length; at += 1) this.#inputs[at]?.pump();
    }
    this.#pumping = false;
  }

  left(input: Pumped, closing?: Promise<unknown>): void {
    const at = this.#inputs.indexOf(input);
    if (at >= 0) void this.#inputs.splice(at, 1);
    this.#changed = true;
    if (closing === undefined) return;
    this.#closing.add(closing);
    const closed = (): void => {
      this.#closing.delete(closing);
      this.#tellEnd();
    };
    closing.then(closed, (error: unknown) => {
      this.fail(error);
      closed();
    });
  }

  endWithLast(): void {
    if (this.#inputs.length === 0) this.end();
  }

  #finish(): void {
    this.#ending = true;
    for (const timer of this.#timers) this.run.stop(timer);
    this.#timers.clear();
    for (let input = this.#inputs.pop(); input !== undefined; input = this.#inputs.pop()) input.close();
  }

  #put(ready: Ready<U>): void {
    const asker = this.#asker;
    if (asker === undefined) {
      this.#ready.push(ready);
      return;
    }
    this.#asker = undefined;
    this.#asked = false;
    if ("error" in ready) asker.reject(ready.error);
    else asker.resolve({ done: false, value: ready.value });
  }

  #take(): Step<U> | undefined {
    const ready = this.#ready.shift();
    if (ready === undefined) return this.#ending && this.#closing.size === 0 ? END : undefined;
    this.#asked = false;
    if ("error" in ready) throw ready.error;
    return { done: false, value: ready.value };
  }

  #tellEnd(): void {
    if (!this.#ending || this.#ready.size > 0 || this.#closing.size > 0) return;
    this.#asker?.resolve(END);
    this.#asker = undefined;
  }
}

/** A source that a hub reads. */
export class Input<V> implements Pumped {
  readonly #hub: Home;
  readonly #flow: Flow<V>;
  readonly #reading: Reading<V>;
  #asking = false;
  #paused = false;
  #over = false;

  constructor(hub: Home, flow: Flow<V>, reading: Reading<V>) {
    this.#hub = hub;
    this.#flow = flow;
    this.#reading = reading;
  }

  get isOver(): boolean {
    return this.#over;
  }

  /** It is not read until `resume`. */
  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    this.#hub.pump();
  }

  close(): void {
    if (this.#over) return;
    this.#over = true;
    let closing: Promise<unknown> | undefined;
    this.#hub.do(() => {
      closing = this.#flow.close();
    });
    this.#hub.left(this, closing);
  }

  pump(): void {
    while (!this.#over && !this.#asking && !this.#paused && this.#wanted()) {
      let answer: Answer<V>;
      try {
        answer = this.#flow.next();
      } catch (error) {
        this.#failed(error);
        continue;
      }
      if (answer instanceof Promise) this.#wait(answer);
      else this.#take(answer);
    }
  }

  #wanted(): boolean {
    return this.#reading.wants === undefined ? this.#hub.isAsked : this.#reading.wants();
  }

  #wait(answer: Promise<Step<V>>): void {
    this.#asking = true;
    const answered = (tell: () => void): void => {
      this.#asking = false;
      if (!this.#over) tell();
      this.#hub.pump();
    };
    answer.then(
      (step) => answered(() => this.#take(step)),
      (error: unknown) => answered(() => this.#failed(error)),
    );
  }

  #take(step: Step<V>): void {
    if (step.done !== true) {
      this.#hub.do(() => this.#reading.value(step.value));
      return;
    }
    this.#over = true;
    this.#hub.left(this);
    if (this.#reading.end === undefined) this.#hub.endWithLast();
    else this.#hub.do(() => this.#reading.end?.());
  }

  #failed(error: unknown): void {
    if (this.#reading.error === undefined) this.#hub.fail(error);
    else this.#hub.do(() => this.#reading.error?.(error));
  }
}
