/** What a pipe comes to: its last value, read in one loop, of a run that is closed when nobody waits any more. */
import type { WaitOptions } from "../contracts/wait.ts";
import type { Engine } from "../task/engine.ts";
import { limitsFrom } from "../task/limits.ts";
import { Wait } from "../task/wait.ts";
import { type Answer, type Flow, Run } from "./flow.ts";
import { closed } from "./sources.ts";

/** Reads a flow to its end; gives its last value. It is closed when it fails. */
async function lastOf<T>(flow: Flow<T>): Promise<T | undefined> {
  let last: T | undefined;
  try {
    for (;;) {
      const answer: Answer<T> = flow.next();
      const step = answer instanceof Promise ? await answer : answer;
      if (step.done === true) return last;
      last = step.value;
    }
  } catch (error) {
    await closed(flow);
    throw error;
  }
}

/** Waits for the last value of a run that begins with the wait. */
export class EndWait<T> extends Wait<T | undefined> {
  readonly #open: (run: Run) => Flow<T>;
  #flow: Flow<T> | undefined;

  constructor(open: (run: Run) => Flow<T>, options?: WaitOptions) {
    super(limitsFrom(options));
    this.#open = open;
  }

  protected begin(engine: Engine): boolean {
    const flow = this.#open(new Run(engine));
    this.#flow = flow;
    lastOf(flow).then(
      (value) => this.settle(value),
      (error: unknown) => this.fail(error),
    );
    return false;
  }

  protected abandon(): void {
    if (this.#flow !== undefined) void closed(this.#flow);
  }

  describe(): string {
    return "a pipe's end";
  }
}
