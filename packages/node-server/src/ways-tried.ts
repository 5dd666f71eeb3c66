/** The ways in which a cluster was looked for, and how each ended: what a `TIMEOUT` of `connect()` says. */
import { type Address, isSkeinError, SkeinError } from "@skein/runtime";

interface Way {
  readonly what: string;
  end: string;
}

export class WaysTried {
  readonly #ways: Way[] = [];

  /** Goes along a way; `said` puts what came of it in words. */
  async along<T>(what: string, work: () => Promise<T>, said: (value: T) => string = () => "reached"): Promise<T> {
    const way: Way = { what, end: "no answer yet" };
    this.#ways.push(way);
    try {
      const value = await work();
      way.end = said(value);
      return value;
    } catch (error) {
      way.end = error instanceof Error ? error.message : String(error);
      throw error;
    }
  }

  /** A timeout with the ways in its message; other errors as they are. */
  explain(error: Error): Error {
    if (!isSkeinError(error, "TIMEOUT") || this.#ways.length === 0) return error;
    // A machine may have joined many clusters of which none is there.
    const times = new Map<string, number>();
    for (const { what, end } of this.#ways) {
      const text = `${what} (${end})`;
      times.set(text, (times.get(text) ?? 0) + 1);
    }
    const tried = [...times].map(([text, count]) => (count === 1 ? text : `${text}, ${count} times`)).join("; ");
    return new SkeinError("TIMEOUT", `${error.message}; tried: ${tried}`, {
      hint: "allow more time with timeoutMs; skein check ADDRESS says whether a place is reached from here",
      cause: error,
    });
  }
}

/** Addresses for people: the first few. */
export const placesText = (addresses: readonly Address[]): string => addresses.slice(0, 4).join(", ");
