/** Reads changed input, again and again, and tells what was neither taken nor refused with an error of ours. */
import { isSkeinError } from "../../errors.ts";
import type { Platform } from "../../platform.ts";
import { seededRandom } from "../seeded-random.ts";
import { mutateBytes, mutateText } from "./mutate.ts";
import { byteReaders, textReaders } from "./readers.ts";

export interface FuzzReport {
  /** Inputs that were taken as they are, and that were refused. */
  readonly taken: number;
  readonly refused: number;
  /** What else happened: the reader, the input and the error. */
  readonly findings: readonly string[];
  /** The slowest single input. */
  readonly slowest: { readonly name: string; readonly ms: number };
}

/** The same `seed` gives the same inputs. @param count how many */
export function runFuzz(platform: Platform, count: number, seed: number): FuzzReport {
  const random = seededRandom(seed);
  const pick = <T>(list: readonly T[]): T | undefined => list[Math.floor(random() * list.length)];
  const bytes = byteReaders(platform);
  const texts = textReaders(platform);
  const samples = bytes.flatMap((one) => one.samples);
  const findings: string[] = [];
  const found = new Set<string>();
  let [taken, refused] = [0, 0];
  let slowest = { name: "", ms: 0 };
  const attempt = (name: string, input: Uint8Array | string, read: () => void): void => {
    const startMs = platform.now();
    try {
      read();
      taken += 1;
    } catch (error) {
      refused += 1;
      const what = `${name}: ${String(error)}`;
      if (!isSkeinError(error) && !found.has(what)) {
        found.add(what);
        findings.push(`${what} for ${JSON.stringify(typeof input === "string" ? input : [...input])}`);
      }
    }
    const ms = platform.now() - startMs;
    if (ms > slowest.ms) slowest = { name, ms };
  };
  for (let index = 0; index < count; index += 1) {
    if (index % 4 === 3) {
      const reader = pick(texts);
      const text = mutateText((reader && pick(reader.samples)) ?? "", random);
      if (reader !== undefined) attempt(reader.name, text, () => reader.read(text));
    } else {
      const reader = index % 4 === 0 ? bytes[0] : pick(bytes);
      const input = mutateBytes(
        (reader && pick(reader.samples)) ?? new Uint8Array(1),
        pick(samples) ?? new Uint8Array(1),
        random,
      );
      if (reader !== undefined) attempt(reader.name, input, () => reader.read(input));
    }
  }
  if (Reflect.ownKeys(Object.prototype).length !== OBJECT_KEYS) findings.push("Object.prototype has changed");
  return { taken, refused, findings, slowest };
}

const OBJECT_KEYS: number = Reflect.ownKeys(Object.prototype).length;
