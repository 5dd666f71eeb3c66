/** Server processes of a lane that wait, with their state, until their jobs get the lane again: a few, and not for ever. */
import { type Endpoint } from "../contracts/endpoint.ts";
import { PARK_FREE_BYTES, PARKED_FOR_MS, PARKED_SERVERS_LIMIT } from "../defaults.ts";
import { type JobId } from "../ids.ts";
import { type Logger } from "../logger.ts";
import { type Platform, type TimerHandle } from "../platform.ts";
import { type NodeLoad, type ServerProcess } from "./contracts.ts";
import { type Confinement } from "./isolation.ts";

export interface ParkedServer {
  readonly process: ServerProcess;
  /** Whose it is: nobody else gets it. */
  readonly client: Endpoint;
  readonly confinement: Confinement | undefined;
}

interface Place extends ParkedServer {
  readonly timer: TimerHandle;
}

export class ParkedServers {
  readonly #platform: Platform;
  readonly #logger: Logger;
  readonly #load: () => NodeLoad;
  /** By job, the one parked first comes first. */
  readonly #places = new Map<JobId, Place>();

  constructor(platform: Platform, logger: Logger, load: () => NodeLoad) {
    this.#platform = platform;
    this.#logger = logger;
    this.#load = load;
  }

  /** Whether the machine has the memory for another one. */
  get hasRoom(): boolean {
    return this.#load().memoryFreeBytes >= PARK_FREE_BYTES;
  }

  /** Keeps the process of a job; where there are too many, the oldest one is ended. */
  park(job: JobId, server: ParkedServer): void {
    this.end(job, "another process of its job came");
    for (const oldest of this.#places.keys()) {
      if (this.#places.size < PARKED_SERVERS_LIMIT) break;
      this.end(oldest, "others of its server were parked after it");
    }
    // What its tasks left behind takes nothing from whose turn it is.
    server.process.pause?.(true);
    const timer = this.#platform.startTimer(PARKED_FOR_MS, () => this.end(job, "its job did not come back"));
    this.#places.set(job, { ...server, timer });
    void this.#forgetAfter(job, server.process);
  }

  /** Takes the process of a job out. */
  take(job: JobId): ParkedServer | undefined {
    const place = this.#takeOut(job);
    place?.process.pause?.(false);
    return place;
  }

  /** Ends the process of a job, if there is one. */
  end(job: JobId, why: string): void {
    const place = this.#takeOut(job);
    if (place === undefined) return;
    this.#logger.info("server.unparked", { job, why });
    place.process.kill();
  }

  close(): void {
    for (const job of this.#places.keys()) this.end(job, "the node closes");
  }

  async #forgetAfter(job: JobId, process: ServerProcess): Promise<void> {
    await process.exited;
    if (this.#places.get(job)?.process === process) this.#takeOut(job);
  }

  #takeOut(job: JobId): Place | undefined {
    const place = this.#places.get(job);
    if (place === undefined) return undefined;
    this.#places.delete(job);
    this.#platform.stopTimer(place.timer);
    return place;
  }
}
