/** Sends requests and calls, and ends the wait for their answers: answered, out of time, given up. */
import type { Endpoint } from "../contracts/endpoint.ts";
import type { Operation } from "../contracts/operation.ts";
import type { CallOptions } from "../contracts/procedures.ts";
import type { RuntimeRequest } from "../contracts/router.ts";
import type { Platform } from "../platform.ts";
import { Deferred } from "../task/deferred.ts";
import type { Codec } from "../wire/codec.ts";
import { Entry, type WireEntry } from "../wire/messages.ts";
import type { Conversation } from "./conversation.ts";
import type { Conversations } from "./conversations.ts";
import { ENVELOPE_BYTES, isThenable } from "./entry-server.ts";
import type { Pending, PendingRequests } from "./pending.ts";
import { noAnswer, overloaded, unknownDelivery } from "./router-errors.ts";

export interface RequestSenderOptions {
  readonly platform: Platform;
  readonly codec: Codec;
  readonly pending: PendingRequests;
  readonly conversations: Conversations;
  /** @throws {SkeinError} `PEER_LOST`, `RUNTIME_CLOSED` */
  readonly open: (to: Endpoint) => Conversation;
  /** An endpoint in words for people. */
  readonly show: (endpoint: Endpoint) => string;
}

export class RequestSender {
  readonly #options: RequestSenderOptions;

  constructor(options: RequestSenderOptions) {
    this.#options = options;
  }

  /** Asks `to`; whoever waits for the answer gets what goes wrong, too. */
  send(
    to: Endpoint,
    id: number,
    entry: WireEntry,
    does: boolean,
    { timeoutMs, signal, onAnswer }: CallOptions,
  ): Operation<unknown> {
    const deferred = new Deferred<unknown>("an answer").ignore();
    const pending: Pending = {
      to,
      entry,
      acts: does,
      deadlineMs: timeoutMs === undefined ? Infinity : this.#options.platform.now() + timeoutMs,
      resolve: (value) => answer(deferred, value, onAnswer),
      reject: (error) => deferred.reject(error),
      release: undefined,
    };
    try {
      signal?.throwIfAborted();
      const bytes = this.#options.codec.check(entry);
      const conversation = this.#options.open(to);
      if (conversation.overloaded) throw overloaded(this.#options.show(to));
      this.#options.pending.add(id, pending);
      if (entry[0] === Entry.request && entry[2].type === "task.cancel") {
        conversation.addEnding(entry, bytes + ENVELOPE_BYTES);
      } else conversation.add(entry, bytes + ENVELOPE_BYTES);
      if (signal !== undefined) this.#follow(id, pending, signal);
    } catch (error) {
      this.#options.pending.take(id, undefined);
      deferred.reject(error);
    }
    return deferred;
  }

  #follow(id: number, pending: Pending, signal: AbortSignal): void {
    const onAbort = (): void => this.expire(id, pending, signal);
    signal.addEventListener("abort", onAbort, { once: true });
    pending.release = () => signal.removeEventListener("abort", onAbort);
  }

  /** The time is over, or the caller gave up. */
  expire(id: number, pending: Pending, signal: AbortSignal | undefined): void {
    if (this.#options.pending.take(id, undefined) === undefined) return;
    const conversation = this.#options.conversations.find(pending.to);
    const to = this.#options.show(pending.to);
    const reason: unknown = signal?.reason ?? noAnswer(to);
    const withdrawn = conversation?.withdraw(pending.entry, reason) ?? true;
    if (!withdrawn && conversation?.overloaded === false) conversation.addEnding([Entry.withdrawn, id], ENVELOPE_BYTES);
    if (signal !== undefined) pending.reject(signal.reason);
    else pending.reject(pending.acts && !withdrawn ? unknownDelivery(to, undefined) : noAnswer(to));
  }
}

/** Answers a request of this process to itself, as if it had come from another. */
export function ask(run: () => unknown, onAnswer?: CallOptions["onAnswer"]): Operation<unknown> {
  const deferred = new Deferred<unknown>("an answer").ignore();
  try {
    const result = run();
    if (isThenable(result)) {
      result.then(
        (value) => answer(deferred, value, onAnswer),
        (error: unknown) => deferred.reject(error),
      );
    } else answer(deferred, result, onAnswer);
  } catch (error) {
    deferred.reject(error);
  }
  return deferred;
}

function answer(deferred: Deferred<unknown>, value: unknown, onAnswer: CallOptions["onAnswer"]): void {
  try {
    onAnswer?.(value);
    deferred.resolve(value);
  } catch (error) {
    deferred.reject(error);
  }
}

/** Requests after which nobody knows whether they had their effect when no answer comes. */
export const acts = (request: RuntimeRequest): boolean =>
  request.type === "task.deliver" || request.type === "channel.deliver" || request.type === "task.cancel";
