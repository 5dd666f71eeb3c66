/** One call that is meant for one worker: its set-up, or a call that all make. */
import type { Lane } from "./lane.ts";
import type { PoolFunction, Portion } from "./portion.ts";
import { PoolWord } from "./pool-word.ts";

export class LanePortion implements Portion {
  readonly fn: PoolFunction;
  readonly word: PoolWord = PoolWord.call;
  readonly values: readonly unknown[];
  readonly exact = true;
  lane: Lane | undefined = undefined;
  batch = 0;
  readonly #end = Promise.withResolvers<unknown>();

  readonly #notBegun: (() => void) | undefined;

  /** @param notBegun called in place of an end when its worker has ended before it began */
  constructor(fn: PoolFunction, args: readonly unknown[], notBegun?: () => void) {
    this.fn = fn;
    this.#notBegun = notBegun;
    this.values = [args];
  }

  get result(): Promise<unknown> {
    return this.#end.promise;
  }

  sentAs(): void {}

  cameAs(): void {}

  done(_first: number, [value]: readonly unknown[]): void {
    this.#end.resolve(value);
  }

  failed(_index: number, error: Error): void {
    this.#end.reject(error);
  }

  back(): void {}

  dropped(): void {}

  apart(): readonly Portion[] {
    return [this];
  }

  lost(error: Error, sure: number): void {
    if (sure === 0 && this.#notBegun !== undefined) this.#notBegun();
    else this.#end.reject(error);
  }
}
