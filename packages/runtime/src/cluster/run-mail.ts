/** What is sent to a remote task before it runs: kept, bounded, and passed on in order once it does. */
import { type Operation } from "../contracts/operation.ts";
import { type WaitOptions } from "../contracts/wait.ts";
import { MAILBOX_LIMIT } from "../defaults.ts";
import { errorFrom, isSkeinError, SkeinError } from "../errors.ts";
import { Deferred } from "../task/deferred.ts";
import { type RemoteRef } from "../task/remote-ref.ts";
import { Deque } from "./deque.ts";

type Item =
  | { readonly type: "send"; readonly message: unknown }
  | {
      readonly type: "deliver";
      readonly message: unknown;
      readonly options: WaitOptions | undefined;
      readonly done: Deferred<void>;
    }
  | { readonly type: "wake"; readonly value: unknown }
  | { readonly type: "interrupt"; readonly error: unknown };

export class RunMail {
  readonly #items = new Deque<Item>();
  readonly #name: string;
  #passing = false;

  constructor(name: string) {
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
  deliver(message: unknown, options: WaitOptions | undefined): Operation<void> {
    const done = new Deferred<void>(`delivering to task ${this.#name}`).ignore();
    try {
      this.add({ type: "deliver", message, options, done });
    } catch (error) {
      done.reject(error);
    }
    return done;
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
      if (item.type === "deliver") item.done.reject(error);
    }
  }
}

async function pass(item: Item, ref: RemoteRef): Promise<void> {
  switch (item.type) {
    case "send":
      await send(item.message, ref);
      return;
    case "deliver":
      try {
        await ref.deliver(item.message, item.options);
        item.done.resolve();
      } catch (error) {
        item.done.reject(error);
      }
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
