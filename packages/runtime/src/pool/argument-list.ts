/** The arguments of a call, as programs in JavaScript give them, which no compiler checks. */
import { shown } from "../check-options.ts";
import { SkeinError } from "../errors.ts";

/** @throws {SkeinError} `OPTION_INVALID` when it is no list */
export function argumentList(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw new SkeinError("OPTION_INVALID", `the arguments of a pool's call are ${shown(value)}`, {
    hint: "give an array of them: run(fn, [value]); with star each item of a map is one",
  });
}
