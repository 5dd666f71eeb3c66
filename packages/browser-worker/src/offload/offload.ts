/** Blocking work in Web Workers, so that the page and other tasks go on meanwhile. */
import { type OffloadArgs, type OffloadModule, type OffloadOptions, type Operation, SkeinError } from "@skein/runtime";
import {
  type Engine,
  errorFromThread,
  notSelfContained,
  OffloadPool,
  offloadTo,
  type Thread,
  type ThreadCall,
  type ThreadError,
  type ThreadEvents,
  threadLostError,
  unsendable,
} from "@skein/runtime/host";
import { lightCheck } from "./light-check.ts";
import { functionThreadText, moduleThreadText } from "./thread-text.ts";

/**
 * Runs a function in a Web Worker and waits for its result. Workers are started as needed, at most one a core at a
 * time (`threads` says otherwise); the others wait their turn. Giving the wait up (cancel, timeout, `signal`) ends the worker.
 *
 * `fn` must be self-contained: it has its arguments and the globals of workers, but no name from outside. Arguments and
 * results are copied (structured clone); `transfer` moves buffers. What needs more goes into a module:
 * `{ module: new URL("./work.js", import.meta.url), export: "work" }`, a URL that the page serves as JavaScript.
 * A page's content security policy has to allow workers from blobs (`worker-src blob:`); nothing is evaluated.
 *
 * @throws {SkeinError} `FUNCTION_NOT_SELF_CONTAINED` with the name it lacks; `NOT_SERIALIZABLE`; `TASK_LOST` when the
 * worker ends without an answer; `ABILITY_UNAVAILABLE` where the page may not have one; else what `fn` throws
 * @example
 * const sorted = yield* offload((numbers: Float64Array) => numbers.sort(), [numbers], { transfer: [numbers.buffer] });
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
  return offloadTo(webThreads, () => callOf(fn, args, options), options);
}

/** A call as a worker gets it. */
interface WebCall extends ThreadCall {
  /** The worker's text; made when one is started. */
  readonly text: () => string;
  readonly module: boolean;
  readonly request: {
    readonly args: readonly unknown[];
    readonly exportName: string | undefined;
    readonly transferResult: boolean;
  };
  readonly transfer: readonly object[];
}

function callOf(
  fn: ((...args: never[]) => unknown) | OffloadModule,
  args: readonly unknown[],
  options: OffloadOptions | undefined,
): WebCall {
  const transfer = options?.transfer ?? [];
  if (typeof fn !== "function") {
    const { module, export: exportName } = fn;
    const request = { args, exportName, transferResult: options?.transferResult ?? false };
    return { key: module.href, text: () => moduleThreadText(module.href), module: true, request, transfer };
  }
  const { source, form } = sourceOf(fn);
  const request = { args, exportName: undefined, transferResult: options?.transferResult ?? true };
  return { key: `function ${source}`, text: () => functionThreadText(source, form), module: false, request, transfer };
}

interface Source {
  readonly source: string;
  readonly form: "expression" | "method";
}

/** Functions looked at before. */
const known = new WeakMap<object, Source>();

function sourceOf(fn: (...args: never[]) => unknown): Source {
  const before = known.get(fn);
  if (before !== undefined) return before;
  const source = Function.prototype.toString.call(fn);
  const name = fn.name === "" ? "anonymous" : fn.name;
  if (/\{\s*\[native code\]\s*\}$/.test(source)) throw notSelfContained(name, "it is bound or native");
  const { form, refused } = lightCheck(source, (global) => global in globalThis);
  if (refused !== undefined) throw notSelfContained(name, refused);
  const found: Source = { source, form };
  known.set(fn, found);
  return found;
}

/** The workers of a runtime; a part of its engine. */
function webThreads(engine: Engine): OffloadPool<WebCall> {
  return new OffloadPool<WebCall>(engine.platform, {
    threads: Math.max(1, navigator.hardwareConcurrency),
    start: (call, events) => new WebThread(call, events),
  });
}

type Answer = { readonly ready: true } | { readonly value: unknown } | { readonly error: ThreadError };

class WebThread implements Thread<WebCall> {
  readonly #worker: Worker;
  readonly #url: string;
  #ready = false;
  #over = false;

  constructor(call: WebCall, events: ThreadEvents) {
    this.#url = URL.createObjectURL(new Blob([call.text()], { type: "text/javascript" }));
    try {
      this.#worker = new Worker(this.#url, { name: "skein offload", type: call.module ? "module" : "classic" });
    } catch (cause) {
      URL.revokeObjectURL(this.#url);
      throw forbiddenError(cause);
    }
    this.#worker.addEventListener("message", ({ data }: MessageEvent<Answer>) => this.#take(data, events));
    this.#worker.addEventListener("messageerror", () => {
      events.done({ error: unsendable("the result", "the browser can't copy it here") });
    });
    this.#worker.addEventListener("error", (event) => {
      // It is told here, and is nobody else's concern.
      event.preventDefault();
      if (!this.#over) events.lost(this.#lostError(event));
    });
  }

  run(call: WebCall): void {
    try {
      // What can be moved is the browser's to say; it refuses the rest.
      this.#worker.postMessage(call.request, [...call.transfer] as Transferable[]);
    } catch (cause) {
      throw unsendable("an argument", cause);
    }
  }

  end(): void {
    this.#over = true;
    this.#worker.terminate();
    URL.revokeObjectURL(this.#url);
  }

  #take(answer: Answer, events: ThreadEvents): void {
    if ("ready" in answer) {
      this.#ready = true;
      URL.revokeObjectURL(this.#url);
    } else events.done("error" in answer ? { error: errorFromThread(answer.error) } : answer);
  }

  #lostError(event: ErrorEvent): SkeinError {
    // A policy that forbids it gives an event without a message.
    if (!this.#ready && !event.message) return forbiddenError(undefined);
    const why = event.message || "an error";
    return this.#ready ? threadLostError(why) : notSelfContained("the function", `its text can't be read: ${why}`);
  }
}

function forbiddenError(cause: unknown): SkeinError {
  return new SkeinError("ABILITY_UNAVAILABLE", "the page can't start a worker for an offloaded function", {
    hint: "allow it in the page's content security policy: worker-src blob:",
    cause,
  });
}
