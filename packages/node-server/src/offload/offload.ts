/** Blocking work in worker threads, so that other tasks go on meanwhile. */
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import type { Worker } from "node:worker_threads";
import { type OffloadArgs, type OffloadModule, type OffloadOptions, type Operation, SkeinError } from "@skein/runtime";
import {
  type Engine,
  errorFromThread,
  OffloadPool,
  offloadTo,
  type Thread,
  type ThreadCall,
  type ThreadEvents,
  threadLostError,
  unsendable,
} from "@skein/runtime/host";
import { codeOf } from "./function-code.ts";
import type { ThreadAnswer, ThreadRequest } from "./messages.ts";

/**
 * Runs a function in a worker thread and waits for its result. Threads are started as needed, at most one a core at a
 * time (`threads` says otherwise); the others wait their turn. Giving the wait up (cancel, timeout, `signal`) ends the thread.
 *
 * `fn` must be self-contained: it has its arguments, the globals of Node and what it imports by `await import("…")`,
 * but no name from outside. Arguments and results are copied (structured clone); `transfer` moves buffers. What needs
 * more goes into a module: `{ module: new URL("./work.ts", import.meta.url), export: "work" }`.
 *
 * @throws {SkeinError} `FUNCTION_NOT_SELF_CONTAINED` with the name it lacks, before anything starts;
 * `NOT_SERIALIZABLE`; `TASK_LOST` when the thread ends without an answer; else what `fn` throws
 * @example
 * const packed = yield* offload(
 *   async (bytes: Uint8Array) => (await import("node:zlib")).brotliCompressSync(bytes),
 *   [bytes],
 *   { transfer: [bytes.buffer] },
 * );
 */
export function offload<A extends readonly unknown[], R>(
  fn: (...args: A) => R,
  ...rest: OffloadArgs<A>
): Operation<Awaited<R>>;
export function offload<R = unknown>(
  fn: OffloadModule,
  args?: readonly unknown[],
  options?: OffloadOptions,
): Operation<R>;
export function offload(
  fn: ((...args: never[]) => unknown) | OffloadModule,
  args: readonly unknown[] = [],
  options?: OffloadOptions,
): Operation<unknown> {
  return offloadTo(nodeThreads, () => new NodeCall(fn, args, options), options);
}

/** A call as a thread gets it. */
class NodeCall implements ThreadCall {
  /** Any thread can run any call. */
  readonly key = "";
  readonly request: ThreadRequest;
  readonly transfer: readonly object[];

  constructor(
    fn: ((...args: never[]) => unknown) | OffloadModule,
    args: readonly unknown[],
    options: OffloadOptions | undefined,
  ) {
    const code = codeOf(fn);
    this.request = { code, args, transferResult: options?.transferResult ?? code.type === "function" };
    this.transfer = options?.transfer ?? [];
  }
}

/** The threads of a runtime; a part of its engine. */
function nodeThreads(engine: Engine): OffloadPool<NodeCall> {
  return new OffloadPool(engine.platform, {
    threads: availableParallelism(),
    start: (_call, events) => new NodeThread(events),
  });
}

/** Beside this file: `.ts` while developing, `.js` when published. */
const ENTRY = fileURLToPath(
  new URL(`./thread-main${import.meta.url.endsWith(".ts") ? ".ts" : ".js"}`, import.meta.url),
);

class NodeThread implements Thread<NodeCall> {
  readonly #worker: Worker;
  readonly #events: ThreadEvents;
  #over = false;
  #error: Error | undefined;

  constructor(events: ThreadEvents) {
    this.#events = events;
    const { Worker } = process.getBuiltinModule("node:worker_threads");
    this.#worker = new Worker(ENTRY, { name: "skein offload" });
    // Only a thread that runs something keeps the process alive.
    this.#worker.unref();
    this.#worker.on("message", (answer: ThreadAnswer) => {
      this.#worker.unref();
      events.done("error" in answer ? { error: errorFromThread(answer.error) } : answer);
    });
    this.#worker.on("messageerror", (error: Error) => {
      this.#worker.unref();
      events.done({ error: unsendable("its result", error) });
    });
    this.#worker.on("error", (error: Error) => {
      this.#error = error;
    });
    this.#worker.on("exit", (code) => this.#exited(code));
  }

  run(call: NodeCall): void {
    try {
      // What can be moved is the platform's to say; it refuses the rest.
      this.#worker.postMessage(call.request, [...call.transfer] as ArrayBuffer[]);
    } catch (error) {
      throw unsendable("an argument", error);
    }
    this.#worker.ref();
  }

  end(): void {
    this.#over = true;
    void this.#worker.terminate();
  }

  #exited(code: number): void {
    if (this.#over) return;
    this.#over = true;
    const error = this.#error;
    if (error !== undefined && "code" in error && error.code === "ERR_WORKER_OUT_OF_MEMORY") {
      const lost = new SkeinError("SERVER_OUT_OF_MEMORY", "an offloaded function used more memory than a thread may", {
        hint: "give it less at once, or start Node with a larger --max-old-space-size",
        cause: error,
      });
      this.#events.lost(lost);
    } else this.#events.lost(threadLostError(error?.message ?? `it exited with code ${code}`, error));
  }
}
