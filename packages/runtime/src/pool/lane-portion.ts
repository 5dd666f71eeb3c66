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

  constructor(fn: PoolFunction, args: readonly unknown[]) {
    this.fn = fn;
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

  lost(error: Error): void {
    this.#end.reject(error);
  }
}
