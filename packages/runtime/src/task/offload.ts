/** What `offload` of every host is made of: an operation that runs a call in a thread and ends it when it is given up. */
import type { Operation } from "../contracts/operation.ts";
import { SkeinError } from "../errors.ts";
import type { Engine } from "./engine.ts";
import { limitsFrom } from "./limits.ts";
import type { OffloadPool, ThreadCall, ThreadJob } from "./offload-pool.ts";
import { Wait } from "./wait.ts";

/** An exported function of a module; in browsers and workers the module is loaded by its URL. */
export interface OffloadModule {
  readonly module: URL;
  readonly export: string;
}

export interface OffloadOptions {
  /** Aborting ends the thread. */
  readonly signal?: AbortSignal;
  /** Milliseconds; then the thread is ended and `TIMEOUT` thrown. */
  readonly timeoutMs?: number;
  /** Buffers and ports among the arguments that are moved, not copied; they are empty here afterwards. */
  readonly transfer?: readonly object[];
  /** Whether the buffers of the result are moved. Default: yes for a function; no for a module, which may keep them. */
  readonly transferResult?: boolean;
  /** At most this many threads run while this call starts. Default: one a core; more for work that only waits. */
  readonly threads?: number;
}

/** What `offload` takes after the function: the arguments may be left out when it has none. */
export type OffloadArgs<A extends readonly unknown[]> = A extends readonly []
  ? [args?: A, options?: OffloadOptions]
  : [args: A, options?: OffloadOptions];

/**
 * Makes the operation. It begins when it is waited on; a given-up one ends its thread.
 *
 * @param pool the part of an engine that holds its threads
 * @param prepare makes the call when the wait begins; what it throws, the wait throws
 */
export function offloadTo<C extends ThreadCall, R>(
  pool: (engine: Engine) => OffloadPool<C>,
  prepare: () => C,
  options: OffloadOptions | undefined,
): Operation<R> {
  const { threads } = options ?? {};
  if (threads !== undefined && (!Number.isInteger(threads) || threads < 1)) {
    throw new SkeinError("OPTION_INVALID", `offload can't use ${threads} threads`, { hint: "give 1 or more" });
  }
  return new OffloadWait<C, R>(pool, prepare, options);
}

class OffloadWait<C extends ThreadCall, R> extends Wait<R> {
  readonly #poolOf: (engine: Engine) => OffloadPool<C>;
  readonly #prepare: () => C;
  readonly #threads: number | undefined;
  #pool: OffloadPool<C> | undefined;
  #job: ThreadJob<C> | undefined;

  constructor(pool: (engine: Engine) => OffloadPool<C>, prepare: () => C, options: OffloadOptions | undefined) {
    super(limitsFrom(options));
    this.#poolOf = pool;
    this.#prepare = prepare;
    this.#threads = options?.threads;
  }

  protected begin(engine: Engine): boolean {
    const pool = engine.part(this.#poolOf);
    const job: ThreadJob<C> = {
      call: this.#prepare(),
      threads: this.#threads ?? pool.threads,
      settle: (value) => this.settle(value),
      fail: (error) => this.fail(error),
    };
    this.#pool = pool;
    this.#job = job;
    pool.submit(job);
    return false;
  }

  protected abandon(): void {
    if (this.#job !== undefined) this.#pool?.withdraw(this.#job);
  }

  describe(): string {
    return "offload";
  }
}

/** The call's function is gone: its thread ended without an answer. */
export function threadLostError(why: string, cause?: unknown): SkeinError {
  return new SkeinError("TASK_LOST", `the thread of an offloaded function ended: ${why}`, {
    hint: "an offloaded function must not end its process; see what it does",
    cause,
  });
}

/** A function that would lack something elsewhere. */
export function notSelfContained(name: string, why: string): SkeinError {
  return new SkeinError("FUNCTION_NOT_SELF_CONTAINED", `${name} can't be offloaded: ${why}`, {
    hint: "pass what it needs as arguments, or export it from a module and offload { module, export }",
  });
}

/** An argument or a result that the host can't copy or move to another thread. */
export function unsendable(what: string, cause: unknown): SkeinError {
  const text = cause instanceof Error ? cause.message : String(cause);
  return new SkeinError("NOT_SERIALIZABLE", `${what} of an offloaded function can't be sent: ${text}`, {
    hint: "send data; functions, symbols and live resources stay in their thread",
    cause,
  });
}
