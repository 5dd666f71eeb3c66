/** What a map through a pool was asked for. */
import { SkeinError } from "../errors.ts";
import type { PoolWord } from "./pool-word.ts";

export interface MapSettings {
  readonly word: PoolWord;
  readonly ordered: boolean;
  /** `undefined`: as many as take some milliseconds. */
  readonly chunk: number | undefined;
  readonly inFlight: number;
  readonly retries: number;
  readonly yieldsErrors: boolean;
  readonly itemTimeoutMs: number | undefined;
  readonly timeoutMs: number | undefined;
  readonly signal: AbortSignal | undefined;
}

export function notAsMany(name: string, count: number, value: unknown): SkeinError {
  const what = Array.isArray(value) ? `${value.length} results` : `a ${value === null ? "null" : typeof value}`;
  return new SkeinError("OPTION_INVALID", `${name} gave ${what} for ${count} items`, {
    hint: "a function for mapArrays returns an array with one result for each item",
  });
}

/** Chunks that go at once: as many as keep a worker busy while an answer is under way. */
export const wholeChunks = (chunk: number, items: number): number => chunk * Math.max(1, Math.floor(items / chunk));
