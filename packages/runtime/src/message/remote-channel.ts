/** A channel of another process. */
import type { Endpoint, Location } from "../contracts/endpoint.ts";
import type { Operation, Stream } from "../contracts/operation.ts";
import type { RuntimeRequest } from "../contracts/router.ts";
import type { WaitOptions } from "../contracts/wait.ts";
import { REMOTE_COUNT_MS } from "../defaults.ts";
import { SkeinError, errorFrom, isSkeinError } from "../errors.ts";
import type { ChannelId } from "../ids.ts";
import type { Engine } from "../task/engine.ts";
import { routerOf } from "../task/remote-ref.ts";
import { runIn } from "../task/run-in.ts";
import { failed } from "../task/task-ref.ts";
import type { DeliverOptions } from "./channel.ts";
import { channelTable } from "./channel-table.ts";
import { showAs } from "../task/show.ts";

export class RemoteChannel {
  readonly engine: Engine;
  readonly id: ChannelId;
  readonly endpoint: Endpoint;
  readonly name: string;
  /** It is a reader of `values()`, from which nothing leads on. */
  readonly reads: boolean;

  constructor(engine: Engine, id: ChannelId, endpoint: Endpoint, name: string, reads = false) {
    this.engine = engine;
    this.id = id;
    this.endpoint = endpoint;
    this.name = name;
    this.reads = reads;
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
    // The owner answers with the count, also when its time is over: its answer is given a moment to come.
    return this.#request(
      { type: "channel.deliver", channel: this.id, value, subscribers, ...limit },
      timeoutMs === undefined ? options : { ...options, timeoutMs: timeoutMs + REMOTE_COUNT_MS },
    ) as Operation<number>;
  }

  subscribe(target: unknown, options?: WaitOptions): Operation<void> {
    // Answered with nothing, or with what a reader keeps.
    const asked = this.#request({ type: "channel.subscribe", channel: this.id, target }, options) as Operation<void>;
    if (options?.timeoutMs === undefined && options?.signal === undefined) return asked;
    runIn(this.engine, asked, nothing, (error) => {
      // It may have been subscribed all the same.
      if (isSkeinError(error, "TIMEOUT") || options.signal?.aborted === true) this.#forget(target);
    });
    return asked;
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

  #forget(target: unknown): void {
    try {
      this.unsubscribe(target);
    } catch {
      // Its owner is gone, and with it the subscription.
    }
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

showAs("Channel", RemoteChannel);

const nothing = (): void => {};
