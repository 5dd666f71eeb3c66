/** One process's end of all its conversations: posts, requests and procedures out; what arrives to its runtime. */
import { type Endpoint, type Location, endpointKey, sameEndpoint } from "../contracts/endpoint.ts";
import { type Caller, type ProcedureOptions, type Procedures } from "../contracts/procedures.ts";
import { type Inbound, type Router, type RuntimeMessage, type RuntimeRequest } from "../contracts/router.ts";
import { type Operation } from "../contracts/operation.ts";
import { type WaitOptions } from "../contracts/wait.ts";
import { CALL_TIMEOUT_MS } from "../defaults.ts";
import { SkeinError, errorFrom } from "../errors.ts";
import { type Carrier } from "../link/carrier.ts";
import { type Logger } from "../logger.ts";
import { type Platform } from "../platform.ts";
import { Deferred } from "../task/deferred.ts";
import { type Codec } from "../wire/codec.ts";
import { FROM_OFFSET, FrameKind, frameCredit, frameKind, frameRoles, payloadOf } from "../wire/frames.ts";
import { REQUESTS_LIMIT } from "../wire/limits.ts";
import { Entry, type WireEntry } from "../wire/messages.ts";
import { parseEntry, parseLost } from "../wire/schema.ts";
import { Conversation } from "./conversation.ts";
import { type EndpointTable } from "./identity.ts";
import { PendingRequests, type Pending } from "./pending.ts";
import { ProcedureTable } from "./procedure-table.ts";

type LostListener = Parameters<Procedures["onLost"]>[0];

