/** How many rounds a test of random input has: what proves the logic is done in full in Node, a browser engine shows that where it differs does no harm. */
import { inject } from "vitest";

declare module "vitest" {
  interface ProvidedContext {
    /** Share of the rounds that this engine does, 0–1; `vitest.config.ts` sets it. */
    readonly roundsShare?: number;
  }
}

/** `count` in Node, fewer elsewhere, never none. */
export const rounds = (count: number): number => Math.ceil(count * (inject("roundsShare") ?? 1));

/** `count` seeds from `first` on; fewer, the first of them, elsewhere than in Node. */
export const seeds = (count: number, first = 1): readonly number[] =>
  Array.from({ length: rounds(count) }, (_, n) => first + n);
