/** Handles what others send to this process: messages to its runtime, requests and calls with their answers. */
import { type Endpoint, endpointKey } from "../contracts/endpoint.ts";
import type { Inbound, RuntimeMessage } from "../contracts/router.ts";
import { SkeinError, errorFrom, isSkeinError } from "../errors.ts";
import type { Logger } from "../logger.ts";
import type { Codec } from "../wire/codec.ts";
import { RemoteError } from "../wire/error-codec.ts";
import { invalidFrame } from "../wire/frames.ts";
import { REQUESTS_LIMIT, SHORT_ERROR_LIMIT } from "../wire/limits.ts";
import { Entry, type WireEntry } from "../wire/messages.ts";
import { answeredId, requestId } from "../wire/schema.ts";
import { mendExits, unreadableIn } from "../wire/unreadable.ts";
import { Asking, type Conversation } from "./conversation.ts";
import type { Conversations } from "./conversations.ts";
import { onlyWatches } from "./server-roles.ts";
import type { PendingRequests } from "./pending.ts";
import type { ProcedureTable } from "./procedure-table.ts";
import { overloaded, withdrawn } from "./router-errors.ts";

/** What an entry takes on the wire besides its value, roughly. */
export const ENVELOPE_BYTES = 40;
/** The roles of who may watch, and nothing else. */

export interface EntryServerOptions {
  readonly self: Endpoint;
  /** An endpoint in words for people. */
  readonly show: (endpoint: Endpoint) => string;
  readonly inbound: Inbound;
  readonly codec: Codec;
  readonly logger: Logger;
  readonly conversations: Conversations;
  readonly pending: PendingRequests;
  readonly procedures: ProcedureTable;
  /** An endpoint takes nothing of what waits for it: it counts as lost. */
  readonly overflow: (endpoint: Endpoint, error: SkeinError) => void;
}

export class EntryServer {
  readonly #options: EntryServerOptions;
  /** Who wants to know that a note of theirs couldn't be encoded. */
  readonly #failures = new WeakMap<WireEntry, (error: SkeinError) => void>();

  constructor(options: EntryServerOptions) {
    this.#options = options;
  }

  /** `from` and `roles` are authenticated. Never throws: whoever waits gets the error. */
  take(entry: WireEntry, from: Endpoint, roles: number, partly = false): void {
    const { inbound, pending, procedures, self } = this.#options;
    if (onlyWatches(roles) && from.peer !== self.peer && this.#refuseViewer(entry, from)) return;
    switch (entry[0]) {
      case Entry.sends:
        for (const value of entry[2]) this.#message({ type: "task.send", task: entry[1], value }, from);
        return;
      case Entry.publishes:
        for (const value of entry[2]) this.#message({ type: "channel.publish", channel: entry[1], value }, from);
        return;
      case Entry.message:
        return this.#message(entry[1], from);
      case Entry.request: {
        const request = entry[2];
        return this.#serve(from, entry[1], (asking) => inbound.request(request, from, asking));
      }
      case Entry.call: {
        const [, id, name, args] = entry;
        return this.#serve(from, id, (asking) => procedures.run(name, args, from, roles, partly, asking));
      }
      case Entry.notify:
        return this.#notified(entry[1], entry[2], from, roles, partly);
      case Entry.answer:
        return pending.take(entry[1], from)?.resolve(entry[2]);
      case Entry.refusal:
        return pending.take(entry[1], from)?.reject(entry[2]);
      case Entry.withdrawn: {
        const answering = this.#options.conversations.find(from)?.answering;
        answering?.get(entry[1])?.withdraw(withdrawn(this.#options.show(from)));
        return;
      }
      case Entry.bulk:
      case Entry.bulkCall:
        throw invalidFrame("a placeholder stands where a value should");
      default:
        return entry satisfies never;
    }
  }

  /** Who may only watch uses no tasks, channels and services: that is refused here. */
  #refuseViewer(entry: WireEntry, from: Endpoint): boolean {
    const [kind, id] = entry;
    const says = kind === Entry.sends || kind === Entry.publishes || kind === Entry.message;
    if (!says && kind !== Entry.request) return false;
    const error = new SkeinError("ROLE_FORBIDS", "a viewer may not use the tasks, channels and names of others", {
      hint: "join with an invite for another role",
    });
    if (kind === Entry.request) this.#refuse(this.#options.conversations.open(from), id, error);
    else this.#unread(says && kind !== Entry.message ? entry[2].length : 1, from, error);
    return true;
  }

  /**
   * Takes an entry of a batch in which something can't be read here. What is hit fails alone: a request is refused, an
   * answer becomes an error, a message is dropped and counted. @returns what is left of the entry, to be taken as usual
   */
  takePartly(value: unknown, from: Endpoint, roles: number, calls: boolean): unknown {
    if (!Array.isArray(value)) return value;
    const [kind, name, values]: readonly unknown[] = value;
    if ((kind === Entry.sends || kind === Entry.publishes) && Array.isArray(values)) {
      const readable = values.filter((one) => unreadableIn(one) === undefined);
      if (readable.length < values.length) this.#unread(values.length - readable.length, from, unreadableIn(values));
      return readable.length === 0 ? undefined : [kind, name, readable];
    }
    if (kind !== Entry.request) mendExits(value);
    const error = unreadableIn(value);
    if (error === undefined || (calls && this.#options.procedures.takesPartly(kind === Entry.call ? values : name))) {
      return value;
    }
    const { conversations, pending } = this.#options;
    const request = requestId(value);
    const answered = answeredId(value);
    if (request !== undefined) this.#refuse(conversations.open(from), request, error);
    else if (answered !== undefined) pending.take(answered, from)?.reject(error);
    else this.#unread(1, from, error);
    return undefined;
  }

  #unread(count: number, from: Endpoint, error: unknown): void {
    this.#options.inbound.dropped?.(count);
    this.#options.logger.warn("message.dropped", { from: endpointKey(from), count, error });
  }

  /** Calls back when this note can't be encoded. */
  onFailed(entry: WireEntry, callback: (error: SkeinError) => void): void {
    this.#failures.set(entry, callback);
  }

  /** An entry of ours couldn't be encoded when its batch left: whoever waits for it gets an error in its place. */
  unsendable(to: Endpoint, entry: WireEntry, error: SkeinError): void {
    const { pending, conversations, logger } = this.#options;
    const conversation = conversations.find(to);
    switch (entry[0]) {
      case Entry.request:
      case Entry.call:
        pending.take(entry[1], to)?.reject(error);
        return;
      case Entry.answer:
        conversation?.add([Entry.refusal, entry[1], error], ENVELOPE_BYTES);
        return;
      case Entry.refusal:
        conversation?.add([Entry.refusal, entry[1], shortError(entry[2])], ENVELOPE_BYTES);
        return;
      case Entry.message:
        if (entry[1].type === "task.exited") {
          const { exit, monitor } = entry[1];
          const failed = exit.type === "failed" ? shortError(exit.error) : error;
          const message: RuntimeMessage = { type: "task.exited", monitor, exit: { type: "failed", error: failed } };
          conversation?.add([Entry.message, message], ENVELOPE_BYTES);
          return;
        }
        break;
      default:
    }
    const failed = this.#failures.get(entry);
    if (failed === undefined) logger.warn("message.dropped", { to: endpointKey(to), error });
    else failed(error);
  }

  #message(message: RuntimeMessage, from: Endpoint): void {
    try {
      this.#options.inbound.message(message, from);
    } catch (error) {
      // The runtime counts what it drops; nobody waits for a one-way message.
      this.#options.logger.debug("message.dropped", { type: message.type, from: endpointKey(from), error });
    }
  }

  #notified(name: string, args: unknown, from: Endpoint, roles: number, partly: boolean): void {
    const failed = (error: unknown): void =>
      this.#options.logger.warn("procedure.failed", { name, from: endpointKey(from), error });
    try {
      const result = this.#options.procedures.run(name, args, from, roles, partly);
      if (isThenable(result)) result.then(undefined, failed);
    } catch (error) {
      failed(error);
    }
  }

