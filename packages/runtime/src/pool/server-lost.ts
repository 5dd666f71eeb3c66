/** The error of calls whose worker has ended. */
import { SkeinError } from "../errors.ts";

export function serverLost(name: string, why: string): SkeinError {
  return new SkeinError("SERVER_LOST", `a worker of the pool (${name}) ended: ${why}`, {
    hint: "give retries, where running it twice does no harm; see what the function does to its process",
  });
}
