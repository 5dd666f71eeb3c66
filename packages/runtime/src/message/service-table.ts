/** The services of a runtime by their ids, and its calls elsewhere whose values come here. */
import type { Endpoint, Role } from "../contracts/endpoint.ts";
import type { Operation } from "../contracts/operation.ts";
import type { RuntimeRequest } from "../contracts/router.ts";
import { SkeinError } from "../errors.ts";
import type { ServiceId, TaskId } from "../ids.ts";
import type { Engine } from "../task/engine.ts";
import { failed, unknownError } from "../task/task-ref.ts";
import type { CallBuffer } from "./call-buffer.ts";
import type { LocalService } from "./local-service.ts";
import { mayUse } from "./service-access.ts";

type Request<T> = Extract<RuntimeRequest, { readonly type: T }>;

/** Who takes what a call or a job's task emits elsewhere, and who is believed to emit it. */
export interface Streaming {
  readonly buffer: CallBuffer;
  readonly isFrom: (endpoint: Endpoint) => boolean;
}

export class ServiceTable {
  readonly #engine: Engine;
  readonly #services = new Map<ServiceId, LocalService>();
  readonly #streaming = new Map<TaskId, Streaming>();

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  newId(): ServiceId {
    // A task's id is `t_` and a text that no other id of this engine has: the form that isServiceId accepts.
    return `s_${this.#engine.newTaskId().slice(2)}` as ServiceId;
  }

  add(service: LocalService): void {
    this.#services.set(service.id, service);
  }

  remove(id: ServiceId): void {
    this.#services.delete(id);
  }

  service(id: ServiceId): LocalService | undefined {
    return this.#services.get(id);
  }

  /** Those that others can call. */
  all(): Iterable<LocalService> {
    return this.#services.values();
  }

  /** Gives what the task emits to its buffer, until that is disposed of. */
  streams(task: TaskId, streaming: Streaming): Disposable {
    this.#streaming.set(task, streaming);
    return { [Symbol.dispose]: () => this.#streaming.delete(task) };
  }

  /**
   * Runs a call that came from another process.
   *
   * @param roles of who calls; `undefined` for a process of this peer, which may call everything
   * @throws {SkeinError} `SERVICE_CLOSED`, `ROLE_FORBIDS`, `LINK_OVERLOADED`
   */
  start(
    { service: id, task, args, streams }: Request<"service.start">,
    from: Endpoint,
    roles: readonly Role[] | undefined,
    asking: { readonly signal: AbortSignal } | undefined,
  ): Operation<unknown> {
    const { router } = this.#engine;
    const service = this.#services.get(id);
    if (service === undefined || router === undefined) {
      throw new SkeinError(
        "SERVICE_CLOSED",
        "there is no such service here: it is closed, or its process was restarted",
        {
          hint: "locate it again by its name",
        },
      );
    }
    if (roles !== undefined && !mayUse(service.who, roles)) {
      throw new SkeinError(
        "ROLE_FORBIDS",
        `service ${service.name} is not for ${roles.join(", ") || "who has no role"}`,
        {
          hint: `it is for ${service.who?.join(", ") ?? "members that are more than a tab"}`,
        },
      );
    }
    const give = (value: unknown): Operation<unknown> => router.request(from, { type: "service.emit", task, value });
    return service.serve(
      {
        task,
        args,
        from,
        caller: { location: router.locationOf(from), roles: roles ?? [] },
        give: streams ? give : undefined,
      },
      asking,
    );
  }

  /** A value that a call elsewhere emits; only the endpoint that was called is believed. */
  emitted({ task, value }: Request<"service.emit">, from: Endpoint): Operation<unknown> {
    const streaming = this.#streaming.get(task);
    if (streaming === undefined || !streaming.isFrom(from)) return failed(this.#engine, unknownError(task));
    return streaming.buffer.give(value);
  }

  lost(matches: (endpoint: Endpoint) => boolean): void {
    for (const service of this.#services.values()) service.lost(matches);
  }
}

/** The key of an engine's {@link ServiceTable}. */
export const serviceTable = (engine: Engine): ServiceTable => new ServiceTable(engine);
