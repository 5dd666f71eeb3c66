/** What `spawn` gives: a task seen from outside. */
import type { Exit } from "../contracts/exit.ts";
import type { Effect, Operation } from "../contracts/operation.ts";
import type { WaitOptions } from "../contracts/wait.ts";
import type { TaskId } from "../ids.ts";
import type { ContextCell } from "./task-context.ts";
import type { TaskRef } from "./task-ref.ts";
import type { CancelOptions, TaskState } from "./types.ts";
import { CallWatch, ExitWait, Join, type Watchable } from "./watch.ts";
import type { Wait, Waitable } from "./wait.ts";

/** Implements `Task<R, M>`; it holds only the task, which goes on without it. */
export class TaskHandle implements Waitable<unknown>, Watchable {
  private readonly cell: ContextCell;

  constructor(cell: ContextCell) {
    this.cell = cell;
  }

  get id(): TaskId {
    return this.cell.id;
  }

  get name(): string {
    return this.cell.name;
  }

  get state(): TaskState {
    return this.cell.state;
  }

  get ref(): TaskRef {
    return this.cell.ref;
  }

  send(message: unknown): void {
    this.cell.send(message);
  }

  deliver(message: unknown, options?: WaitOptions): Operation<void> {
    return this.cell.deliver(message, options);
  }

  exit(options?: WaitOptions): Operation<Exit<unknown>> {
    return new ExitWait(this.cell, options);
  }

  cancel(reason?: unknown, options?: CancelOptions): Operation<void> {
    return this.cell.cancel(reason, options);
  }

  wake(value?: unknown): void {
    this.cell.wake(value);
  }

  interrupt(error: unknown): void {
    this.cell.interrupt(error);
  }

  upgrade(fn: (...args: never[]) => unknown, args: readonly unknown[] = []): Operation<void> {
    return this.cell.upgrade(fn, args);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.cell.cancel("left the block of its await using");
  }

  skeinWatch(call: (exit: Exit<unknown>) => void): Disposable {
    return new CallWatch(this.cell, call);
  }

  skeinWait(): Wait<unknown> {
    return new Join(this.cell);
  }

  [Symbol.iterator](): Iterator<Effect, unknown, unknown> {
    return new Join(this.cell);
  }

  then<A = unknown, B = never>(
    onValue?: ((value: unknown) => A | PromiseLike<A>) | null,
    onError?: ((error: unknown) => B | PromiseLike<B>) | null,
  ): PromiseLike<A | B> {
    return new Join(this.cell).then(onValue, onError);
  }
}
