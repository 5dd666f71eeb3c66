/** A service of this process: runs its calls, from here and from elsewhere. */
import type { Endpoint, Location, Role } from "../contracts/endpoint.ts";
import type { Exit } from "../contracts/exit.ts";
import type { Operation } from "../contracts/operation.ts";
import type { WaitOptions } from "../contracts/wait.ts";
import { SERVICE_CALLS_LIMIT } from "../defaults.ts";
import { SkeinError, errorFrom } from "../errors.ts";
import type { ServiceId, TaskId } from "../ids.ts";
import { Semaphore } from "../sync/semaphore.ts";
import { TaskCell } from "../task/cell.ts";
import { completed } from "../task/deferred.ts";
import type { Engine } from "../task/engine.ts";
import { timeoutError } from "../task/limits.ts";
import { running } from "../task/running.ts";
import { type AnyFunction, type ContextCell, startTask } from "../task/task-context.ts";
import type { LocalRef } from "../task/task-ref.ts";
import { Timer } from "../task/timers.ts";
import { Emitter, type GiveValue } from "./emitter.ts";
import { ServiceBase, type OpenCall } from "./service-base.ts";
import { ServiceCall } from "./service-call.ts";
import type { ServiceCaller, ServiceOptions } from "./service.ts";
import { serviceTable } from "./service-table.ts";

/** What a call brings. */
export interface IncomingCall {
  readonly task: TaskId;
  readonly args: readonly unknown[];
  /** Where it comes from, when that is another process. */
  readonly from: Endpoint | undefined;
  readonly caller: ServiceCaller;
  /** How what it emits gets to its reader, when it has one. */
  readonly give: GiveValue | undefined;
}

export class LocalService extends ServiceBase {
  readonly who: readonly Role[] | undefined;
  readonly #fn: AnyFunction;
  readonly #slots: Semaphore | undefined;
  readonly #tasks = new Map<TaskId, ContextCell>();
  readonly #closers = new Set<() => void>();
  #id: ServiceId | undefined;
  /** Calls that began, or wait for their turn, since it was made. */
  calledTimes = 0;

  constructor(engine: Engine, name: string, fn: AnyFunction, { who, concurrency }: ServiceOptions) {
    super(engine, name);
    if (concurrency !== undefined && (!Number.isSafeInteger(concurrency) || concurrency < 1)) {
      throw new SkeinError("OPTION_INVALID", `a service can't run ${concurrency} calls at a time`, {
        hint: "concurrency is a whole number from 1 up",
      });
    }
    if (typeof fn !== "function") {
      throw new SkeinError("OPTION_INVALID", `service ${name} has no function`, {
        hint: "service(name, fn): fn is a task function, whose first argument is its context",
      });
    }
    this.who = who;
    this.#fn = fn;
    this.#slots = concurrency === undefined ? undefined : new Semaphore(concurrency);
  }

  /** Made when it is first asked for; from then on others can call it. */
  get id(): ServiceId {
    if (this.#id === undefined) {
      const table = this.engine.part(serviceTable);
      this.#id = table.newId();
      if (!this.closed) table.add(this);
    }
    return this.#id;
  }

  get location(): Location | undefined {
    const { router } = this.engine;
    return router?.locationOf(router.self);
  }

  /** Calls that have not ended. */
  get underWay(): number {
    return this.#tasks.size;
  }

  /** For `upgrade`. */
  get skeinCode(): AnyFunction {
    return this.#fn;
  }

  /** Calls back when it is closed. */
  onClose(call: () => void): Disposable {
    this.#closers.add(call);
    return { [Symbol.dispose]: () => this.#closers.delete(call) };
  }

  /**
   * Starts a call's task, or lets it wait for its turn.
   * @throws {SkeinError} `SERVICE_CLOSED`, `LINK_OVERLOADED`, `WIRE_INVALID` for the id of another task
   */
  begin({ task, args, from, caller, give }: IncomingCall): ContextCell {
    if (this.closed) throw this.closedError();
    if (this.#tasks.size >= SERVICE_CALLS_LIMIT) {
      throw new SkeinError("LINK_OVERLOADED", `service ${this.name} has ${SERVICE_CALLS_LIMIT} calls under way`, {
        hint: "wait for some of them to end before calling more",
      });
    }
    if (this.engine.target(task) !== undefined) {
      throw new SkeinError("WIRE_INVALID", `a call wants the id of another task`, { hint: "check the versions" });
    }
    const emit = give === undefined ? emitToNobody : new Emitter(this.engine, give).emit;
    let slot = this.#slots?.tryAcquire();
    const hold = (got: Disposable): void => {
      slot = got;
    };
    let cell: ContextCell;
    try {
      cell = startTask(this.engine, undefined, this.#turn(slot, hold), args, {
        id: task,
        name: this.name || this.#fn.name,
        extend: { emit, caller },
        ...(from === undefined ? {} : { owner: from }),
      });
    } catch (error) {
      slot?.[Symbol.dispose]();
      throw error;
    }
    this.calledTimes += 1;
    this.#tasks.set(task, cell);
    cell.onEnd(() => {
      slot?.[Symbol.dispose]();
      this.#tasks.delete(task);
      this.ended();
    });
    this.monitors.began(cell);
    return cell;
  }

