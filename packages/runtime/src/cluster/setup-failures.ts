/** What becomes of a job when places can't be set up for it: it does without them and, where none is left, fails its tasks. */
import { errorFrom, type SkeinError } from "../errors.ts";
import { type ServerId } from "../ids.ts";
import { type Logger } from "../logger.ts";
import { type ServerInfo } from "./contracts.ts";
import { type JobNodes } from "./job-nodes.ts";
import { nodeOf } from "./job-places.ts";
import { type JobRuns } from "./job-runs.ts";
import { type JobSetup, type SetupFailure } from "./job-setup.ts";
import { type JobSteering } from "./job-steering.ts";

export interface SetupFailuresOptions {
  readonly nodes: JobNodes;
  readonly setup: JobSetup;
  readonly steering: JobSteering;
  readonly runs: JobRuns;
  /** The cluster's servers now. */
  readonly servers: () => Promise<readonly ServerInfo[]>;
  readonly logger: Logger;
}

export class SetupFailures {
  readonly #options: SetupFailuresOptions;
  /** Every place has failed. */
  #hopeless: SkeinError | undefined;
  #looking = false;

  constructor(options: SetupFailuresOptions) {
    this.#options = options;
  }

  failed({ at, error }: SetupFailure): void {
    const { nodes, setup, steering, logger } = this.#options;
    const words = { code: error.code, message: error.message };
    const node = nodeOf(at);
    if (node === at) {
      setup.leave(node);
      nodes.nodeSkipped(node, words);
    } else {
      // What is no node's id is a server's.
      nodes.gone(at as ServerId, false, words);
    }
    logger.warn("setup.failed", { at, error: error.message });
    steering.shut(at);
    void this.#look(error);
  }

  /** The job has got a server: there is hope again. */
  granted(): void {
    this.#hopeless = undefined;
  }

  /** There is another task: a place for it may have come since. */
  started(): void {
    if (this.#hopeless !== undefined) void this.#look(this.#hopeless);
  }

  async #look(error: SkeinError): Promise<void> {
    const { runs, servers, setup, steering, logger } = this.#options;
    if (this.#looking || runs.book.leases.size > 0) return;
    this.#looking = true;
    try {
      const usable = (await servers()).some(
        ({ id, kind }) => kind === "cpu" && !(setup.failedAt(id) && steering.isShut(id)),
      );
      if (usable || runs.book.leases.size > 0) return;
      this.#hopeless = error;
      runs.failAll(error);
    } catch (failure) {
      // Without a scheduler there is no place either way; it is asked again with the next task.
      this.#hopeless = error;
      logger.debug("setup.places", { error: errorFrom(failure).message });
    } finally {
      this.#looking = false;
    }
  }
}