  #serve(from: Endpoint, id: number, run: (asking: Asking) => unknown): void {
    const conversation = this.#options.conversations.open(from);
    if (conversation.overloaded) {
      // It asks on and on and takes no answers.
      this.#options.overflow(from, overloaded(this.#options.show(from)));
      return;
    }
    if (conversation.answering.size >= REQUESTS_LIMIT) {
      this.#refuse(conversation, id, overloaded(this.#options.show(this.#options.self)));
      return;
    }
    // Whoever gives a number twice gets one answer, and no more room than it has numbers.
    if (conversation.answering.has(id)) return;
    try {
      const asking = new Asking();
      const result = run(asking);
      if (!isThenable(result)) {
        this.#answer(conversation, id, result);
        return;
      }
      conversation.answering.set(id, asking);
      result.then(
        (value) => this.#answer(conversation, id, value),
        (error: unknown) => this.#refuse(conversation, id, error),
      );
    } catch (error) {
      this.#refuse(conversation, id, error);
    }
  }

  #answer(conversation: Conversation, id: number, value: unknown): void {
    conversation.answering.delete(id);
    try {
      const bytes = this.#options.codec.check(value) + ENVELOPE_BYTES;
      if (conversation.overloaded)
        this.#options.overflow(conversation.endpoint, overloaded(this.#options.show(conversation.endpoint)));
      else conversation.add([Entry.answer, id, value], bytes);
    } catch (error) {
      this.#refuse(conversation, id, error);
    }
  }

  #refuse(conversation: Conversation, id: number, thrown: unknown): void {
    conversation.answering.delete(id);
    let error = errorFrom(thrown);
    let bytes = ENVELOPE_BYTES;
    try {
      bytes += this.#options.codec.check(error);
    } catch {
      error = shortError(error);
    }
    conversation.add([Entry.refusal, id, error], bytes);
  }
}

/** What is left of an error that can't be sent: its class and the beginning of its text. */
function shortError(error: Error): Error {
  const message = short(error.message);
  if (!isSkeinError(error)) return new RemoteError(short(error.name), message);
  return new SkeinError(error.code, message, { hint: short(error.hint) });
}

/** A program may set an error's fields to anything. */
const short = (text: unknown): string => String(text).slice(0, SHORT_ERROR_LIMIT);

export const isThenable = (value: unknown): value is PromiseLike<unknown> =>
  typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";
