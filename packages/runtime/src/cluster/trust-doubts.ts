/** What a job finds out about its functions where tabs run them: which no tab can run, and which nobody can check. */
import { errorFrom } from "../errors.ts";
import { type NodeId } from "../ids.ts";
import { type Logger } from "../logger.ts";
import { type Run } from "./run.ts";
import { type ExitedAt } from "./run-words.ts";
import { type Answer } from "./trust.ts";

/** A node gave another result of a task than a tab: one of them is wrong, or the function gives another one each time. */
export interface Doubt {
  readonly run: Run;
  readonly answer: Answer;
  readonly node: NodeId;
  readonly at: ExitedAt;
}

export interface TrustDoubtsOptions {
  readonly logger: Logger;
  readonly same: (a: Answer, b: Answer) => boolean;
  /** Has a task done again, at a node. */
  readonly redo: (run: Run, args: readonly unknown[]) => Run;
}

/** What has become of a doubt: the node says the same again, or something else; or there is no second word. */
export type Cleared = "same" | "differs" | "unknown";

export class TrustDoubts {
  readonly #options: TrustDoubtsOptions;
  /** Functions that import what tabs have not. */
  readonly #notForTabs = new Set<string>();
  /** Functions of which a node gave two results. */
  readonly #notChecked = new Set<string>();
  /** By function: one at a time. */
  readonly #open = new Map<string, Doubt>();
  /** By the run that does the task once more. */
  readonly #seconds = new Map<Run, Doubt>();

  constructor(options: TrustDoubtsOptions) {
    this.#options = options;
  }

  /** @returns whether that is news */
  addNotForTabs(run: Run): boolean {
    return isNew(this.#notForTabs, run);
  }

  isNotForTabs(run: Run): boolean {
    const key = keyOf(run);
    return key !== undefined && this.#notForTabs.has(key);
  }

  /** @returns whether that is news */
  addNotChecked(run: Run): boolean {
    return isNew(this.#notChecked, run);
  }

  isNotChecked(run: Run): boolean {
    const key = keyOf(run);
    return key !== undefined && this.#notChecked.has(key);
  }

  /**
   * Has the task done once more, unless another one of its function is already.
   * @returns whether the tab is not to be judged now: when the second result is there it may be
   */
  begin(doubt: Doubt): boolean {
    const { run } = doubt;
    const key = keyOf(run);
    if (key === undefined) return false;
    if (this.#open.has(key)) return true;
    try {
      this.#seconds.set(this.#options.redo(run, run.args), doubt);
    } catch (error) {
      this.#options.logger.warn("task.not-redone", { task: run.id, fn: run.name, error: errorFrom(error).message });
      return false;
    }
    this.#open.set(key, doubt);
    return true;
  }

  /** Whether the answers to this task are still needed. */
  has(run: Run): boolean {
    const key = keyOf(run);
    return key !== undefined && this.#open.get(key)?.run === run;
  }

  /** A run has ended, with an answer or without one: what that says of which doubt. */
  ended(second: Run, answer: Answer | undefined): { readonly doubt: Doubt; readonly cleared: Cleared } | undefined {
    const doubt = this.#seconds.get(second);
    if (doubt === undefined) return undefined;
    this.#seconds.delete(second);
    const key = keyOf(doubt.run);
    if (key !== undefined) this.#open.delete(key);
    if (answer === undefined) return { doubt, cleared: "unknown" };
    return { doubt, cleared: this.#options.same(doubt.answer, answer) ? "same" : "differs" };
  }
}

/** What its function is known by; `undefined` before it is bundled. */
function keyOf({ what }: Run): string | undefined {
  return what.bundled === undefined ? `${what.code} ${what.fn}` : undefined;
}

function isNew(known: Set<string>, run: Run): boolean {
  const key = keyOf(run);
  if (key === undefined || known.has(key)) return false;
  known.add(key);
  return true;
}
