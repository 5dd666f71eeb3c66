/** Channels: publish to any number of tasks, channels and readers, near and far. */
import type { Location } from "../contracts/endpoint.ts";
import type { Operation, Stream } from "../contracts/operation.ts";
import type { WaitOptions } from "../contracts/wait.ts";
import type { ChannelId } from "../ids.ts";
import { defaultEngine } from "../task/default-engine.ts";
import { running } from "../task/running.ts";
import type { TaskRef } from "../task/task-ref.ts";
import { LocalChannel } from "./local-channel.ts";

/** What happens when a subscriber can take no more. */
export type Overflow = "refuse" | "drop-oldest";

export interface ChannelOptions<T> {
  /** Makes of each value what the subscribers get; `undefined` drops it. */
  readonly transform?: (value: T) => T | undefined;
  /** Values that a reader of {@link Channel.values} holds, from 1 up. Default 10,000. */
  readonly bufferLimit?: number;
  /**
   * When a subscriber is full: `refuse` (default) gives the value to the others and then throws `MAILBOX_FULL`;
   * `drop-oldest` drops a reader's oldest value, and the new one for a task. Drops are counted.
   */
  readonly overflow?: Overflow;
}

export interface DeliverOptions extends WaitOptions {
  /** Waits for at least so many subscribers. Default 0. */
  readonly subscribers?: number;
}

/** The half of a channel that readers get. */
export interface Subscribable<T> {
  readonly id: ChannelId;
  readonly name: string;
  readonly location: Location | undefined;
  /** Has every value from now on sent to `target`. @throws {SkeinError} `CHANNEL_CYCLE`, `CHANNEL_CLOSED`, `TIMEOUT`, `PEER_LOST` */
  readonly subscribe: (target: TaskRef<T> | Channel<T>, options?: WaitOptions) => Operation<void>;
  readonly unsubscribe: (target: TaskRef<T> | Channel<T>) => void;
  /** The values from now on, one after another; ends when the channel closes. */
  values(): Stream<T>;
}

/**
 * A channel: what is published on it goes to everybody who is subscribed at that time.
 *
 * @example
 * const news = channel<string>("news");
 * yield* news.subscribe(task.ref);
 * news.publish("hello");
 */
export interface Channel<T> extends Subscribable<T> {
  /**
   * Gives `value` to the present subscribers; waits for nobody.
   * @throws {SkeinError} `MAILBOX_FULL` after all others have it, `CHANNEL_CLOSED`; `NOT_SERIALIZABLE`, `PEER_LOST` when it is elsewhere
   */
  readonly publish: (value: T) => void;
  /**
   * Waits for `subscribers` of them, then until each present one has it; gives how many have. What is published after
   * this call comes after it, unless it waits for subscribers. One that ends early is taken back from who,
   * in this process, has it not yet.
   * @throws {SkeinError} `TIMEOUT`, which carries the count as `delivered`; `CHANNEL_CLOSED` before there were so many
   */
  readonly deliver: (value: T, options?: DeliverOptions) => Operation<number>;
  /** How many would get a value published now, those of subscribed channels of this process included. */
  subscribers(): Operation<number>;
  /** Only where it was made. @throws {SkeinError} `ROLE_FORBIDS` elsewhere */
  setTransform(fn: ((value: T) => T | undefined) | undefined): void;
  /** Ends every subscription. Only where it was made; twice does nothing. */
  close(): Operation<void>;
}

/**
 * Makes a channel.
 *
 * @param name a label for people; `register` makes it locatable
 * @throws {SkeinError} `OPTION_INVALID` for a `bufferLimit` that is no whole number from 1 up
 * @example
 * const temperatures = channel<number>("temperatures", { transform: (t) => (t > -273 ? t : undefined) });
 */
export function channel<T>(name = "", options: ChannelOptions<T> = {}): Channel<T> {
  // A LocalChannel handles any value; T is what the program declares for this one.
  return new LocalChannel(running.engine ?? defaultEngine(), name, options as ChannelOptions<unknown>) as Channel<T>;
}
