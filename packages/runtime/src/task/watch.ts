/** Waiting for the end of a task: joining, `exit`, monitors. They hang in a list of the task's, in order. */
import type { Exit } from "../contracts/exit.ts";
import type { WaitOptions } from "../contracts/wait.ts";
import { SkeinError } from "../errors.ts";
import { cancelledError } from "./cancelled.ts";
import type { TaskCell } from "./cell.ts";
import { checkHome } from "./check-home.ts";
import type { Engine } from "./engine.ts";
import { limitsFrom } from "./limits.ts";
import { Wait } from "./wait.ts";

/** A link in a task's list of those who want to know its end. */
export interface Watch {
  nextWatch: Watch | undefined;
  previousWatch: Watch | undefined;
  ended(exit: Exit<unknown>): void;
}

abstract class EndWait<T> extends Wait<T> implements Watch {
  nextWatch: Watch | undefined = undefined;
  previousWatch: Watch | undefined = undefined;
  protected readonly cell: TaskCell;

  constructor(cell: TaskCell, options?: WaitOptions) {
    super(limitsFrom(options));
    this.cell = cell;
  }

  protected begin(engine: Engine): boolean {
    checkHome(this.cell.engine, engine, () => this.describe());
    const exit = this.cell.observe();
    if (exit === undefined) {
      this.cell.addWatch(this);
      return false;
    }
    this.ended(exit);
    return true;
  }

  protected abandon(): void {
    this.cell.removeWatch(this);
  }

  override home(): Engine {
    return this.cell.engine;
  }

  abstract ended(exit: Exit<unknown>): void;

  describe(): string {
    return `the end of task ${this.cell.name}`;
  }
}

/** Gives the value; a failure is thrown again. */
export class Join extends EndWait<unknown> {
  ended(exit: Exit<unknown>): void {
    switch (exit.type) {
      case "returned":
        this.settle(exit.value);
        return;
      case "failed":
      case "lost":
        this.fail(exit.error);
        return;
      case "cancelled":
        this.fail(() => cancelledError(this.cell.name, exit.reason));
        return;
      default:
        exit satisfies never;
    }
  }
}

/** Gives the {@link Exit}; never throws for the task's own end. */
export class ExitWait extends EndWait<Exit<unknown>> {
  ended(exit: Exit<unknown>): void {
    this.settle(exit);
  }
}

/** Waits until it has ended, however. */
export class EndedWait extends EndWait<void> {
  ended(): void {
    this.settle(undefined);
  }
}

/** Calls back once; the record of a monitor. */
export class CallWatch implements Watch, Disposable {
  nextWatch: Watch | undefined = undefined;
  previousWatch: Watch | undefined = undefined;
  readonly #cell: TaskCell;
  #call: ((exit: Exit<unknown>) => void) | undefined;

  constructor(cell: TaskCell, call: (exit: Exit<unknown>) => void) {
    this.#cell = cell;
    this.#call = call;
    const exit = cell.observe();
    if (exit === undefined) cell.addWatch(this);
    else this.ended(exit);
  }

  ended(exit: Exit<unknown>): void {
    const call = this.#call;
    this.#call = undefined;
    call?.(exit);
  }

  [Symbol.dispose](): void {
    if (this.#call === undefined) return;
    this.#call = undefined;
    this.#cell.removeWatch(this);
  }
}

/** Tells `call` once how the task ended; every handle and reference of a task does. */
export interface Watchable {
  skeinWatch(call: (exit: Exit<unknown>) => void): Disposable;
}

/** Watches a task by its handle or reference, or by the reference that a handle of another kind carries. */
export function watchEnd(target: object, call: (exit: Exit<unknown>) => void): Disposable {
  // Whoever has it is a Watchable.
  if ("skeinWatch" in target) return (target as Watchable).skeinWatch(call);
  if ("ref" in target && typeof target.ref === "object" && target.ref !== null && "skeinWatch" in target.ref) {
    return (target.ref as Watchable).skeinWatch(call);
  }
  throw new SkeinError("OPTION_INVALID", "only tasks and references of tasks can be monitored", {
    hint: "pass a Task, a RemoteTask or a TaskRef",
  });
}
