/** A service of another process. */
import { type Endpoint, type Location, sameEndpoint } from "../contracts/endpoint.ts";
import type { WaitOptions } from "../contracts/wait.ts";
import { errorFrom } from "../errors.ts";
import type { ServiceId } from "../ids.ts";
import type { Engine } from "../task/engine.ts";
import { exitFrom } from "../task/exit-from.ts";
import { routerOf } from "../task/remote-ref.ts";
import { runIn } from "../task/run-in.ts";
import { ServiceBase, type OpenCall } from "./service-base.ts";
import { ServiceCall, exitOfError } from "./service-call.ts";
import { serviceTable } from "./service-table.ts";

export class RemoteService extends ServiceBase {
  readonly id: ServiceId;
  readonly endpoint: Endpoint;
  /** Its function is elsewhere. */
  readonly skeinCode: undefined = undefined;
  readonly #calls = new Set<ServiceCall>();

  constructor(engine: Engine, id: ServiceId, endpoint: Endpoint, name: string) {
    super(engine, name);
    this.id = id;
    this.endpoint = endpoint;
  }

  get location(): Location | undefined {
    return this.engine.router?.locationOf(this.endpoint);
  }

  protected open(args: readonly unknown[], options: WaitOptions, streams: boolean): ServiceCall {
    const { engine, endpoint } = this;
    const { signal } = options;
    const task = engine.newTaskId();
    const call = new ServiceCall(engine, task, this.name, streams, endpoint);
    try {
      if (this.closed) throw this.closedError();
      const answer = routerOf(engine, endpoint).request(
        endpoint,
        { type: "service.start", service: this.id, task, args, streams },
        options,
      );
      this.#keep(call);
      runIn(
        engine,
        answer,
        (exit) => call.end(exitFrom(exit)),
        (error) => {
          if (signal?.aborted === true) call.end({ type: "cancelled", reason: signal.reason });
          else call.end(exitOfError(errorFrom(error)));
        },
      );
    } catch (error) {
      call.end(exitOfError(errorFrom(error)));
    }
    return call;
  }

  protected calls(): Iterable<OpenCall> {
    return this.#calls;
  }

  #keep(call: ServiceCall): void {
    this.#calls.add(call);
    const { buffer } = call;
    const isFrom = (endpoint: Endpoint): boolean => sameEndpoint(this.endpoint, endpoint);
    const streams =
      buffer === undefined ? undefined : this.engine.part(serviceTable).streams(call.id, { buffer, isFrom });
    call.skeinWatch(() => {
      this.#calls.delete(call);
      streams?.[Symbol.dispose]();
      this.ended();
    });
    this.monitors.began(call);
  }
}
