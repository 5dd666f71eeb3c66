/** What a host that makes traces is told of tasks, at their client and at their server; on Node OpenTelemetry is behind it. */
import { type Exit } from "../contracts/exit.ts";
import { type JobId, type ServerId, type TaskId } from "../ids.ts";
import { AsyncGeneratorPrototype, GeneratorPrototype } from "../task/task-context.ts";

/** What says to which trace something belongs, by header names (`traceparent`): travels with a task. */
export type TraceCarrier = Readonly<Record<string, string>>;

export interface TracedTask {
  readonly task: TaskId;
  readonly job: JobId;
  readonly fn: string;
}

/** At a client. */
export interface RunTracing {
  /** A task was submitted, within what the caller does now. */
  begin(run: TracedTask & { readonly kind: "cpu" | "io" }): RunSpan;
}

export interface RunSpan {
  /** Empty where nobody traces. */
  readonly carrier: TraceCarrier;
  /** An attempt was sent to a server. */
  sent(server: ServerId, attempt: number): void;
  ended(exit: Exit<unknown>): void;
}

/** At a server. */
export interface TaskTracing {
  /** Makes it ready; `undefined` when it is. Never rejects. */
  load(): Promise<void> | undefined;
  /** A task begins. */
  begin(task: TracedTask & { readonly attempt: number }, carrier: TraceCarrier): TaskSpan;
}

export interface TaskSpan {
  /** Does a step of the task within its span: spans that it makes there are below it. */
  within<T>(step: () => T): T;
  ended(exit: Exit<unknown>): void;
}

/** A task's function, or a plain one; its arguments were checked where it was run. */
type Call = (...args: readonly unknown[]) => unknown;

/** The span of a task that begins at its server, where its client and this host make traces. */
export function spanOf(
  tracing: TaskTracing | undefined,
  { trace, task, fn, attempt }: Omit<TracedTask, "job"> & { readonly attempt: number; readonly trace?: TraceCarrier },
  job: JobId,
): TaskSpan | undefined {
  return trace === undefined ? undefined : tracing?.begin({ task, job, fn, attempt }, trace);
}

/** `fn`, with each of its steps within the span. */
export function tracedFunction(fn: Call, span: TaskSpan): Call {
  const prototype: unknown = Object.getPrototypeOf(fn);
  if (prototype === AsyncGeneratorPrototype) return fn; // whoever starts it says that it is no task
  if (prototype !== GeneratorPrototype) return (...args) => span.within(() => fn(...args));
  return function* (...args: readonly unknown[]): Generator<unknown, unknown, unknown> {
    // A generator function gives a generator.
    return yield* new TracedSteps(fn(...args) as Generator<unknown, unknown, unknown>, span);
  };
}

class TracedSteps implements Iterator<unknown, unknown, unknown> {
  readonly #steps: Generator<unknown, unknown, unknown>;
  readonly #span: TaskSpan;

  constructor(steps: Generator<unknown, unknown, unknown>, span: TaskSpan) {
    this.#steps = steps;
    this.#span = span;
  }

  [Symbol.iterator](): this {
    return this;
  }
  next(value: unknown): IteratorResult<unknown, unknown> {
    return this.#span.within(() => this.#steps.next(value));
  }
  throw(error: unknown): IteratorResult<unknown, unknown> {
    return this.#span.within(() => this.#steps.throw(error));
  }
  return(value: unknown): IteratorResult<unknown, unknown> {
    return this.#span.within(() => this.#steps.return(value));
  }
}
