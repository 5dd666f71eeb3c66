/** One ability at work for one server, and the errors that all of them give. */
import { SkeinError } from "@skein/runtime";

/** Does one thing that was asked for. What others say is in `args`: each is looked at before it is used. */
export type Perform = (args: readonly unknown[], signal: AbortSignal) => Promise<unknown>;

export interface Ability {
  readonly calls: Readonly<Record<string, Perform>>;
  /** The server has ended. */
  end(): void;
}

export const nothing = (): void => undefined;

export function textOf(value: unknown, what: string, limit: number): string {
  if (typeof value !== "string") throw wrong(`${what} is no text`);
  if (value.length > limit) {
    throw new SkeinError("MESSAGE_TOO_LARGE", `${what} has ${value.length} characters`, {
      hint: `at most ${limit} may be given`,
    });
  }
  return value;
}

export const wrong = (message: string): SkeinError =>
  new SkeinError("OPTION_INVALID", message, { hint: "see RemoteTaskContext.io" });

export const unavailable = (ability: string, why: string): SkeinError =>
  new SkeinError("ABILITY_UNAVAILABLE", `${ability}: ${why}`, {
    hint: globalThis.isSecureContext
      ? "use another browser"
      : "the page has to be on https or localhost for most of these",
  });

/** The person, or the browser on their behalf, has refused. */
export const refused = (ability: string): SkeinError =>
  new SkeinError("ABILITY_NOT_GRANTED", `${ability}: the person did not allow it`, { hint: "use another tab" });

/** What `work` gives, unless `signal` is aborted first; what it gives after that goes to `late`. */
export async function unlessGivenUp<T>(
  work: Promise<T>,
  signal: AbortSignal,
  late: (value: T) => void = nothing,
): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  const giveUp = (): void => reject(signal.reason);
  if (signal.aborted) giveUp();
  signal.addEventListener("abort", giveUp);
  work.then((value) => (signal.aborted ? late(value) : resolve(value)), reject);
  try {
    return await promise;
  } finally {
    signal.removeEventListener("abort", giveUp);
  }
}

/** A number that was given, or `usual`. */
export function numberOf(value: unknown, what: string, { usual, most }: { usual: number; most: number }): number {
  if (value === undefined) return usual;
  if (typeof value !== "number" || !(value > 0)) throw wrong(`${what} is no number above 0`);
  return Math.min(value, most);
}
