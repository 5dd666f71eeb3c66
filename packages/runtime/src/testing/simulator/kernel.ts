/** The loop of a simulation: one event at a time, each a turn of one process that ends when its microtasks have run. */
import { SkeinError } from "../../errors.ts";
import { replaceDefaultEngine } from "../../task/default-engine.ts";
import { running } from "../../task/running.ts";
import { microtasksDone } from "../microtasks.ts";
import { EventQueue, type SimEvent } from "./event-queue.ts";
import type { SimProcess } from "./sim-process.ts";
import { Trace, type TraceSink } from "./trace.ts";

export interface KernelEvent extends SimEvent {
  readonly process: SimProcess;
  /** For the trace; a function where it is known only when it happens. */
  readonly what: string | (() => string);
}

export interface KernelOptions {
  /** Virtual milliseconds after which a simulation that has not ended fails. */
  readonly limitMs: number;
  /** Events after which one that has not ended fails: something goes round in circles. */
  readonly limitEvents: number;
  readonly onTrace?: TraceSink;
}

export class Kernel {
  readonly trace: Trace;
  readonly #options: KernelOptions;
  readonly #events = new EventQueue<KernelEvent>();
  #nowMs = 0;
  #serial = 0;
  #current: SimProcess | undefined;
  #failure: { readonly error: unknown } | undefined;
  #executed = 0;

  constructor(options: KernelOptions) {
    this.#options = options;
    this.trace = new Trace(options.onTrace);
  }

  /** Virtual milliseconds since the simulation began. */
  get nowMs(): number {
    return this.#nowMs;
  }

  /** Whose turn it is. */
  get current(): SimProcess | undefined {
    return this.#current;
  }

  /** Events so far. */
  get executed(): number {
    return this.#executed;
  }

  /** Has `run` called as a turn of `process`, `delayMs` from now. */
  at(process: SimProcess, delayMs: number, what: KernelEvent["what"], run: () => void): KernelEvent {
    this.#serial += 1;
    const atMs = this.#nowMs + (delayMs > 0 ? delayMs : 0);
    const event: KernelEvent = { atMs, serial: this.#serial, process, what, run };
    this.#events.push(event);
    return event;
  }

  /** Calls an event off. */
  stop(event: KernelEvent): void {
    event.run = undefined;
  }

  /** Puts back what was held for a process, now or later, in the order in which it was asked for. */
  again(event: KernelEvent, atMs: number): void {
    event.atMs = atMs;
    this.#events.push(event);
  }

  /** Ends the simulation with this error; the first one counts. */
  fail(error: unknown): void {
    this.#failure ??= { error };
  }

  /** Runs events until `done` says so. @throws what {@link Kernel.fail} was given, or why it can't go on */
  async run(done: () => boolean): Promise<void> {
    while (!done()) {
      if (this.#failure !== undefined) throw this.#failure.error;
      const event = this.#events.pop();
      if (event === undefined) throw stuck();
      if (event.run === undefined || event.process.dead) continue;
      if (event.atMs > this.#nowMs) this.#nowMs = event.atMs;
      this.#checkLimits();
      if (event.process.hold(event, this.#nowMs)) continue;
      await this.#execute(event, event.run);
    }
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  #checkLimits(): void {
    const { limitMs, limitEvents } = this.#options;
    if (this.#nowMs > limitMs) throw tooLong(`${limitMs} ms of virtual time`, "limitMs");
    if (this.#executed >= limitEvents) throw tooLong(`${limitEvents} events`, "limitEvents");
  }

  async #execute(event: KernelEvent, run: () => void): Promise<void> {
    const { process } = event;
    event.run = undefined;
    this.#executed += 1;
    this.#current = process;
    process.beginTurn(this.#nowMs);
    // What async code begins between two turns of its runtime belongs to it all the same.
    const { engine } = process;
    const before = replaceDefaultEngine(engine);
    running.engine = engine;
    const { what } = event;
    this.trace.add(this.#nowMs, process.name, typeof what === "string" ? what : what());
    try {
      run();
    } catch (error) {
      this.fail(error);
    }
    await microtasksDone();
    running.engine = undefined;
    replaceDefaultEngine(before);
    process.endTurn();
    this.#current = undefined;
  }
}

const stuck = (): SkeinError =>
  new SkeinError("TIMEOUT", "the simulation waits for something that can't happen: nothing is left to run", {
    hint: "await only what the simulated peers and the world give: no timers, files or sockets of the host",
  });

const tooLong = (much: string, option: string): SkeinError =>
  new SkeinError("TIMEOUT", `the simulation had not ended after ${much}`, {
    hint: `what it waits for does not come: a condition that stays false, or a timer or file of the host, which is no part of the simulation; see the trace, or allow more with ${option}`,
  });
