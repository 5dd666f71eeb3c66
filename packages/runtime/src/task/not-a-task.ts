/** Why something can't be started as a task. */
import { SkeinError } from "../errors.ts";

export function asyncGeneratorError(name: string): SkeinError {
  return new SkeinError("OPTION_INVALID", `${name || "an async generator"} can't be a task: it is an async function*`, {
    hint: "use function* with yield*, or async function with await; give values on the way by a channel or messages",
  });
}

export function noFunctionError(given: unknown): SkeinError {
  return new SkeinError("OPTION_INVALID", `${given === null ? "null" : typeof given} can't be a task`, {
    hint: "give a function and a list of its arguments: spawn(fn, [1, 2])",
  });
}
