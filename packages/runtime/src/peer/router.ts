/** One process's end of all its conversations: posts, requests and procedures out; what arrives to its runtime. */
import { type Endpoint, type Location, type Role, endpointKey, sameEndpoint } from "../contracts/endpoint.ts";
import type { Caller, NotifyOptions, ProcedureOptions, Procedures } from "../contracts/procedures.ts";
import type { Inbound, Router, RuntimeMessage, RuntimeRequest } from "../contracts/router.ts";
import type { Operation } from "../contracts/operation.ts";
import type { WaitOptions } from "../contracts/wait.ts";
import { CALL_TIMEOUT_MS } from "../defaults.ts";
import { SkeinError } from "../errors.ts";
import type { Carrier } from "../link/carrier.ts";
import type { Logger } from "../logger.ts";
import type { Platform } from "../platform.ts";
import { Deferred } from "../task/deferred.ts";
import type { Codec } from "../wire/codec.ts";
import { FROM_OFFSET, FrameKind, frameCredit, frameKind, frameRoles, invalidFrame, payloadOf } from "../wire/frames.ts";
import { REQUESTS_LIMIT } from "../wire/limits.ts";
import { Entry, type WireEntry } from "../wire/messages.ts";
import { parseEntry, parseLost } from "../wire/schema.ts";
import type { Conversation } from "./conversation.ts";
import { Conversations } from "./conversations.ts";
import { ENVELOPE_BYTES, EntryServer, isThenable } from "./entry-server.ts";
import type { EndpointTable } from "./identity.ts";
import { rolesOfMask } from "./membership.ts";
import { PendingRequests, type Pending } from "./pending.ts";
import { ProcedureTable } from "./procedure-table.ts";
import { noAnswer, overloaded, queueFull, unknownDelivery } from "./router-errors.ts";

type LostListener = Parameters<Procedures["onLost"]>[0];

export interface RouterOptions {
  readonly platform: Platform;
  readonly inbound: Inbound;
  readonly codec: Codec;
  readonly table: EndpointTable;
  readonly self: Endpoint;
  readonly logger: Logger;
  /** Roles this process holds when it calls itself. */
  readonly ownRoles: () => number;
  readonly carrierTo: (to: Endpoint) => Carrier;
  readonly locationOf: (endpoint: Endpoint) => Location;
}

/** Implements {@link Router} and {@link Procedures} for one process over whatever carries its frames. */
export class ProcessRouter implements Router, Procedures {
  readonly self: Endpoint;
  readonly #options: RouterOptions;
  readonly #codec: Codec;
  readonly #inbound: Inbound;
  readonly #procedures = new ProcedureTable();
  readonly #pending: PendingRequests;
  readonly #conversations: Conversations;
  readonly #server: EntryServer;
  readonly #lostListeners = new Set<LostListener>();
  #closed = false;

