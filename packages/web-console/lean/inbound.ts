/** In place of what other processes want of this one's tasks, channels and services: a page that watches has none. */
import type { Inbound } from "../../runtime/src/contracts/router.ts";
import { SkeinError } from "../../runtime/src/errors.ts";

const nobody: Inbound = {
  message: () => undefined,
  request: () => {
    throw new SkeinError("TASK_UNKNOWN", "this page runs no tasks", { hint: "look where the task runs" });
  },
  holds: () => false,
  lost: () => undefined,
};

export const inboundOf = (): Inbound => nobody;
