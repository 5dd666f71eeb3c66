/** One process's end of all its conversations: posts, requests and procedures out; what arrives to its runtime. */
import { type Endpoint, type Location, type Role, endpointKey, sameEndpoint } from "../contracts/endpoint.ts";
import type { CallOptions, Caller, NotifyOptions, ProcedureOptions, Procedures } from "../contracts/procedures.ts";
import type { Inbound, Router, RuntimeMessage, RuntimeRequest } from "../contracts/router.ts";
import type { Operation } from "../contracts/operation.ts";
import type { WaitOptions } from "../contracts/wait.ts";
import { CALL_TIMEOUT_MS } from "../defaults.ts";
import { SkeinError } from "../errors.ts";
import type { PeerId } from "../ids.ts";
import { isProcedure } from "../link/batcher.ts";
import type { Carrier } from "../link/carrier.ts";
import type { Logger } from "../logger.ts";
import type { Platform } from "../platform.ts";
import type { Codec } from "../wire/codec.ts";
import {
  FROM_OFFSET,
  FrameFlag,
  FrameKind,
  frameCredit,
  frameEpoch,
  frameFlags,
  frameKind,
  frameOtherEpoch,
  frameRoles,
  invalidFrame,
  payloadOf,
} from "../wire/frames.ts";
import { Entry, type WireEntry } from "../wire/messages.ts";
import { parseEntry, parseLost } from "../wire/schema.ts";
import type { Conversation } from "./conversation.ts";
import type { Bulk } from "./bulk.ts";
import { Conversations } from "./conversations.ts";
import { ENVELOPE_BYTES, EntryServer } from "./entry-server.ts";
import type { Batch } from "./entry-order.ts";
import type { EndpointTable } from "./identity.ts";
import { rolesOfMask } from "./membership.ts";
import { PendingRequests } from "./pending.ts";
import { ProcedureTable } from "./procedure-table.ts";
import { RequestSender, acts, ask } from "./request-sender.ts";
import { queueMessage } from "./message-queue.ts";
import { beganAnew, overloaded, unknownDelivery } from "./router-errors.ts";

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
  readonly #requests: RequestSender;
  readonly #lostListeners = new Set<LostListener>();
  #closed = false;

  constructor(options: RouterOptions) {
    const { self, codec, inbound, logger, platform } = options;
    this.#options = options;
    this.self = self;
    this.#codec = codec;
    this.#inbound = inbound;
    this.#pending = new PendingRequests(platform, (id, pending) => this.#requests.expire(id, pending, undefined));
    this.#conversations = new Conversations({
      ...options,
      roles: options.ownRoles,
      failed: (to, entry, error) => this.#server.unsendable(to, entry, error),
      take: (entry, from, batch) => this.#take(entry, from, batch),
      hasTask: (task) => inbound.hasTask?.(task) ?? false,
      broken: (from, error) => {
        logger.warn("endpoint.misbehaved", { endpoint: endpointKey(from), error });
        this.drop(from, error);
      },
    });
    this.#server = new EntryServer({
      self,
      show: (endpoint) => this.show(endpoint),
      inbound,
      codec,
      logger,
      conversations: this.#conversations,
      pending: this.#pending,
      procedures: this.#procedures,
      overflow: (endpoint, error) => this.#overflow(endpoint, error),
    });
    this.#requests = new RequestSender({
      platform,
      show: (endpoint) => this.show(endpoint),
      codec,
      pending: this.#pending,
      conversations: this.#conversations,
      open: (to) => this.#open(to),
    });
  }

  locationOf(endpoint: Endpoint): Location {
    return this.#options.locationOf(endpoint);
  }

  show(endpoint: Endpoint): string {
    return this.#options.table.show(endpoint);
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
    if (!queueMessage(conversation, message, this.#codec, () => this.show(to))) {
      this.#overflow(to, overloaded(this.show(to)));
    }
  }

  request(to: Endpoint, request: RuntimeRequest, options: WaitOptions = {}): Operation<unknown> {
    if (this.#isSelf(to)) return ask(() => this.#inbound.request(request, to));
    const id = this.#pending.nextId();
    return this.#requests.send(to, id, [Entry.request, id, request], acts(request), options);
  }

  handle<A>(name: string, options: ProcedureOptions<A>, handler: (args: A, caller: Caller) => unknown): Disposable {
    return this.#procedures.add(name, options, handler);
  }

  call(to: Endpoint, name: string, args: unknown, options: CallOptions = {}): Operation<unknown> {
    if (this.#isSelf(to)) {
      const run = (): unknown => this.#procedures.run(name, this.#copy(args), to, this.#options.ownRoles());
      return ask(run, options.onAnswer);
    }
    const id = this.#pending.nextId();
    const timeoutMs = options.timeoutMs ?? CALL_TIMEOUT_MS;
    return this.#requests.send(to, id, [Entry.call, id, name, args], false, { ...options, timeoutMs });
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
      const conversation = this.#open(to);
      if (conversation.overloaded) return this.#overflow(to, overloaded(this.show(to)));
      const entry: WireEntry = [Entry.notify, name, args];
      if (options?.onFailed !== undefined) this.#server.onFailed(entry, options.onFailed);
      conversation.add(entry, bytes + ENVELOPE_BYTES);
    } catch (error) {
      // A lost peer is told by `lost`; a notice to it is nobody's error.
      this.#options.logger.debug("procedure.dropped", { name, to: endpointKey(to), error });
    }
  }

  tryNotify(to: Endpoint, name: string, args: unknown, options: NotifyOptions = {}): void {
    const bytes = options.bytes ?? this.#codec.check(args);
    if (!this.#isSelf(to) && this.#open(to).crowded) throw overloaded(this.show(to));
    this.notify(to, name, args, { ...options, bytes });
  }

  /** Transfers piece by piece, both ways: the number of one goes to the other side in a call, which begins it. */
  readonly bulk: Bulk = {
    writer: (to) => this.#open(to).transfers.writer(),
    reader: (from, id) => this.#open(from).transfers.reader(id),
  };

  /** Takes a frame addressed to this process. @throws {SkeinError} `WIRE_INVALID`: whoever brought it breaks the rules */
  receive(frame: Uint8Array): void {
    if (this.#closed) return;
    const from = this.#options.table.read(frame, FROM_OFFSET);
    const kind = frameKind(frame);
    if (kind === FrameKind.credit || kind === FrameKind.ended) {
      const meant = this.#conversations.find(from);
      if (meant?.epoch !== frameOtherEpoch(frame)) return;
      if (kind === FrameKind.credit) return meant.credited(frame);
      return this.lost((endpoint) => sameEndpoint(endpoint, from), beganAnew(this.show(from)));
    }
    if (kind === FrameKind.bulk) return this.#conversations.find(from)?.takeBulk(frame);
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
    const conversation = this.#meant(frame, from);
    if (conversation === undefined) return;
    conversation.batcher.credited(frameCredit(frame));
    const { entries, partly } = this.#codec.decodeEntries(payloadOf(frame));
    const roles = frameRoles(frame);
    conversation.roles = roles;
    // What a host said in its name, the other has not counted.
    const bytes = frameEpoch(frame) === 0 ? 0 : frame.byteLength;
    const ahead = (frameFlags(frame) & FrameFlag.ahead) !== 0;
    conversation.order.take({ entries, partly, roles, calls: kind === FrameKind.procedures, bytes, ahead });
  }

  #take(value: unknown, from: Endpoint, { partly, roles, calls }: Batch): void {
    const readable = partly ? this.#server.takePartly(value, from, roles, calls) : value;
    if (readable === undefined) return;
    const entry = parseEntry(readable);
    if (isProcedure(entry) !== calls) throw invalidFrame("a frame holds entries of another kind");
    this.#server.take(entry, from, roles, partly);
  }

  /** The conversation a frame belongs to; `undefined` when that one is over here. */
  #meant(frame: Uint8Array, from: Endpoint): Conversation | undefined {
    const epoch = frameEpoch(frame);
    const own = frameOtherEpoch(frame);
    let conversation = this.#conversations.find(from);
    if (own !== 0 && own !== conversation?.epoch) {
      // It doesn't know yet that we have ended it: counts of bytes and what was dropped would never agree again.
      if (epoch !== 0) this.#conversations.sayEnded(from, epoch);
      return undefined;
    }
    if (epoch === 0) return conversation ?? this.#open(from);
    if (conversation !== undefined && conversation.otherEpoch !== 0 && conversation.otherEpoch !== epoch) {
      this.lost((endpoint) => sameEndpoint(endpoint, from), beganAnew(this.show(from)));
    }
    conversation = this.#open(from);
    conversation.otherEpoch = epoch;
    return conversation;
  }

  /** Whether anything stands between this process and those endpoints that would be lost with their session. */
  holds(matches: (endpoint: Endpoint) => boolean): boolean {
    return this.#pending.has(matches) || this.#conversations.isBusy(matches) || this.#inbound.holds(matches);
  }

  /** Whether anything for that peer, or for what is behind it, waits to leave. */
  hasUnsent(peer: PeerId): boolean {
    return this.#conversations.hasUnsent(peer);
  }

  /** The same of messages, requests and answers: not of notices between peers. */
  owes(peer: PeerId): boolean {
    return this.#conversations.owes(peer);
  }

  /** Ends what is between this process and `endpoint`, and tells it. */
  drop(endpoint: Endpoint, error: Error): void {
    const epoch = this.#conversations.find(endpoint)?.otherEpoch ?? 0;
    if (epoch !== 0) this.#conversations.sayEnded(endpoint, epoch);
    this.lost((other) => sameEndpoint(other, endpoint), error);
  }

  /** Nothing will come from these endpoints any more: requests to them fail, the runtime is told. */
  lost(matches: (endpoint: Endpoint) => boolean, error: Error): void {
    const unsent = this.#conversations.end(matches, error);
    for (const pending of this.#pending.takeAll(matches)) {
      pending.reject(
        pending.acts && !unsent.has(pending.entry) ? unknownDelivery(this.show(pending.to), error) : error,
      );
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
    this.drop(endpoint, error);
  }

  /** @throws {SkeinError} `PEER_LOST`, `RUNTIME_CLOSED` */
  #open(to: Endpoint): Conversation {
    if (this.#closed) throw new SkeinError("RUNTIME_CLOSED", "the peer is closed", { hint: "start another one" });
    return this.#conversations.open(to);
  }
}
