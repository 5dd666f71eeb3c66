/** What a service's task emits, on its way to who called: so many values at a time, then `emit` waits. */
import type { Operation } from "../contracts/operation.ts";
import { EMIT_WINDOW, MAILBOX_LIMIT } from "../defaults.ts";
import { SkeinError, errorFrom } from "../errors.ts";
import { Deferred, completed } from "../task/deferred.ts";
import type { Engine } from "../task/engine.ts";
import { runIn } from "../task/run-in.ts";
import { failed } from "../task/task-ref.ts";

/** Sends one value to the reader; done when the reader has taken it. */
export type GiveValue = (value: unknown) => Operation<unknown>;

export class Emitter {
  readonly #engine: Engine;
  readonly #give: GiveValue;
  /** Values that the reader has not taken. */
  #under = 0;
  /** Those who wait for room, all told at once. */
  #room: Deferred<void> | undefined;
  /** Nothing reaches the reader any more. */
  #broken: Error | undefined;

  constructor(engine: Engine, give: GiveValue) {
    this.#engine = engine;
    this.#give = give;
  }

  readonly emit = (value: unknown): Operation<void> => {
    if (this.#broken !== undefined) return failed(this.#engine, this.#broken);
    if (this.#under >= MAILBOX_LIMIT) return failed(this.#engine, fullError());
    let refused: Error | undefined;
    let sending = true;
    this.#under += 1;
    runIn(
      this.#engine,
      this.#give(value),
      () => this.#taken(),
      (error) => {
        // What can't be sent at all is this value's fault; what fails later is the way's.
        if (sending) refused = errorFrom(error);
        else this.#broken = errorFrom(error);
        this.#taken();
      },
    );
    sending = false;
    if (refused !== undefined) return failed(this.#engine, refused);
    if (this.#under < EMIT_WINDOW) return completed;
    this.#room ??= new Deferred<void>("room for what is emitted", this.#engine).ignore();
    return this.#room;
  };

  #taken(): void {
    this.#under -= 1;
    if (this.#under >= EMIT_WINDOW && this.#broken === undefined) return;
    const room = this.#room;
    this.#room = undefined;
    if (this.#broken === undefined) room?.resolve();
    else room?.reject(this.#broken);
  }
}

const fullError = (): SkeinError =>
  new SkeinError("MAILBOX_FULL", `a task has emitted ${MAILBOX_LIMIT} values that nobody has taken`, {
    hint: "wait for emit: it waits for room",
  });
