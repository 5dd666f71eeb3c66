/** The end of a task, as another process tells it. */
import type { Exit } from "../contracts/exit.ts";
import { SkeinError } from "../errors.ts";

/** What another process says of an end, narrowed. */
export function exitFrom(value: unknown): Exit<unknown> {
  if (typeof value === "object" && value !== null && "type" in value) {
    switch (value.type) {
      case "returned":
        if ("value" in value) return { type: "returned", value: value.value };
        break;
      case "cancelled":
        return { type: "cancelled", reason: "reason" in value ? value.reason : undefined };
      case "failed":
      case "lost":
        if ("error" in value && value.error instanceof Error) return { type: value.type, error: value.error };
        break;
      default:
    }
  }
  const error = new SkeinError("WIRE_INVALID", "a peer sent a malformed end of a task", {
    hint: "check that both sides run the same version",
  });
  return { type: "failed", error };
}
