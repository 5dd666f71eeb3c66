/** What calls take in bytes, learned from those before them. */
import { POOL_PORTION_BYTES } from "../defaults.ts";

/** So much of what was thought remains where less is seen. */
const KEPT = 7 / 8;

/** What one is thought to take, once `count` took `bytes`: more at once, less little by little. */
export function learned(eachBytes: number, count: number, bytes: number): number {
  const seen = bytes / count;
  return seen > eachBytes ? seen : seen + (eachBytes - seen) * KEPT;
}

/** So many go together. */
export const bytesFit = (eachBytes: number): number => Math.max(1, Math.floor(POOL_PORTION_BYTES / eachBytes));