/** What an answer takes on the wire besides its value, roughly. */
const ENVELOPE_BYTES = 40;

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
  readonly #selfBytes: Uint8Array;
  /** By peer, then by server number. */
  readonly #conversations = new Map<string, Map<number, Conversation>>();
  readonly #lostListeners = new Set<LostListener>();
  #last: Conversation | undefined;
  #closed = false;

  constructor(options: RouterOptions) {
    this.#options = options;
    this.self = options.self;
    this.#codec = options.codec;
    this.#inbound = options.inbound;
    this.#selfBytes = options.table.bytesOf(options.self);
    this.#pending = new PendingRequests(options.platform, (id, pending) => this.#expire(id, pending, undefined));
  }

  locationOf(endpoint: Endpoint): Location {
    return this.#options.locationOf(endpoint);
  }

  post(to: Endpoint, message: RuntimeMessage): void {
    if (this.#isSelf(to)) {
      this.#options.platform.microtask(() => this.#take([Entry.message, message], to, this.#options.ownRoles()));
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

  notify(to: Endpoint, name: string, args: unknown): void {
    if (this.#isSelf(to)) {
      const copy = this.#copy(args);
      this.#options.platform.microtask(() => this.#take([Entry.notify, name, copy], to, this.#options.ownRoles()));
      return;
    }
    const bytes = this.#codec.check(args);
    try {
      this.#open(to).batcher.add([Entry.notify, name, args], bytes + ENVELOPE_BYTES);
    } catch (error) {
      // A lost peer is told by `lost`; a notice to it is nobody's error.
      this.#options.logger.debug("procedure.dropped", { name, to: endpointKey(to), error });
    }
  }

  /** Takes a frame addressed to this process. @throws {SkeinError} `WIRE_INVALID`: whoever brought it breaks the rules */
  receive(frame: Uint8Array): void {
    if (this.#closed) return;
    const from = this.#options.table.read(frame, FROM_OFFSET);
    const conversation = this.#find(from);
    conversation?.batcher.credited(frameCredit(frame));
    const kind = frameKind(frame);
    if (kind === FrameKind.credit) return;
    if (kind === FrameKind.lost) {
      const notice = parseLost(this.#codec.decode(payloadOf(frame)));
      const gone = ({ peer, server }: Endpoint): boolean =>
        peer === notice.peer && (notice.server === undefined || server === notice.server);
      this.lost(gone, notice.error);
      return;
    }
    const entries = this.#codec.decode(payloadOf(frame));
    if (!Array.isArray(entries)) throw new SkeinError("WIRE_INVALID", "a payload is no array", { hint: "check the versions" });
    const roles = frameRoles(frame);
    const calls = kind === FrameKind.procedures;
    for (const value of entries) {
      const entry = parseEntry(value);
      if (isCall(entry) !== calls) throw new SkeinError("WIRE_INVALID", "a frame holds entries of another kind", { hint: "check the versions" });
      this.#take(entry, from, roles);
    }
    (conversation ?? this.#find(from) ?? this.#open(from)).consumed(frame.byteLength);
  }

  /** Nothing will come from these endpoints any more: requests to them fail, the runtime is told. */
  lost(matches: (endpoint: Endpoint) => boolean, error: Error): void {
    const unsent = new Set<WireEntry>();
    this.#last = undefined;
    for (const [peer, servers] of this.#conversations) {
      for (const [server, conversation] of servers) {
        if (!matches(conversation.endpoint)) continue;
        servers.delete(server);
        for (const entry of conversation.batcher.close()) unsent.add(entry);
      }
      if (servers.size === 0) this.#conversations.delete(peer);
    }
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
    for (const servers of this.#conversations.values()) {
      for (const { batcher } of servers.values()) batcher.flush();
    }
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
    const withdrawn = this.#find(pending.to)?.batcher.withdraw(pending.entry) ?? true;
    if (signal !== undefined) pending.reject(signal.reason);
    else pending.reject(pending.acts && !withdrawn ? unknownDelivery(pending.to, undefined) : timeout(pending));
  }

  #take(entry: WireEntry, from: Endpoint, roles: number): void {
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
        return this.#serve(from, entry[1], () => this.#inbound.request(request, from));
      }
      case Entry.call: {
        const [, id, name, args] = entry;
        return this.#serve(from, id, () => this.#procedures.run(name, args, from, roles));
      }
      case Entry.notify:
        return this.#notified(entry[1], entry[2], from, roles);
      case Entry.answer:
        return this.#pending.take(entry[1], from)?.resolve(entry[2]);
      case Entry.refusal:
        return this.#pending.take(entry[1], from)?.reject(entry[2]);
      default:
        return entry satisfies never;
    }
  }

  #message(message: RuntimeMessage, from: Endpoint): void {
    try {
      this.#inbound.message(message, from);
    } catch (error) {
      // The runtime counts what it drops; nobody waits for a one-way message.
      this.#options.logger.debug("message.dropped", { type: message.type, from: endpointKey(from), error });
    }
  }

  #notified(name: string, args: unknown, from: Endpoint, roles: number): void {
    const failed = (error: unknown): void =>
      this.#options.logger.warn("procedure.failed", { name, from: endpointKey(from), error });
    try {
      const result = this.#procedures.run(name, args, from, roles);
      if (isThenable(result)) result.then(undefined, failed);
    } catch (error) {
      failed(error);
    }
  }

  #serve(from: Endpoint, id: number, run: () => unknown): void {
    const conversation = this.#find(from) ?? this.#open(from);
    if (conversation.answering >= REQUESTS_LIMIT) return this.#refuse(conversation, id, overloaded(this.self));
    try {
      const result = run();
      if (!isThenable(result)) return this.#answer(conversation, id, result);
      conversation.answering += 1;
      result.then(
        (value) => {
          conversation.answering -= 1;
          this.#answer(conversation, id, value);
        },
        (error: unknown) => {
          conversation.answering -= 1;
          this.#refuse(conversation, id, error);
        },
      );
    } catch (error) {
      this.#refuse(conversation, id, error);
    }
  }

  #answer(conversation: Conversation, id: number, value: unknown): void {
    try {
      conversation.batcher.add([Entry.answer, id, value], this.#codec.check(value) + ENVELOPE_BYTES);
    } catch (error) {
      this.#refuse(conversation, id, error);
    }
  }

  #refuse(conversation: Conversation, id: number, thrown: unknown): void {
    const error = errorFrom(thrown);
    conversation.batcher.add([Entry.refusal, id, error], this.#codec.check(error));
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

  #find(endpoint: Endpoint): Conversation | undefined {
    const last = this.#last;
    if (last !== undefined && last.endpoint === endpoint) return last;
    const found = this.#conversations.get(endpoint.peer)?.get(endpoint.server);
    if (found !== undefined) this.#last = found;
    return found;
  }

  /** The conversation with `to`, begun when there is none. @throws {SkeinError} `PEER_LOST`, `RUNTIME_CLOSED` */
  #open(to: Endpoint): Conversation {
    const found = this.#find(to);
    if (found !== undefined && found.carrier.state !== "closed") return found;
    if (this.#closed) throw new SkeinError("RUNTIME_CLOSED", "the peer is closed", { hint: "start another one" });
    const carrier = this.#options.carrierTo(to);
    if (carrier.state === "closed") throw peerLost(to);
    const conversation = new Conversation({
      with: to,
      codec: this.#codec,
      from: this.#selfBytes,
      to: this.#options.table.bytesOf(to),
      carrier,
      endOfTurn: (callback) => this.#options.platform.microtask(callback),
      failed: (entry, error) => this.#unsendable(to, entry, error),
    });
    let servers = this.#conversations.get(to.peer);
    if (servers === undefined) {
      servers = new Map();
      this.#conversations.set(to.peer, servers);
    }
    servers.set(to.server, conversation);
    this.#last = conversation;
    return conversation;
  }

  /** An entry couldn't be encoded when its batch left. */
  #unsendable(to: Endpoint, entry: WireEntry, error: SkeinError): void {
    if (entry[0] === Entry.request || entry[0] === Entry.call) this.#pending.take(entry[1], to)?.reject(error);
    else if (entry[0] === Entry.answer) {
      const conversation = this.#find(to);
      if (conversation !== undefined) this.#refuse(conversation, entry[1], error);
    } else this.#options.logger.warn("message.dropped", { to: endpointKey(to), error });
  }
}

