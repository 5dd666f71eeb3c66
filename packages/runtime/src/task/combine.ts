/** Waiting for several operations at once: `all`, `race`, `settled`. */
import type { Exit } from "../contracts/exit.ts";
import type { Operation } from "../contracts/operation.ts";
import { SkeinError, errorFrom } from "../errors.ts";
import type { TaskCell } from "./cell.ts";
import type { Engine } from "./engine.ts";
import { waitOf } from "./op.ts";
import { Wait, type Waiter } from "./wait.ts";

type Values<T extends readonly PromiseLike<unknown>[]> = { -readonly [K in keyof T]: Awaited<T[K]> };
type Exits<T extends readonly PromiseLike<unknown>[]> = { -readonly [K in keyof T]: Exit<Awaited<T[K]>> };

/**
 * Waits for all of them and gives their values in order. When one fails, its error is thrown and the others are given up.
 *
 * @example
 * const [a, b] = yield* all([task.spawn(left), task.spawn(right)]);
 */
export function all<const T extends readonly PromiseLike<unknown>[]>(operations: T): Operation<Values<T>> {
  // The values stand in the places of their operations.
  return new All(operations) as unknown as Operation<Values<T>>;
}

/**
 * Waits for the first of them to end, gives its value or throws its error; the others are given up.
 *
 * @throws {SkeinError} `OPTION_INVALID` when the list is empty
 * @example
 * const answer = yield* race([task.receive(), task.sleep(100)]);
 */
export function race<const T extends readonly PromiseLike<unknown>[]>(operations: T): Operation<Values<T>[number]> {
  if (operations.length === 0) {
    throw new SkeinError("OPTION_INVALID", "race was given nothing to wait for", {
      hint: "give it one operation at least",
    });
  }
  // The value is that of one of them.
  return new Race(operations) as unknown as Operation<Values<T>[number]>;
}

/**
 * Waits until all of them have ended, however, and gives how in order. It never throws for one of them.
 *
 * @example
 * for (const exit of yield* settled(tasks)) if (exit.type === "failed") report(exit.error);
 */
export function settled<const T extends readonly PromiseLike<unknown>[]>(operations: T): Operation<Exits<T>> {
  // The exits stand in the places of their operations.
  return new Settled(operations) as unknown as Operation<Exits<T>>;
}

/** One of the operations waited for. */
class Branch implements Waiter {
  private readonly group: Group;
  readonly index: number;
  readonly wait: Wait<unknown>;

  constructor(group: Group, index: number, operation: PromiseLike<unknown>) {
    this.group = group;
    this.index = index;
    this.wait = waitOf(operation);
  }

  resume(): void {
    this.group.ended(this);
  }
}

abstract class Group extends Wait<unknown> {
  private readonly operations: readonly PromiseLike<unknown>[];
  private branches: readonly Branch[] = [];
  protected left: number;

  constructor(operations: readonly PromiseLike<unknown>[]) {
    super();
    this.operations = operations;
    this.left = operations.length;
  }

  /** A branch has ended: ask its `take`. */
  protected abstract take1(branch: Branch): void;

  protected begin(engine: Engine): boolean {
    if (this.left === 0) {
      this.result = [];
      return true;
    }
    this.addBranches();
    for (const branch of this.branches) {
      try {
        if (branch.wait.start(branch, engine)) this.ended(branch);
      } catch (error) {
        this.giveUpBranches();
        this.giveBackTaken();
        throw error;
      }
      if (!this.waiting) {
        this.ignorePromises(branch.index + 1);
        return true;
      }
    }
    return false;
  }

  /** The promises from `index` on are never waited for: a rejection of theirs is nobody's concern. */
  private ignorePromises(index: number): void {
    for (const operation of this.operations.slice(index)) {
      if (operation instanceof Promise) operation.catch(() => undefined);
    }
  }

  ended(branch: Branch): void {
    if (!this.waiting) return;
    this.left -= 1;
    this.take1(branch);
    if (!this.waiting) this.giveUpBranches();
  }