  /** Runs a call that came from another process; gives its end, and cancels it when nobody waits for that any more. */
  serve(call: IncomingCall, asking: { readonly signal: AbortSignal } | undefined): Operation<Exit<unknown>> {
    const cell = this.begin(call);
    asking?.signal.addEventListener("abort", () => void cell.cancel("nobody waits for its result"), { once: true });
    return cell.exit();
  }

  /** Callers are gone, and with them the use of what they called for. */
  lost(matches: (endpoint: Endpoint) => boolean): void {
    for (const cell of this.#tasks.values()) {
      if (cell.owner !== undefined && matches(cell.owner)) void cell.cancel("its caller is lost");
    }
  }

  protected open(args: readonly unknown[], options: WaitOptions, streams: boolean): ServiceCall {
    const { engine } = this;
    const task = engine.newTaskId();
    const call = new ServiceCall(engine, task, this.name, streams, undefined);
    const { buffer } = call;
    const give = buffer === undefined ? undefined : (value: unknown): Operation<void> => buffer.give(value);
    try {
      if (options.signal?.aborted === true) {
        call.end({ type: "cancelled", reason: options.signal.reason });
        return call;
      }
      const caller: ServiceCaller = { location: this.location, roles: [] };
      const cell = this.begin({ task, args, from: undefined, caller, give });
      // A task's reference in its own process.
      call.runsAs(cell.ref as LocalRef);
      cell.watch({ exited: (exit) => call.end(exit) });
      limit(call, cell, options);
    } catch (error) {
      call.end({ type: "failed", error: errorFrom(error) });
    }
    return call;
  }

  protected calls(): Iterable<OpenCall> {
    return this.#tasks.values();
  }

  protected override isOther(call: OpenCall): boolean {
    let cell: object | undefined = running.cell;
    for (; cell !== undefined && cell !== call; cell = cell instanceof TaskCell ? cell.parent : undefined);
    return cell === undefined;
  }

  protected override onClosed(): void {
    if (this.#id !== undefined) this.engine.part(serviceTable).remove(this.#id);
    for (const tell of this.#closers) tell();
    this.#closers.clear();
  }

  /** The function, behind the wait for a slot where there is none free. */
  #turn(slot: Disposable | undefined, hold: (slot: Disposable) => void): AnyFunction {
    const slots = this.#slots;
    const fn = this.#fn as (...args: unknown[]) => unknown;
    if (slots === undefined || slot !== undefined) return fn;
    if (Object.getPrototypeOf(fn) === GeneratorPrototype) {
      return function* (...args: unknown[]) {
        hold(yield* slots.acquire());
        // A generator function gives a generator.
        return yield* fn(...args) as ReturnType<typeof emitNothing>;
      };
    }
    return async (task: ContextCell, ...args: unknown[]) => {
      hold(await slots.acquire({ signal: task.signal }));
      return await fn(task, ...args);
    };
  }
}

function limit(call: ServiceCall, cell: ContextCell, { timeoutMs, signal }: WaitOptions): void {
  if (timeoutMs === undefined && signal === undefined) return;
  const timer = new Timer(() => {
    call.end({ type: "failed", error: timeoutError(`call ${call.name}`, timeoutMs ?? 0) });
    void cell.cancel("nobody waits for its result");
  });
  const onAbort = (): void => {
    call.end({ type: "cancelled", reason: signal?.reason });
    void cell.cancel(signal?.reason);
  };
  if (timeoutMs !== undefined) call.engine.setTimer(timer, timeoutMs);
  signal?.addEventListener("abort", onAbort, { once: true });
  call.skeinWatch(() => {
    call.engine.stopTimer(timer);
    signal?.removeEventListener("abort", onAbort);
  });
}

const GeneratorPrototype: unknown = Object.getPrototypeOf(function* () {});
declare function emitNothing(): Generator<never, unknown, unknown>;
const emitToNobody = (): Operation<void> => completed;
