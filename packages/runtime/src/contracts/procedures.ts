/** Calls between processes of a cluster that are ours, not the user's: scheduler, node and server speak by them. */
import { type SkeinError } from "../errors.ts";
import { type Endpoint, type Role } from "./endpoint.ts";
import { type Operation } from "./operation.ts";
import { type WaitOptions } from "./wait.ts";

/** Who calls: the authenticated endpoint and the roles of its certificate. */
export interface Caller {
  readonly endpoint: Endpoint;
  readonly roles: readonly Role[];
  /** Aborted when nobody waits for the answer any more: the caller is gone, or gave up. Absent for notes. */
  readonly signal?: AbortSignal | undefined;
  /** Some of what came together can't be read here: look with `unreadableIn`. */
  readonly partly?: boolean;
}

export interface ProcedureOptions<A> {
  /** Narrows what came from outside; throwing answers `WIRE_INVALID`. */
  readonly parse: (args: unknown) => A;
  /** Callers need one of these; others are answered `ROLE_FORBIDS`. Absent: any member. */
  readonly roles?: readonly Role[];
  /**
   * Arguments of which a part can't be read here (an instance of a class that isn't registered) come all the same, with
   * an `Unreadable` in its place: `unreadableIn` finds it. Otherwise such a call is refused and a note dropped.
   */
  readonly partly?: true;
  /** Answers the callers that it takes in place of what answers that name here now, until it is disposed of. */
  readonly instead?: (from: Endpoint) => boolean;
}

export interface CallOptions extends WaitOptions {
  /**
   * Given the answer as it arrives, in order with the notes from there: whoever waits for the call goes on later, when
   * newer notes may have been taken. What it throws is the call's error.
   */
  readonly onAnswer?: (answer: unknown) => void;
}

export interface NotifyOptions {
  /** What {@link Procedures.check} gave for the arguments: they are not walked through again. */
  readonly bytes?: number;
  /** The note could not be encoded when it left, or was too large after all. Not called when its receiver is lost. */
  readonly onFailed?: (error: SkeinError) => void;
}

export interface Procedures {
  readonly self: Endpoint;
  /** Answers `name`. What `handler` returns (a value, a promise or an operation) is the answer; what it throws, the error. */
  handle<A>(name: string, options: ProcedureOptions<A>, handler: (args: A, caller: Caller) => unknown): Disposable;
  /**
   * Calls `name` there. Acts at once.
   * @throws {SkeinError} what the other side threw; `TIMEOUT`, `PEER_LOST`, `PEER_UNREACHABLE`, `ROLE_FORBIDS`
   */
  call(to: Endpoint, name: string, args: unknown, options?: CallOptions): Operation<unknown>;
  /**
   * Like a call that nobody waits for; in order with calls and messages to the same endpoint. Never throws for a lost peer:
   * {@link Procedures.onLost} tells. An endpoint that takes nothing until 64 MiB wait for it counts as lost.
   * @throws {SkeinError} `NOT_SERIALIZABLE`, `MESSAGE_TOO_LARGE`, at once, so that one bad value spoils no batch
   */
  notify(to: Endpoint, name: string, args: unknown, options?: NotifyOptions): void;
  /**
   * A note that may be left out: like {@link Procedures.notify}, but tells when it is better not to be sent.
   * @throws {SkeinError} `LINK_OVERLOADED` when much waits for that endpoint already, `PEER_LOST`, and as `notify`;
   *   then nothing was queued
   */
  tryNotify(to: Endpoint, name: string, args: unknown, options?: NotifyOptions): void;
  /** About how many bytes `value` takes on the way. @throws {SkeinError} `NOT_SERIALIZABLE`, `MESSAGE_TOO_LARGE` */
  check(value: unknown): number;
  /**
   * Tells when nothing will come any more from the endpoints that `matches` takes: their peer or process is gone, or
   * something sent there could not reach it. When a whole peer is gone, its own process (`server` 0) matches too.
   */
  onLost(listener: (matches: (endpoint: Endpoint) => boolean, error: Error) => void): Disposable;
}
