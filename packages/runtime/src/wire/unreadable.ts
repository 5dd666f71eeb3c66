/** What stands in a decoded value for a part that this side can't make anything of, and how it is found. */
import { SkeinError } from "../errors.ts";
import { invalidFrame } from "./frames.ts";
import { VALUE_COUNT_ENCLOSED_LIMIT } from "./limits.ts";
import { isPlain } from "./plain.ts";

/** Values looked through in one message for what can't be read. */
const STEPS_LIMIT = VALUE_COUNT_ENCLOSED_LIMIT;

/** An instance of a class that is not registered here, or whose data its class refused. */
export class Unreadable {
  readonly error: SkeinError;

  /** `inside` says that the instance itself is fine, but for a part of it. */
  constructor(tag: string, cause?: unknown, inside?: SkeinError) {
    if (inside !== undefined) {
      this.error = inside;
      return;
    }
    const name = JSON.stringify(tag.slice(0, 80));
    this.error =
      cause === undefined
        ? new SkeinError("NOT_SERIALIZABLE", `an instance of class ${name} came, which is not registered here`, {
            hint: "call registerClass on both sides, in a module that both of them load",
          })
        : new SkeinError("NOT_SERIALIZABLE", `an instance of class ${name} can't be made of what came`, {
            hint: "check that both sides run the same version of the class",
            cause,
          });
  }
}

/**
 * Why a part of `value` can't be read; `undefined` when all of it can. For decoded values: an instance with a part that
 * can't be read is unreadable itself, so only containers and errors are looked into.
 */
export const unreadableIn = (value: unknown): SkeinError | undefined => new UnreadableSearch().find(value);

/** Looks through many values of one message; a peer may have made them share what they hold, so that is seen once. */
export class UnreadableSearch {
  /** What was found to be readable. */
  readonly #readable = new Set<object>();
  #steps = 0;

  /** @throws {SkeinError} `WIRE_INVALID` when a peer has made this endless work */
  find(value: unknown): SkeinError | undefined {
    if (typeof value !== "object" || value === null) return undefined;
    const seen = new Set<object>();
    // A list and no recursion: what points to each other may be deeper than a message is nested.
    const waiting: object[] = [value];
    for (let one = waiting.pop(); one !== undefined; one = waiting.pop()) {
      if (seen.has(one) || this.#readable.has(one)) continue;
      if (one instanceof Unreadable) return one.error;
      seen.add(one);
      for (const part of partsOf(one)) {
        this.#steps += 1;
        if (typeof part === "object" && part !== null) waiting.push(part);
      }
      if (this.#steps > STEPS_LIMIT) throw invalidFrame("a message with unreadable parts is too large");
    }
    for (const one of seen) this.#readable.add(one);
    return undefined;
  }
}

function partsOf(value: object): Iterable<unknown> {
  if (Array.isArray(value) || value instanceof Set) return value;
  if (value instanceof Map) return [...value.keys(), ...value.values()];
  if (value instanceof AggregateError) return [value.cause, ...value.errors, ...Object.values(value)];
  if (value instanceof Error) return [value.cause, ...Object.values(value)];
  return isPlain(value) ? Object.values(value) : [];
}

/** Levels below an entry at which exits of tasks are looked for. */
const EXIT_DEPTH = 6;

/** Makes of exits with parts that can't be read failed ones, in place: the end of a task is never lost. */
export function mendExits(value: unknown): void {
  mend(value, EXIT_DEPTH, new Set());
}

/** What was seen is not looked through again: a peer may name one value in thousands of places. */
function mend(value: unknown, depth: number, seen: Set<object>): void {
  if (typeof value !== "object" || value === null || depth === 0 || seen.has(value)) return;
  seen.add(value);
  if (!Array.isArray(value) && Object.getPrototypeOf(value) !== Object.prototype) return;
  for (const [key, part] of Object.entries(value)) {
    const error = isExit(part) ? unreadableIn(part) : undefined;
    if (error === undefined) mend(part, depth - 1, seen);
    else
      Object.defineProperty(value, key, {
        value: { type: "failed", error },
        enumerable: true,
        writable: true,
        configurable: true,
      });
  }
}

const isExit = (value: unknown): boolean =>
  typeof value === "object" &&
  value !== null &&
  "type" in value &&
  (("value" in value && value.type === "returned") ||
    ("reason" in value && value.type === "cancelled") ||
    ("error" in value && (value.type === "failed" || value.type === "lost")));
