/** How many workers a tab's owner wants and the tab offers: changed one at a time, a failed change spoils no later one. */
export class WorkerCount {
  readonly #apply: (workers: number) => PromiseLike<void>;
  #wanted: number;
  #offered: number;
  #changes = 0;
  /** The change under way; the next one waits for it. */
  #changing: Promise<void> = Promise.resolve();

  /** `apply` is done when so many are offered. */
  constructor(first: number, apply: (workers: number) => PromiseLike<void>) {
    this.#apply = apply;
    this.#wanted = first;
    this.#offered = first;
  }

  /** What was wanted last; after a change that failed, what is still offered. */
  get wanted(): number {
    return this.#wanted;
  }

  /** Done when so many are offered. Rejects when that fails: what was offered before stays. */
  change(workers: number): Promise<void> {
    this.#wanted = workers;
    this.#changes += 1;
    const [before, change] = [this.#changing, this.#changes];
    const changed = (async (): Promise<void> => {
      await before;
      try {
        await this.#apply(workers);
        this.#offered = workers;
      } catch (error) {
        // Unless another change waits.
        if (change === this.#changes) this.#wanted = this.#offered;
        throw error;
      }
    })();
    // Whoever asked is told; the next change is none of its business.
    this.#changing = changed.catch(() => undefined);
    return changed;
  }
}
