/** Tasks of other processes whose mailboxes are full for this one: what is sent to them is refused until they have room. */
import { type Endpoint, endpointKey } from "../contracts/endpoint.ts";
import { SkeinError } from "../errors.ts";
import type { TaskId } from "../ids.ts";
import type { Engine } from "./engine.ts";

/** Full mailboxes that are remembered; what goes to further ones is dropped there, and counted. */
const FULL_LIMIT = 10_000;

export class RemoteRooms {
  readonly #full = new Map<TaskId, Endpoint>();

  /** @throws {SkeinError} `MAILBOX_FULL` */
  check(task: TaskId): void {
    if (this.#full.size === 0) return;
    const at = this.#full.get(task);
    if (at === undefined) return;
    throw new SkeinError("MAILBOX_FULL", `the mailbox of task ${task} at ${endpointKey(at)} takes no more`, {
      hint: "use deliver, which waits for room, or send less often",
    });
  }

  /** The process of a task says whether it has room. */
  told(task: TaskId, room: boolean, from: Endpoint): void {
    const at = this.#full.get(task);
    if (room) {
      if (at !== undefined && endpointKey(at) === endpointKey(from)) this.#full.delete(task);
    } else if (at === undefined && this.#full.size < FULL_LIMIT) this.#full.set(task, from);
  }

  lost(matches: (endpoint: Endpoint) => boolean): void {
    for (const [task, at] of this.#full) if (matches(at)) this.#full.delete(task);
  }
}

/** The key of an engine's {@link RemoteRooms}. */
export const remoteRooms = (_engine: Engine): RemoteRooms => new RemoteRooms();
