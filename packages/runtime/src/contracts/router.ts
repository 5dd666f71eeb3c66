/**
 * The seam between objects and the network. References and channels (`message/`) know a {@link Router} and
 * nothing of links; the peer layer implements it and gives what arrives to {@link Inbound}, which `message/` implements.
 */
import { type Operation } from "./operation.ts";
import { type ChannelId, type ServiceId, type TaskId } from "../ids.ts";
import { type Endpoint, type Location, type Role } from "./endpoint.ts";
import { type Exit } from "./exit.ts";
import { type WaitOptions } from "./wait.ts";

/** One-way messages between runtimes; at most once, in order from one endpoint to another. */
export type RuntimeMessage =
  | { readonly type: "task.send"; readonly task: TaskId; readonly value: unknown }
  | { readonly type: "task.wake"; readonly task: TaskId; readonly value: unknown }
  | { readonly type: "task.interrupt"; readonly task: TaskId; readonly error: unknown }
  /** Tells a monitor (a number the watcher's side chose) how its task ended. Never dropped for want of credit. */
  | { readonly type: "task.exited"; readonly monitor: number; readonly exit: Exit<unknown> }
  /** Its mailbox is full for who gets this, and a message was dropped; or has room again. Never dropped for want of credit. */
  | { readonly type: "task.room"; readonly task: TaskId; readonly room: boolean }
  | { readonly type: "task.unmonitor"; readonly task: TaskId; readonly monitor: number }
  | { readonly type: "channel.publish"; readonly channel: ChannelId; readonly value: unknown }
  | { readonly type: "channel.unsubscribe"; readonly channel: ChannelId; readonly target: unknown }
  /** Nothing is (any more) under that id, to which something was published. */
  | { readonly type: "channel.gone"; readonly channel: ChannelId }
  /** A reader of `values()` says to the channel's owner whether it has room. Never dropped for want of credit. */
  | { readonly type: "channel.room"; readonly channel: ChannelId; readonly reader: ChannelId; readonly room: boolean }
  /** Its owner closed it: what is subscribed to it here ends. Never dropped for want of credit. */
  | { readonly type: "channel.closed"; readonly channel: ChannelId };

/** How a channel has its readers keep what they have not taken. */
export interface ReaderPolicy {
  readonly bufferLimit: number;
  readonly overflow: "refuse" | "drop-oldest";
}

/** Requests between runtimes; each is answered once, with a value or an error. */
export type RuntimeRequest =
  | { readonly type: "task.deliver"; readonly task: TaskId; readonly value: unknown }
  | { readonly type: "task.cancel"; readonly task: TaskId; readonly reason: unknown; readonly graceMs?: number }
  /** Gives the task the function of `service`, which is one of that process. */
  | {
      readonly type: "task.upgrade";
      readonly task: TaskId;
      readonly service: unknown;
      readonly args: readonly unknown[];
    }
  /** Answered with the {@link Exit}, when the task ends. */
  | { readonly type: "task.exit"; readonly task: TaskId }
  /**
   * Answered at once; `task.exited` with `monitor` follows when the task ends. With `ends` that says only that it has,
   * and a failure of the task is not thereby somebody's to handle.
   */
  | { readonly type: "task.monitor"; readonly task: TaskId; readonly monitor: number; readonly ends?: true }
  /** `target` is a TaskRef or Channel. For a reader of `values()` answered with what it keeps: {@link ReaderPolicy}. */
  | { readonly type: "channel.subscribe"; readonly channel: ChannelId; readonly target: unknown }
  /** Answered with whether values of `channel` reach `to`; `seen` are the channels that were asked on the way. */
  | {
      readonly type: "channel.leads";
      readonly channel: ChannelId;
      readonly to: ChannelId;
      readonly seen: readonly ChannelId[];
    }
  | { readonly type: "channel.subscribers"; readonly channel: ChannelId }
  | {
      readonly type: "channel.deliver";
      readonly channel: ChannelId;
      readonly value: unknown;
      readonly subscribers: number;
      readonly timeoutMs?: number;
    }
  /**
   * Runs a service's function as the task of that id, which the caller has chosen. Answered with the {@link Exit} when it
   * ends; nobody waiting for the answer any more cancels it. With `streams`, `service.emit` brings what it emits.
   */
  | {
      readonly type: "service.start";
      readonly service: ServiceId;
      readonly task: TaskId;
      readonly args: readonly unknown[];
      readonly streams: boolean;
    }
  /** To who called: a value that the task emits. Answered when its reader has taken it. */
  | { readonly type: "service.emit"; readonly task: TaskId; readonly value: unknown }
  /** Answered with the TaskRef, Channel or Service of that name, or `undefined`. */
  | { readonly type: "name.lookup"; readonly name: string; readonly kind?: "task" | "channel" | "service" };

/** What a runtime asks of the network. One per runtime, attached with `runtime.attach(router)`. */
export interface Router {
  readonly self: Endpoint;
  locationOf(endpoint: Endpoint): Location;
  /** Who is there, in words for people: by name where that is known. */
  show?(endpoint: Endpoint): string;
  /** Roles of the certificate of who is there; none for server processes, which run others' code. */
  rolesOf?(endpoint: Endpoint): readonly Role[];
  /**
   * Queues `message` for `to`; never waits.
   * @throws {SkeinError} `MAILBOX_FULL` without credit (not for `task.exited`), `PEER_LOST`, `NOT_SERIALIZABLE`, `MESSAGE_TOO_LARGE`
   */
  post(to: Endpoint, message: RuntimeMessage): void;
  /**
   * Sends a request and waits for its answer. Acts at once; giving up the wait does not undo it.
   * @throws {SkeinError} `TIMEOUT` when withdrawn before it left, `DELIVERY_UNKNOWN` when it may have arrived, `PEER_LOST` when it has not left; else what the other side threw
   */
  request(to: Endpoint, request: RuntimeRequest, options?: WaitOptions): Operation<unknown>;
}

/** What the network asks of a runtime. `from` is authenticated: a link never passes on another's endpoint. */
export interface Inbound {
  message(message: RuntimeMessage, from: Endpoint): void;
  /**
   * An operation, or the answer itself; throwing answers with the error. `asking` has the signal that is aborted when
   * nobody waits for the answer any more.
   */
  request(request: RuntimeRequest, from: Endpoint, asking?: { readonly signal: AbortSignal }): unknown;
  /** So many messages came that can't be read here. */
  dropped?(count: number): void;
  /** Whether there is a task of this id here, which has not ended. */
  hasTask?(task: TaskId): boolean;
  /** Whether monitors, subscriptions or the like stand between these endpoints and this runtime. */
  holds(matches: (endpoint: Endpoint) => boolean): boolean;
  /** Nothing will come from these endpoints any more: monitors get `lost`, subscriptions end. */
  lost(matches: (endpoint: Endpoint) => boolean, error: Error): void;
}
