/** What stands in a decoded value for a part that this side can't make anything of, and how it is found. */
import { SkeinError } from "../errors.ts";

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
export function unreadableIn(value: unknown, seen: Set<object> = new Set()): SkeinError | undefined {
  if (typeof value !== "object" || value === null || seen.has(value)) return undefined;
  if (value instanceof Unreadable) return value.error;
  seen.add(value);
  for (const part of partsOf(value)) {
    const error = unreadableIn(part, seen);
    if (error !== undefined) return error;
  }
  return undefined;
}

function partsOf(value: object): Iterable<unknown> {
  if (Array.isArray(value) || value instanceof Set) return value;
  if (value instanceof Map) return [...value.keys(), ...value.values()];
  if (value instanceof AggregateError) return [value.cause, ...value.errors];
  if (value instanceof Error) return [value.cause];
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null ? Object.values(value) : [];
}

/** Levels below an entry at which exits of tasks are looked for. */
const EXIT_DEPTH = 6;

/** Makes of exits with parts that can't be read failed ones, in place: the end of a task is never lost. */
export function mendExits(value: unknown, depth: number = EXIT_DEPTH): void {
  if (typeof value !== "object" || value === null || depth === 0) return;
  if (!Array.isArray(value) && Object.getPrototypeOf(value) !== Object.prototype) return;
  for (const [key, part] of Object.entries(value)) {
    const error = isExit(part) ? unreadableIn(part) : undefined;
    if (error === undefined) mendExits(part, depth - 1);
    // A plain object or array that was made by decoding.
    else (value as Record<string, unknown>)[key] = { type: "failed", error };
  }
}

const isExit = (value: unknown): boolean =>
  typeof value === "object" &&
  value !== null &&
  "type" in value &&
  (("value" in value && value.type === "returned") ||
    ("reason" in value && value.type === "cancelled") ||
    ("error" in value && (value.type === "failed" || value.type === "lost")));
