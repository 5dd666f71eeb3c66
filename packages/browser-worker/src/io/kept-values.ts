/** Values for readers that come later or wait already: so many are kept, the oldest dropped. */

type Step = { readonly done: false; readonly value: unknown } | { readonly done: true; readonly value: undefined };

export const END: Step = { done: true, value: undefined };

export class KeptValues {
  readonly #limit: number;
  readonly #values: unknown[] = [];
  readonly #readers = new Set<(step: Step) => void>();
  #ended = false;

  constructor(limit: number) {
    this.#limit = limit;
  }

  push(value: unknown): void {
    const [reader] = this.#readers;
    if (reader !== undefined) {
      this.#readers.delete(reader);
      reader({ done: false, value });
      return;
    }
    this.#values.push(value);
    if (this.#values.length > this.#limit) this.#values.shift();
  }

  /** No more come; what is kept is still read. */
  end(): void {
    this.#ended = true;
    for (const reader of this.#readers) reader(END);
    this.#readers.clear();
  }

  async next(signal: AbortSignal): Promise<Step> {
    if (this.#values.length > 0) return { done: false, value: this.#values.shift() };
    if (this.#ended) return END;
    signal.throwIfAborted();
    return await new Promise<Step>((resolve, reject) => {
      const giveUp = (): void => {
        this.#readers.delete(take);
        reject(signal.reason);
      };
      const take = (step: Step): void => {
        signal.removeEventListener("abort", giveUp);
        resolve(step);
      };
      this.#readers.add(take);
      signal.addEventListener("abort", giveUp);
    });
  }
}
