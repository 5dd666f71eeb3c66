/** A storage in memory, for tests and for the page of the developers. */
import type { Keep } from "./consent.ts";

/** `kept`: what is in it, by key. */
export function memoryKeep(): { readonly keep: Keep; readonly kept: ReadonlyMap<string, string> } {
  const kept = new Map<string, string>();
  const keep: Keep = {
    getItem: (key) => kept.get(key) ?? null,
    setItem: (key, value) => void kept.set(key, value),
    removeItem: (key) => void kept.delete(key),
  };
  return { keep, kept };
}
