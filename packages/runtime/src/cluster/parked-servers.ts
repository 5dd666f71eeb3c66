/** Server processes of a lane that wait, with their state, until their jobs get the lane again: a few, and not for ever. */
import { PARK_FREE_BYTES, PARKED_FOR_MS, PARKED_SERVERS_LIMIT } from "../defaults.ts";
import { type JobId } from "../ids.ts";
import { type Logger } from "../logger.ts";
import { type Platform, type TimerHandle } from "../platform.ts";
import { type NodeLoad, type ServerProcess } from "./contracts.ts";
import { type Confinement } from "./isolation.ts";
import { type Assign } from "./words.ts";

export interface ParkedServer {
  readonly process: ServerProcess;
  /** Whose it was, and is: nobody else gets it. */
  readonly assigned: Assign;
  readonly confinement: Confinement | undefined;
}

interface Place extends ParkedServer {
  readonly timer: TimerHandle;
}

export interface ParkedServersOptions {
  readonly platform: Platform;
  readonly logger: Logger;
  readonly load: () => NodeLoad;
  /** One that its job may still hope for is gone. */
  readonly onGone: (whose: Assign, why: string) => void;
}

export class ParkedServers {
  readonly #options: ParkedServersOptions;
  /** By job, the one parked first comes first. */
  readonly #places = new Map<JobId, Place>();

  constructor(options: ParkedServersOptions) {
    this.#options = options;
  }

  /** Whether the machine has the memory for another one. */
  get hasRoom(): boolean {
    return this.#options.load().memoryFreeBytes >= PARK_FREE_BYTES;
  }

  /** Keeps the process for its job; where there are too many, the oldest one is ended. */
  park(server: ParkedServer): void {
    const { job } = server.assigned;
    this.end(job, "another process of its job came");
    for (const oldest of this.#places.keys()) {
      if (this.#places.size < PARKED_SERVERS_LIMIT) break;
      this.#giveUp(oldest, "more jobs took turns at its server than it keeps processes for");
    }
    // What its tasks left behind takes nothing from whose turn it is.
    server.process.pause?.(true);
    const timer = this.#options.platform.startTimer(PARKED_FOR_MS, () =>
      this.#giveUp(job, "its job had no turn at its server for too long"),
    );
    this.#places.set(job, { ...server, timer });
    void this.#forgetAfter(job, server.process);
  }

  /** Takes the process of a job out. */
  take(job: JobId): ParkedServer | undefined {
    const place = this.#takeOut(job);
    place?.process.pause?.(false);
    return place;
  }

  /** Ends all of them: nobody is to get one back. */
  endAll(why: string): void {
    for (const job of this.#places.keys()) this.#giveUp(job, why);
  }

  /** Ends the process of a job, if there is one; the job knows. */
  end(job: JobId, why: string): void {
    const place = this.#takeOut(job);
    if (place === undefined) return;
    this.#options.logger.info("server.unparked", { job, why });
    place.process.kill();
  }

  #giveUp(job: JobId, why: string): void {
    const place = this.#places.get(job);
    this.end(job, why);
    if (place !== undefined) this.#options.onGone(place.assigned, why);
  }

  close(): void {
    for (const job of this.#places.keys()) this.end(job, "the node closes");
  }

  async #forgetAfter(job: JobId, process: ServerProcess): Promise<void> {
    await process.exited;
    if (this.#places.get(job)?.process === process) this.#giveUp(job, "it ended while it waited");
  }

  #takeOut(job: JobId): Place | undefined {
    const place = this.#places.get(job);
    if (place === undefined) return undefined;
    this.#places.delete(job);
    this.#options.platform.stopTimer(place.timer);
    return place;
  }
}
