/** The error of calls whose worker has ended. */
import { isSkeinError, SkeinError } from "../errors.ts";

export function serverLost(name: string, why: string): SkeinError {
  return new SkeinError("SERVER_LOST", `a worker of the pool (${name}) ended: ${why}`, {
    hint: "give retries, where running it twice does no harm; see what the function does to its process",
  });
}

/** The same for what was begun so often, and is not begun again. */
export function lostAgain(error: Error, times: number): Error {
  if (times < 2 || !isSkeinError(error, "SERVER_LOST")) return error;
  return new SkeinError("SERVER_LOST", error.message, {
    hint: `its worker has ended ${times} times: see what the function does to its process`,
    cause: error.cause,
  });
}
