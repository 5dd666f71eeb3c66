/** Mailboxes of this process that were full for senders elsewhere: they are told once, and again when there is room. */
import { type Endpoint, endpointKey } from "../contracts/endpoint.ts";
import type { TaskId } from "../ids.ts";
import type { Engine } from "../task/engine.ts";
import type { LocalTarget } from "../task/target.ts";

/** Senders who are to be told; further ones only lose what they send, which is counted. */
const TOLD_LIMIT = 10_000;

interface Told {
  readonly to: Endpoint;
  readonly watch: Disposable;
}

export class FullMailboxes {
  readonly #engine: Engine;
  readonly #told = new Map<string, Told>();

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /** A message from there was dropped, because the mailbox is full. */
  dropped(task: TaskId, target: LocalTarget, to: Endpoint): void {
    const key = `${task} ${endpointKey(to)}`;
    if (target.onRoom === undefined || this.#told.has(key) || this.#told.size >= TOLD_LIMIT) return;
    const watch = target.onRoom(() => {
      this.#told.delete(key);
      this.#tell(task, true, to);
    });
    this.#told.set(key, { to, watch });
    this.#tell(task, false, to);
  }

  /** Whether somebody there is to be told when there is room. */
  holds(matches: (endpoint: Endpoint) => boolean): boolean {
    for (const { to } of this.#told.values()) if (matches(to)) return true;
    return false;
  }

  lost(matches: (endpoint: Endpoint) => boolean): void {
    for (const [key, { to, watch }] of this.#told) {
      if (!matches(to)) continue;
      this.#told.delete(key);
      watch[Symbol.dispose]();
    }
  }

  #tell(task: TaskId, room: boolean, to: Endpoint): void {
    try {
      this.#engine.router?.post(to, { type: "task.room", task, room });
    } catch {
      // Its process is gone.
    }
  }
}
