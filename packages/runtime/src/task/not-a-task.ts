/** Why something can't be started as a task. */
import { SkeinError } from "../errors.ts";

export function asyncGeneratorError(name: string): SkeinError {
  return new SkeinError("OPTION_INVALID", `${name || "an async generator"} can't be a task: it is an async function*`, {
    hint: "use function* with yield*, or async function with await; give values on the way by a channel or messages",
  });
}

/** For what is no function, or for a function whose arguments are no list. */
export function noCallError(given: unknown): SkeinError {
  const what =
    typeof given === "function"
      ? `the arguments of ${given.name || "a task"} are no list`
      : `${given === null ? "null" : typeof given} can't be a task`;
  return new SkeinError("OPTION_INVALID", what, {
    hint: "give a function and a list of its arguments: spawn(fn, [1, 2])",
  });
}
