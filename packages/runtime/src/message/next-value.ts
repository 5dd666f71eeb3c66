/** The wait for the next value of a buffer that has one reader's values: a channel's reader, a call's stream. */
import { checkHome } from "../task/check-home.ts";
import type { Engine } from "../task/engine.ts";
import { nextTaken } from "../task/put-back.ts";
import { Wait } from "../task/wait.ts";

export type Step = IteratorResult<unknown, undefined>;

/** What {@link NextValue} waits at. */
export interface StepSource {
  readonly engine: Engine;
  /** For people. */
  readonly what: string;
  /** The next step, if there is one already; else `wait` is told. */
  take(wait: NextValue): Step | undefined;
  /** Puts back a value, taken as number `order`, that nobody took: whoever waits by now gets it, else the next to ask. */
  putBack(value: unknown, order: number): void;
  forget(wait: NextValue): void;
}

export class NextValue extends Wait<Step> {
  readonly #source: StepSource;
  /** As which its value was taken. */
  #order = 0;

  constructor(source: StepSource) {
    super();
    this.#source = source;
  }

  protected begin(engine: Engine): boolean {
    checkHome(this.#source.engine, engine, () => this.describe());
    const step = this.#source.take(this);
    this.result = step;
    this.#order = nextTaken();
    return step !== undefined;
  }

  override settle(step: unknown): void {
    if (this.waiting) this.#order = nextTaken();
    super.settle(step);
  }

  protected abandon(): void {
    this.#source.forget(this);
  }

  protected override unclaimed(step: Step): void {
    if (step.done !== true) this.#source.putBack(step.value, this.#order);
  }

  override home(): Engine {
    return this.#source.engine;
  }

  describe(): string {
    return this.#source.what;
  }
}
