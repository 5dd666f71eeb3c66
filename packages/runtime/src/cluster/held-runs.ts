/** Tasks whose code is still being bundled: they wait before the queue. */
import { errorFrom } from "../errors.ts";
import { type Run } from "./run.ts";

export class HeldRuns {
  readonly #runs = new Set<Run>();
  readonly #ready: (run: Run) => void;
  readonly #failed: (run: Run, error: Error) => void;

  constructor(ready: (run: Run) => void, failed: (run: Run, error: Error) => void) {
    this.#ready = ready;
    this.#failed = failed;
  }

  /** Hands it on when `bundled` resolves, unless it has been taken out. */
  add(run: Run, bundled: PromiseLike<void>): void {
    this.#runs.add(run);
    void this.#wait(run, bundled);
  }

  async #wait(run: Run, bundled: PromiseLike<void>): Promise<void> {
    try {
      await bundled;
      if (this.#runs.delete(run)) this.#ready(run);
    } catch (error) {
      if (this.#runs.delete(run)) this.#failed(run, errorFrom(error));
    }
  }

  values(): Iterable<Run> {
    return this.#runs;
  }
}
