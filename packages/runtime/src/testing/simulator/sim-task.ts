/** A task of a simulated peer, waited on by the script: the wait ends also when the peer crashes. */
import type { Effect, Operation } from "../../contracts/operation.ts";
import type { Exit } from "../../contracts/exit.ts";
import { SkeinError } from "../../errors.ts";
import { cancelledError } from "../../task/cancelled.ts";
import { Deferred } from "../../task/deferred.ts";
import type { Engine } from "../../task/engine.ts";
import type { TaskRef } from "../../task/task-ref.ts";
import type { Task } from "../../task/types.ts";
import { watchEnd } from "../../task/watch.ts";
import type { SimulatedTask } from "./types.ts";

export class SimTask implements SimulatedTask<unknown> {
  readonly ref: TaskRef;
  readonly #task: Task<unknown>;
  readonly #result: Deferred<unknown>;
  readonly #exit: Deferred<Exit<unknown>>;

  /** `engine` is the script's. */
  constructor(task: Task<unknown>, engine: Engine) {
    this.#task = task;
    this.ref = task.ref;
    this.#result = new Deferred(`the task ${task.name}`, engine);
    this.#exit = new Deferred(`the end of ${task.name}`, engine);
    watchEnd(task, (exit) => this.#ended(exit));
  }

  exit(): Operation<Exit<unknown>> {
    void this.#result.ignore();
    return this.#exit;
  }

  cancel(reason?: unknown): Operation<void> {
    return this.#task.cancel(reason);
  }

  /** Its peer has crashed. */
  lose(peer: string): void {
    const error = new SkeinError("PEER_LOST", `the peer ${peer} crashed, and with it its task ${this.#task.name}`, {
      hint: "wait for exit() where a crash is expected",
    });
    this.#ended({ type: "lost", error });
  }

  [Symbol.iterator](): Iterator<Effect, unknown, unknown> {
    return this.#result[Symbol.iterator]();
  }

  then<A = unknown, B = never>(
    onValue?: ((value: unknown) => A | PromiseLike<A>) | null,
    onError?: ((error: unknown) => B | PromiseLike<B>) | null,
  ): PromiseLike<A | B> {
    return this.#result.then(onValue, onError);
  }

  #ended(exit: Exit<unknown>): void {
    this.#exit.resolve(exit);
    switch (exit.type) {
      case "returned":
        this.#result.resolve(exit.value);
        return;
      case "cancelled":
        // Whoever cancels it need not wait for it.
        this.#result.ignore().reject(cancelledError(this.#task.name, exit.reason));
        return;
      case "failed":
      case "lost":
        this.#result.reject(exit.error);
        return;
      default:
        exit satisfies never;
    }
  }
}
