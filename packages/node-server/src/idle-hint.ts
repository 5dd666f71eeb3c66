/** Says once, under `skein run`, that only a client that nobody closed keeps the program running. */
import { runtime, SECOND_MS } from "@skein/runtime";
import type { Job, JobCounters } from "@skein/runtime";

/** So long after the last task has ended it looks forgotten. */
export const IDLE_HINT_MS: number = 10 * SECOND_MS;
const LOOK_EVERY_MS: number = SECOND_MS;

type Counted = Pick<Job, "counters">;

export class IdleHint {
  readonly #say: (text: string) => void;
  readonly #hasLocalTasks: () => boolean;
  readonly #jobs: Counted[] = [];
  readonly #timer: NodeJS.Timeout;
  #submitted = 0;
  #idleMs = 0;

  constructor(say: (text: string) => void, hasLocalTasks: () => boolean = () => runtime.engine.foregroundTasks > 0) {
    this.#say = say;
    this.#hasLocalTasks = hasLocalTasks;
    this.#timer = setInterval(() => this.#look(), LOOK_EVERY_MS).unref();
  }

  add(job: Counted): void {
    this.#jobs.push(job);
  }

  /** Twice does nothing. */
  close(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    let submitted = this.#jobs.length;
    let open = 0;
    for (const { counters } of this.#jobs) {
      submitted += counters.submitted;
      open += openOf(counters);
    }
    const busy = open > 0 || submitted !== this.#submitted || this.#hasLocalTasks();
    this.#submitted = submitted;
    this.#idleMs = busy ? 0 : this.#idleMs + LOOK_EVERY_MS;
    if (this.#idleMs < IDLE_HINT_MS) return;
    this.close();
    this.#say(
      `nothing has run for ${IDLE_HINT_MS / SECOND_MS} s, and the open client keeps the program running: ` +
        "to end it, close the client (await using client = await connect(), or await client.close())",
    );
  }
}

const openOf = ({ submitted, done, failed, cancelled, lost }: JobCounters): number =>
  submitted - done - failed - cancelled - lost;