const isThenable = (value: unknown): value is PromiseLike<unknown> =>
  typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";

const isCall = (entry: WireEntry): boolean => entry[0] === Entry.notify || entry[0] === Entry.call;

/** Requests after which nobody knows whether they had their effect when no answer comes. */
const acts = (request: RuntimeRequest): boolean =>
  request.type === "task.deliver" || request.type === "channel.deliver" || request.type === "task.cancel";

const queueFull = (to: Endpoint): SkeinError =>
  new SkeinError("MAILBOX_FULL", `too many messages wait to be sent to ${endpointKey(to)}`, {
    hint: "use deliver, which waits for room, or send less often",
  });

const overloaded = (at: Endpoint): SkeinError =>
  new SkeinError("LINK_OVERLOADED", `too many requests wait at ${endpointKey(at)}`, {
    hint: "wait for answers before asking more",
  });

export const peerLost = (to: Endpoint, cause?: unknown): SkeinError =>
  new SkeinError("PEER_LOST", `${endpointKey(to)} is not connected`, {
    hint: "see peer.events for when it comes back",
    ...(cause === undefined ? {} : { cause }),
  });

const unknownDelivery = (to: Endpoint, cause: Error | undefined): SkeinError =>
  new SkeinError("DELIVERY_UNKNOWN", `no answer from ${endpointKey(to)}; it may have arrived`, {
    hint: "make what you send safe to receive twice, and send it again",
    ...(cause === undefined ? {} : { cause }),
  });

const timeout = (pending: Pending): SkeinError =>
  new SkeinError("TIMEOUT", `no answer from ${endpointKey(pending.to)} in time`, {
    hint: "the other side is busy or unreachable; give it more timeoutMs",
  });
