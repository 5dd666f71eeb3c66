/** The error of a cancel. */
import { SkeinError } from "../errors.ts";

/** What joining a cancelled task throws, and what a cancelled wait of an async task throws. */
export function cancelledError(name: string, reason: unknown): SkeinError {
  const why = reason instanceof Error ? `: ${reason.message}` : typeof reason === "string" ? `: ${reason}` : "";
  return new SkeinError("TASK_CANCELLED", `task ${name} was cancelled${why}`, {
    hint: "the task was cancelled on purpose or by the failure in the cause; let it end",
    cause: reason,
  });
}
