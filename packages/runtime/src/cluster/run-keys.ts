/** Tasks of a job by the keys they were started with: up to a number, since each keeps its result. */
import { SkeinError } from "../errors.ts";

export class RunKeys<T> {
  readonly #limit: number;
  readonly #runs = new Map<string, T>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** The task with that key, which `make` starts when there is none. @throws {SkeinError} `LINK_OVERLOADED` past the limit */
  of(key: string, make: () => T): T {
    const known = this.#runs.get(key);
    if (known !== undefined) return known;
    if (this.#runs.size >= this.#limit) {
      throw new SkeinError("LINK_OVERLOADED", `the job keeps the results of ${this.#limit} keys`, {
        hint: "open another job for more, or leave out key where nothing is run twice",
      });
    }
    const run = make();
    this.#runs.set(key, run);
    return run;
  }

  forget(): void {
    this.#runs.clear();
  }
}
