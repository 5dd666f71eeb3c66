/** Tasks of other processes whose mailboxes are full for this one: what is sent to them is refused until they have room. */
import { type Endpoint, endpointKey } from "../contracts/endpoint.ts";
import { SkeinError } from "../errors.ts";
import type { TaskId } from "../ids.ts";
import type { Engine } from "./engine.ts";

/** Full mailboxes that are remembered; what goes to further ones is dropped there, and counted. */
const FULL_LIMIT = 10_000;

export class RemoteRooms {
  /** By task and place: each speaks for its own tasks only. */
  readonly #full = new Map<string, Endpoint>();

  /** @throws {SkeinError} `MAILBOX_FULL` */
  check(task: TaskId, at: Endpoint): void {
    if (this.#full.size === 0 || !this.#full.has(keyOf(task, at))) return;
    throw new SkeinError("MAILBOX_FULL", `the mailbox of task ${task} at ${endpointKey(at)} takes no more`, {
      hint: "use deliver, which waits for room, or send less often",
    });
  }

  /** The process of a task says whether it has room. */
  told(task: TaskId, room: boolean, from: Endpoint): void {
    if (room) this.#full.delete(keyOf(task, from));
    else if (this.#full.size < FULL_LIMIT) this.#full.set(keyOf(task, from), from);
  }

  lost(matches: (endpoint: Endpoint) => boolean): void {
    for (const [key, at] of this.#full) if (matches(at)) this.#full.delete(key);
  }
}

const keyOf = (task: TaskId, at: Endpoint): string => `${task} ${endpointKey(at)}`;

/** The key of an engine's {@link RemoteRooms}. */
export const remoteRooms = (_engine: Engine): RemoteRooms => new RemoteRooms();