  override fail(error: unknown): void {
    if (!this.waiting) return;
    super.fail(error);
    this.giveBackTaken();
  }

  protected abandon(): void {
    this.giveUpBranches();
    this.giveBackTaken();
  }

  protected override unclaimed(): void {
    this.giveBackTaken();
  }

  /** Gives back what `branch` gave, if it did. */
  protected abstract giveBack1(branch: Branch): void;

  private giveBackTaken(): void {
    for (const branch of this.branches) this.giveBack1(branch);
  }

  private giveUpBranches(): void {
    for (const branch of this.branches) branch.wait.giveUp();
  }

  override inner(): readonly Wait<unknown>[] {
    return this.branches.map((branch) => branch.wait);
  }

  override cuts(owner: TaskCell): boolean {
    this.addBranches();
    return this.branches.some((branch) => branch.wait.cuts(owner));
  }

  /** That of the first branch that has one: an `await` of the group begins there. */
  override home(): Engine | undefined {
    this.addBranches();
    for (const { wait } of this.branches) {
      const home = wait.home();
      if (home !== undefined) return home;
    }
    return undefined;
  }

  /** Once: an upgrade that is pending or an `await` may have asked for them before the group begins. */
  private addBranches(): void {
    if (this.branches.length > 0) return;
    this.branches = this.operations.map((operation, index) => new Branch(this, index, operation));
  }

  describe(): string {
    const parts = this.branches.filter((branch) => branch.wait.waiting).map((branch) => branch.wait.describe());
    return parts.length > 4 ? `${parts.length} operations` : parts.join(", ");
  }
}

/** Of its full length from the start: places filled in any order would make a growing array a slow table. */
function places<T>(operations: readonly unknown[]): T[] {
  // oxlint-disable-next-line unicorn/no-new-array -- a place that is not filled must not be in it
  return new Array<T>(operations.length);
}

class All extends Group {
  private readonly values: unknown[];

  constructor(operations: readonly PromiseLike<unknown>[]) {
    super(operations);
    this.values = places(operations);
  }

  protected take1(branch: Branch): void {
    let value: unknown;
    try {
      value = branch.wait.take();
    } catch (error) {
      this.fail(error);
      return;
    }
    this.values[branch.index] = value;
    if (this.left === 0) this.settle(this.values);
  }

  protected giveBack1(branch: Branch): void {
    if (branch.index in this.values) branch.wait.giveBack(this.values[branch.index]);
  }
}

class Race extends Group {
  private winner: { readonly branch: Branch; readonly value: unknown } | undefined = undefined;

  protected take1(branch: Branch): void {
    let value: unknown;
    try {
      value = branch.wait.take();
    } catch (error) {
      this.fail(error);
      return;
    }
    this.winner = { branch, value };
    this.settle(value);
  }

  protected giveBack1(branch: Branch): void {
    if (this.winner?.branch === branch) branch.wait.giveBack(this.winner.value);
  }
}

class Settled extends Group {
  private readonly exits: Exit<unknown>[];

  constructor(operations: readonly PromiseLike<unknown>[]) {
    super(operations);
    this.exits = places(operations);
  }

  protected take1(branch: Branch): void {
    this.exits[branch.index] = exitOf(branch.wait);
    if (this.left === 0) this.settle(this.exits);
  }

  protected giveBack1(branch: Branch): void {
    const exit = this.exits[branch.index];
    if (exit?.type === "returned") branch.wait.giveBack(exit.value);
  }
}

function exitOf(wait: Wait<unknown>): Exit<unknown> {
  try {
    return { type: "returned", value: wait.take() };
  } catch (thrown) {
    const error = errorFrom(thrown);
    if (!("code" in error)) return { type: "failed", error };
    if (error.code === "TASK_CANCELLED") return { type: "cancelled", reason: error.cause };
    if (error.code === "TASK_LOST" || error.code === "PEER_LOST" || error.code === "SERVER_LOST")
      return { type: "lost", error };
    return { type: "failed", error };
  }
}