  constructor(options: RouterOptions) {
    const { self, codec, inbound, logger, platform } = options;
    this.#options = options;
    this.self = self;
    this.#codec = codec;
    this.#inbound = inbound;
    this.#pending = new PendingRequests(platform, (id, pending) => this.#expire(id, pending, undefined));
    this.#conversations = new Conversations({
      ...options,
      roles: options.ownRoles,
      failed: (to, entry, error) => this.#server.unsendable(to, entry, error),
    });
    this.#server = new EntryServer({
      self,
      inbound,
      codec,
      logger,
      conversations: this.#conversations,
      pending: this.#pending,
      procedures: this.#procedures,
      overflow: (endpoint, error) => this.#overflow(endpoint, error),
    });
  }

  locationOf(endpoint: Endpoint): Location {
    return this.#options.locationOf(endpoint);
  }

  rolesOf(endpoint: Endpoint): readonly Role[] {
    if (this.#isSelf(endpoint)) return rolesOfMask(this.#options.ownRoles());
    return rolesOfMask(this.#conversations.find(endpoint)?.roles ?? 0);
  }

  post(to: Endpoint, message: RuntimeMessage): void {
    if (this.#isSelf(to)) {
      this.#options.platform.microtask(() => this.#server.take([Entry.message, message], to, this.#options.ownRoles()));
      return;
    }
    const conversation = this.#open(to);
    const { batcher } = conversation;
    switch (message.type) {
      case "task.send": {
        const bytes = this.#codec.check(message.value);
        if (batcher.full) throw queueFull(to);
        batcher.addSend(message.task, message.value, bytes);
        return;
      }
      case "channel.publish": {
        const bytes = this.#codec.check(message.value);
        if (batcher.full) throw queueFull(to);
        batcher.addPublish(message.channel, message.value, bytes);
        return;
      }
      case "task.exited":
      case "task.unmonitor":
      case "channel.unsubscribe":
      case "channel.closed":
        // Never dropped for want of room: there are no more of them than monitors and subscriptions.
        batcher.add([Entry.message, message], this.#codec.check(message) + ENVELOPE_BYTES);
        return;
      case "task.wake":
      case "task.interrupt": {
        const bytes = this.#codec.check(message);
        if (batcher.full) throw queueFull(to);
        batcher.add([Entry.message, message], bytes);
        return;
      }
      default:
        message satisfies never;
    }
  }

  request(to: Endpoint, request: RuntimeRequest, options: WaitOptions = {}): Operation<unknown> {
    if (this.#isSelf(to)) return this.#ask(() => this.#inbound.request(request, to));
    const id = this.#pending.nextId();
    return this.#send(to, id, [Entry.request, id, request], acts(request), options.timeoutMs, options.signal);
  }

  handle<A>(name: string, options: ProcedureOptions<A>, handler: (args: A, caller: Caller) => unknown): Disposable {
    return this.#procedures.add(name, options, handler);
  }

  call(to: Endpoint, name: string, args: unknown, options: WaitOptions = {}): Operation<unknown> {
    if (this.#isSelf(to)) {
      return this.#ask(() => this.#procedures.run(name, this.#copy(args), to, this.#options.ownRoles()));
    }
    const id = this.#pending.nextId();
    const timeoutMs = options.timeoutMs ?? CALL_TIMEOUT_MS;
    return this.#send(to, id, [Entry.call, id, name, args], false, timeoutMs, options.signal);
  }

  check(value: unknown): number {
    return this.#codec.check(value);
  }

  notify(to: Endpoint, name: string, args: unknown, options?: NotifyOptions): void {
    if (this.#isSelf(to)) {
      const copy = this.#copy(args);
      this.#options.platform.microtask(() =>
        this.#server.take([Entry.notify, name, copy], to, this.#options.ownRoles()),
      );
      return;
    }
    const bytes = options?.bytes ?? this.#codec.check(args);
    try {
      const { batcher } = this.#open(to);
      if (batcher.pending >= REQUESTS_LIMIT) return this.#overflow(to, overloaded(to));
      const entry: WireEntry = [Entry.notify, name, args];
      if (options?.onFailed !== undefined) this.#server.onFailed(entry, options.onFailed);
      batcher.add(entry, bytes + ENVELOPE_BYTES);
    } catch (error) {
      // A lost peer is told by `lost`; a notice to it is nobody's error.
      this.#options.logger.debug("procedure.dropped", { name, to: endpointKey(to), error });
    }
  }

  /** Takes a frame addressed to this process. @throws {SkeinError} `WIRE_INVALID`: whoever brought it breaks the rules */
  receive(frame: Uint8Array): void {
    if (this.#closed) return;
    const from = this.#options.table.read(frame, FROM_OFFSET);
    const kind = frameKind(frame);
    if (kind === FrameKind.credit) {
      this.#conversations.find(from)?.batcher.credited(frameCredit(frame));
      return;
    }
    if (kind === FrameKind.lost) {
      const notice = parseLost(this.#codec.decode(payloadOf(frame)));
      // Each speaks for its own peer only; this process's host, for all it forwards.
      if (from.server !== 0 || (from.peer !== notice.peer && from.peer !== this.self.peer)) {
        throw invalidFrame("a peer spoke of another's end");
      }
      const { peer, server, epoch } = notice;
      if (epoch !== undefined && server !== undefined) {
        // A frame found nobody; if the loss was known before it was said, a newer conversation is not meant.
        const conversation = this.#conversations.find({ peer: from.peer, server });
        if (conversation?.epoch !== epoch) return;
      }
      const gone = (endpoint: Endpoint): boolean =>
        endpoint.peer === peer && (server === undefined || endpoint.server === server);
      this.lost(gone, notice.error);
      return;
    }
    const conversation = this.#open(from);
    conversation.batcher.credited(frameCredit(frame));
    const entries = this.#codec.decode(payloadOf(frame));
    if (!Array.isArray(entries)) throw invalidFrame("a payload is no array");
    const roles = frameRoles(frame);
    conversation.roles = roles;
    const calls = kind === FrameKind.procedures;
    for (const value of entries) {
      const entry = parseEntry(value);
      if (isCall(entry) !== calls) throw invalidFrame("a frame holds entries of another kind");
      this.#server.take(entry, from, roles);
    }
    conversation.consumed(frame.byteLength);
  }

  /** Nothing will come from these endpoints any more: requests to them fail, the runtime is told. */
  lost(matches: (endpoint: Endpoint) => boolean, error: Error): void {
    const unsent = this.#conversations.end(matches);
    for (const pending of this.#pending.takeAll(matches)) {
      pending.reject(pending.acts && !unsent.has(pending.entry) ? unknownDelivery(pending.to, error) : error);
    }
    this.#inbound.lost(matches, error);
    for (const listener of this.#lostListeners) {
      try {
        listener(matches, error);
      } catch (failure) {
        this.#options.logger.error("procedure.failed", { name: "onLost", error: failure });
      }
    }
  }

  onLost(listener: LostListener): Disposable {
    // Each registration by itself, also of the same function.
    const entry: LostListener = (matches, error) => listener(matches, error);
    this.#lostListeners.add(entry);
    return { [Symbol.dispose]: () => this.#lostListeners.delete(entry) };
  }

  /** Sends what is queued, then takes and gives no more. */
  close(error: Error): void {
    if (this.#closed) return;
    this.#conversations.flush();
    this.lost(() => true, error);
    this.#closed = true;
    this.#pending.close();
  }

  #send(
    to: Endpoint,
    id: number,
    entry: WireEntry,
    does: boolean,
    timeoutMs: number | undefined,
    signal: AbortSignal | undefined,
  ): Operation<unknown> {
    const deferred = new Deferred<unknown>("an answer").ignore();
    const pending: Pending = {
      to,
      entry,
      acts: does,
      deadlineMs: timeoutMs === undefined ? Infinity : this.#options.platform.now() + timeoutMs,
      resolve: (value) => deferred.resolve(value),
      reject: (error) => deferred.reject(error),
      release: undefined,
    };
    try {
      signal?.throwIfAborted();
      const bytes = this.#codec.check(entry);
      const { batcher } = this.#open(to);
      if (batcher.pending >= REQUESTS_LIMIT) throw overloaded(to);
      this.#pending.add(id, pending);
      batcher.add(entry, bytes + ENVELOPE_BYTES);
      if (signal !== undefined) this.#follow(id, pending, signal);
    } catch (error) {
      this.#pending.take(id, undefined);
      deferred.reject(error);
    }
    return deferred;
  }

  #follow(id: number, pending: Pending, signal: AbortSignal): void {
    const onAbort = (): void => this.#expire(id, pending, signal);
    signal.addEventListener("abort", onAbort, { once: true });
    pending.release = () => signal.removeEventListener("abort", onAbort);
  }

  /** The time is over, or the caller gave up. */
  #expire(id: number, pending: Pending, signal: AbortSignal | undefined): void {
    if (this.#pending.take(id, undefined) === undefined) return;
    const withdrawn = this.#conversations.find(pending.to)?.batcher.withdraw(pending.entry) ?? true;
    if (signal !== undefined) pending.reject(signal.reason);
    else pending.reject(pending.acts && !withdrawn ? unknownDelivery(pending.to, undefined) : noAnswer(pending.to));
  }

  /** Answers a request of this process to itself, as if it had come from another. */
  #ask(run: () => unknown): Operation<unknown> {
    const deferred = new Deferred<unknown>("an answer").ignore();
    try {
      const result = run();
      if (isThenable(result)) {
        result.then(
          (value) => deferred.resolve(value),
          (error: unknown) => deferred.reject(error),
        );
      } else deferred.resolve(result);
    } catch (error) {
      deferred.reject(error);
    }
    return deferred;
  }

  #copy(value: unknown): unknown {
    this.#codec.check(value);
    return this.#codec.decode(this.#codec.encode(value));
  }

  #isSelf(to: Endpoint): boolean {
    return sameEndpoint(to, this.self);
  }

  /** Dropping one of these messages would leave the two sides with different views: all of them are dropped. */
  #overflow(endpoint: Endpoint, error: SkeinError): void {
    this.#options.logger.warn("endpoint.overloaded", { endpoint: endpointKey(endpoint) });
    this.lost((other) => sameEndpoint(other, endpoint), error);
  }

  /** @throws {SkeinError} `PEER_LOST`, `RUNTIME_CLOSED` */
  #open(to: Endpoint): Conversation {
    if (this.#closed) throw new SkeinError("RUNTIME_CLOSED", "the peer is closed", { hint: "start another one" });
    return this.#conversations.open(to);
  }
}

const isCall = (entry: WireEntry): boolean => entry[0] === Entry.notify || entry[0] === Entry.call;

/** Requests after which nobody knows whether they had their effect when no answer comes. */
const acts = (request: RuntimeRequest): boolean =>
  request.type === "task.deliver" || request.type === "channel.deliver" || request.type === "task.cancel";
