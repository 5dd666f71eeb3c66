/** What is sent to a remote task before it runs: kept, bounded, and passed on in order once it does. */
import { type Operation } from "../contracts/operation.ts";
import { type WaitOptions } from "../contracts/wait.ts";
import { MAILBOX_LIMIT } from "../defaults.ts";
import { errorFrom, isSkeinError, SkeinError } from "../errors.ts";
import { type TimerHandle } from "../platform.ts";
import { Deferred } from "../task/deferred.ts";
import { type Engine } from "../task/engine.ts";
import { abortError, timeoutError } from "../task/limits.ts";
import { type RemoteRef } from "../task/remote-ref.ts";
import { Deque } from "../deque.ts";

type Item =
  | { readonly type: "send"; readonly message: unknown }
  | { readonly type: "deliver"; readonly delivery: Delivery }
  | { readonly type: "wake"; readonly value: unknown }
  | { readonly type: "interrupt"; readonly error: unknown };

/** A delivery that waits; its time limit and signal take it back while it does. */
class Delivery {
  readonly message: unknown;
  readonly done: Deferred<void>;
  readonly #options: WaitOptions;
  readonly #engine: Engine;
  readonly #deadlineMs: number;
  #timer: TimerHandle = undefined;

  constructor(engine: Engine, name: string, message: unknown, options: WaitOptions) {
    const { timeoutMs, signal } = options;
    this.message = message;
    this.done = new Deferred<void>(`delivering to task ${name}`).ignore();
    this.#options = options;
    this.#engine = engine;
    this.#deadlineMs = timeoutMs === undefined ? Number.POSITIVE_INFINITY : engine.platform.now() + timeoutMs;
    if (timeoutMs !== undefined) {
      const onTime = (): void => this.done.reject(timeoutError(`delivering to task ${name}`, timeoutMs));
      this.#timer = engine.platform.startTimer(timeoutMs, onTime);
    }
    if (signal?.aborted === true) this.#abort();
    else signal?.addEventListener("abort", this.#abort, { once: true });
  }

  /** It leaves now, unless it was taken back: what is left of its limits goes with it. */
  async leave(ref: RemoteRef): Promise<void> {
    this.stop();
    if (this.done.settled) return;
    const { timeoutMs, signal } = this.#options;
    const leftMs = Math.max(1, this.#deadlineMs - this.#engine.platform.now());
    const options = {
      ...(timeoutMs === undefined ? {} : { timeoutMs: leftMs }),
      ...(signal === undefined ? {} : { signal }),
    };
    try {
      await ref.deliver(this.message, options);
      this.done.resolve();
    } catch (error) {
      this.done.reject(error);
    }
  }

  /** Nothing takes it back any more. */
  stop(): void {
    if (this.#timer !== undefined) this.#engine.platform.stopTimer(this.#timer);
    this.#timer = undefined;
    this.#options.signal?.removeEventListener("abort", this.#abort);
  }

  readonly #abort = (): void => {
    const { signal } = this.#options;
    if (signal !== undefined) this.done.reject(abortError(signal));
  };
}

export class RunMail {
  readonly #items = new Deque<Item>();
  readonly #engine: Engine;
  readonly #name: string;
  #passing = false;

  constructor(engine: Engine, name: string) {
    this.#engine = engine;
    this.#name = name;
  }

  /** Nothing waits: what comes now may go directly. */
  get isEmpty(): boolean {
    return this.#items.size === 0 && !this.#passing;
  }

  /** @throws {SkeinError} `MAILBOX_FULL` */
  add(item: Item): void {
    if (this.#items.size >= MAILBOX_LIMIT) {
      throw new SkeinError(
        "MAILBOX_FULL",
        `${MAILBOX_LIMIT} messages wait for task ${this.#name}, which has no server yet`,
        {
          hint: "send once the task has said that it runs, or fewer",
        },
      );
    }
    this.#items.push(item);
  }

  /** As `deliver` of a reference: waits until the message is in the task's mailbox. */
  deliver(message: unknown, options: WaitOptions = {}): Operation<void> {
    const delivery = new Delivery(this.#engine, this.#name, message, options);
    try {
      this.add({ type: "deliver", delivery });
    } catch (error) {
      delivery.stop();
      delivery.done.reject(error);
    }
    return delivery.done;
  }

  /** Passes everything on to where the task runs, in order; stops when `still` says that it runs there no more. */
  async passOn(ref: RemoteRef, still: () => boolean): Promise<void> {
    if (this.#passing) return;
    this.#passing = true;
    try {
      for (let item = this.#items.shift(); item !== undefined; item = this.#items.shift()) {
        await pass(item, ref);
        if (!still()) break;
      }
    } finally {
      this.#passing = false;
    }
  }

  /** The task has ended: deliveries fail, the rest is dropped. */
  end(error: Error): void {
    for (let item = this.#items.shift(); item !== undefined; item = this.#items.shift()) {
      if (item.type !== "deliver") continue;
      item.delivery.stop();
      item.delivery.done.reject(error);
    }
  }
}

async function pass(item: Item, ref: RemoteRef): Promise<void> {
  switch (item.type) {
    case "send":
      await send(item.message, ref);
      return;
    case "deliver":
      await item.delivery.leave(ref);
      return;
    case "wake":
    case "interrupt":
      try {
        if (item.type === "wake") ref.wake(item.value);
        else ref.interrupt(item.error);
      } catch {
        // The server is gone: what became of the task is told by its exit.
      }
      return;
    default:
      item satisfies never;
  }
}

/** Without credit on the way there a delivery waits for it; other failures drop the message, as `send` does. */
async function send(message: unknown, ref: RemoteRef): Promise<void> {
  try {
    ref.send(message);
  } catch (error) {
    if (!isSkeinError(error, "MAILBOX_FULL")) return;
    await ref.deliver(message).then(undefined, (failure: unknown) => void errorFrom(failure));
  }
}
