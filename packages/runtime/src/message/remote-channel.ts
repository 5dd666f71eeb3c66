/** A channel of another process. */
import type { Endpoint, Location } from "../contracts/endpoint.ts";
import type { Operation, Stream } from "../contracts/operation.ts";
import type { RuntimeRequest } from "../contracts/router.ts";
import type { WaitOptions } from "../contracts/wait.ts";
import { SkeinError, errorFrom } from "../errors.ts";
import type { ChannelId } from "../ids.ts";
import type { Engine } from "../task/engine.ts";
import { routerOf } from "../task/remote-ref.ts";
import { failed } from "../task/task-ref.ts";
import type { DeliverOptions } from "./channel.ts";
import { channelTable } from "./channel-table.ts";

export class RemoteChannel {
  readonly engine: Engine;
  readonly id: ChannelId;
  readonly endpoint: Endpoint;
  readonly name: string;

  constructor(engine: Engine, id: ChannelId, endpoint: Endpoint, name: string) {
    this.engine = engine;
    this.id = id;
    this.endpoint = endpoint;
    this.name = name;
  }

  get location(): Location | undefined {
    return this.engine.router?.locationOf(this.endpoint);
  }

  publish(value: unknown): void {
    routerOf(this.engine, this.endpoint).post(this.endpoint, { type: "channel.publish", channel: this.id, value });
  }

  deliver(value: unknown, options: DeliverOptions = {}): Operation<number> {
    const { timeoutMs, subscribers = 0 } = options;
    const limit = timeoutMs === undefined ? {} : { timeoutMs };
    // The owner answers with the count.
    return this.#request(
      { type: "channel.deliver", channel: this.id, value, subscribers, ...limit },
      options,
    ) as Operation<number>;
  }

  subscribe(target: unknown, options?: WaitOptions): Operation<void> {
    // Answered with nothing.
    return this.#request({ type: "channel.subscribe", channel: this.id, target }, options) as Operation<void>;
  }

  unsubscribe(target: unknown): void {
    routerOf(this.engine, this.endpoint).post(this.endpoint, { type: "channel.unsubscribe", channel: this.id, target });
  }

  subscribers(): Operation<number> {
    // Answered with the count.
    return this.#request({ type: "channel.subscribers", channel: this.id }) as Operation<number>;
  }

  values(): Stream<unknown> {
    return this.engine.part(channelTable).read(this);
  }

  setTransform(): void {
    throw this.#notHere();
  }

  close(): Operation<void> {
    return failed(this.engine, this.#notHere());
  }

  #request(request: RuntimeRequest, options?: WaitOptions): Operation<unknown> {
    try {
      return routerOf(this.engine, this.endpoint).request(this.endpoint, request, options);
    } catch (error) {
      return failed(this.engine, errorFrom(error));
    }
  }

  #notHere(): SkeinError {
    return new SkeinError("ROLE_FORBIDS", `channel ${this.name || this.id} is of another process`, {
      hint: "close it and set its transform where it was made",
    });
  }
}
