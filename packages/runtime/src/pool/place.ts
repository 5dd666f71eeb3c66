/** A place where workers of a pool run, and what is told of them. */
import type { PoolCallable } from "./function-stub.ts";
import type { PoolProcess } from "./pool-process.ts";
import type { FunctionPlace } from "./pool.ts";

/** Where workers run. */
export interface PoolPlace {
  /** For people: `this machine`, `ssh://user@maxi`. */
  readonly name: string;
  /** How many workers it is to have; its first start may tell. */
  size: number;
  /** It may be away for a while: then it is tried again, less and less often, while others work. */
  readonly distant?: boolean;
  /**
   * Starts one. It may be killed before it is there; `undefined`: it is not wanted any more.
   * @throws {SkeinError} `SETUP_FAILED`, `HOST_UNREACHABLE`
   */
  start(): PoolProcess | Promise<PoolProcess | undefined>;
  /** Where its workers find `fn`. Default: where the host says. @throws {SkeinError} `FUNCTION_NOT_SELF_CONTAINED` */
  codeOf?(fn: PoolCallable): FunctionPlace;
  /** Where its workers are others' when this pool has nothing for them, and come as they can be had. */
  readonly shared?: SharedPlace;
  /** Ends what the place itself keeps open. */
  close?(): void;
}

/** What a pool asks of a place whose workers it shares with others. */
export interface SharedPlace {
  /** Sets who is told that `size` has changed. */
  onSize(tell: () => void): void;
  /** Nobody waits for the workers under way any more: they are not started. */
  withdraw(): void;
}

/** What became of a worker. */
export type PoolEvent =
  | {
      readonly type: "worker.started" | "worker.ready" | "worker.closed";
      readonly worker: string;
      readonly place: string;
    }
  | {
      readonly type: "worker.lost" | "worker.failed";
      readonly worker: string;
      readonly place: string;
      readonly error: Error;
    };
