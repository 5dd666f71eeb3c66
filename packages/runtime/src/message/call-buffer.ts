/** What a call has emitted and its reader has not taken yet. */
import type { Operation } from "../contracts/operation.ts";
import { MAILBOX_LIMIT } from "../defaults.ts";
import { SkeinError } from "../errors.ts";
import { Deferred, completed } from "../task/deferred.ts";
import type { Engine } from "../task/engine.ts";
import { PutBack } from "../task/put-back.ts";
import { Ring } from "../task/run-queue.ts";
import { failed } from "../task/task-ref.ts";
import type { NextValue, Step, StepSource } from "./next-value.ts";
import { END, StepWaits } from "./step-waits.ts";

interface Held {
  readonly value: unknown;
  /** Told once it is taken; absent when nobody waits for that. */
  readonly taken: Deferred<void> | undefined;
}

/** Holds values until they are taken, whatever becomes of the call meanwhile. */
export class CallBuffer implements StepSource {
  readonly engine: Engine;
  readonly what = "what a service emits next";
  readonly #held = new Ring<Held>();
  readonly #putBack = new PutBack();
  readonly #waits = new StepWaits();
  #over = false;
  #left = false;
  #error: Error | undefined;
  /** Whether there has been a value. */
  hasGiven = false;

  constructor(engine: Engine) {
    this.engine = engine;
  }

  /** Gives it to the reader; the operation is done when the reader has taken it. */
  give(value: unknown): Operation<void> {
    if (this.#left || this.#over) return failed(this.engine, leftError());
    this.hasGiven = true;
    if (this.#waits.give(value)) return completed;
    // An emitter waits long before: this one doesn't keep to the rules.
    if (this.#held.size >= MAILBOX_LIMIT) return failed(this.engine, fullError());
    const taken = new Deferred<void>("a value to be taken", this.engine).ignore();
    this.#held.push({ value, taken });
    return taken;
  }

  /** The call has ended: what is held is still read, then `error` or the end. */
  finish(error: Error | undefined): void {
    if (this.#over) return;
    this.#over = true;
    this.#error = error;
    // Whoever emitted them has ended and waits no more.
    for (let index = 0; index < this.#held.size; index += 1) this.#held.peek(index).taken?.resolve();
    this.#waits.end(error);
  }

  /** Its reader has left: nothing more is kept. */
  leave(): void {
    this.#left = true;
    while (this.#held.size > 0) this.#held.shift().taken?.reject(leftError());
  }

  take(wait: NextValue): Step | undefined {
    if (this.#held.size > 0) {
      this.#putBack.removed(0);
      const { value, taken } = this.#held.shift();
      taken?.resolve();
      return { done: false, value };
    }
    if (this.#left) return END;
    if (this.#over) {
      if (this.#error !== undefined) throw this.#error;
      return END;
    }
    this.#waits.add(wait);
    return undefined;
  }

  putBack(value: unknown, order: number): void {
    if (this.#waits.give(value)) return;
    if (!this.#left) this.#putBack.insert(this.#held, { value, taken: undefined }, order);
  }

  forget(wait: NextValue): void {
    this.#waits.forget(wait);
  }
}

const leftError = (): SkeinError =>
  new SkeinError("CHANNEL_CLOSED", "whoever called takes no more of what is emitted", {
    hint: "its stream was left, or the call has ended",
  });

const fullError = (): SkeinError =>
  new SkeinError("MAILBOX_FULL", `a call has emitted ${MAILBOX_LIMIT} values that nobody has taken`, {
    hint: "wait for emit: it waits for room",
  });
