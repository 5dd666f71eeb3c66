/** All conversations of one process, by the endpoint at their other end. */
import { type Endpoint, endpointKey } from "../contracts/endpoint.ts";
import type { SkeinError } from "../errors.ts";
import type { PeerId, TaskId } from "../ids.ts";
import type { Carrier } from "../link/carrier.ts";
import type { Platform } from "../platform.ts";
import type { Codec } from "../wire/codec.ts";
import { FrameKind, HEADER_BYTES, readU32, setEpochs, writeHeader } from "../wire/frames.ts";
import type { WireEntry } from "../wire/messages.ts";
import { Conversation } from "./conversation.ts";
import type { Batch } from "./entry-order.ts";
import type { EndpointTable } from "./identity.ts";
import { peerLost } from "./router-errors.ts";

export interface ConversationsOptions {
  readonly platform: Platform;
  readonly codec: Codec;
  readonly table: EndpointTable;
  readonly self: Endpoint;
  readonly roles: () => number;
  readonly carrierTo: (to: Endpoint) => Carrier;
  /** An entry couldn't be encoded when its batch left. */
  readonly failed: (to: Endpoint, entry: WireEntry, error: SkeinError) => void;
  /** Takes one entry that came. @throws {SkeinError} `WIRE_INVALID` */
  readonly take: (entry: unknown, from: Endpoint, batch: Batch) => void;
  /** Whether there is a task of this id here. */
  readonly hasTask: (task: TaskId) => boolean;
  /** What came from there later than its place broke the rules of the wire. */
  readonly broken: (from: Endpoint, error: Error) => void;
}

/** Ends told later, because links are busy; of more than these the others learn by their next frame. */
const SAYING_LIMIT = 1024;

export class Conversations {
  readonly #options: ConversationsOptions;
  readonly #selfBytes: Uint8Array;
  /** By peer, then by server number. */
  readonly #byPeer = new Map<string, Map<number, Conversation>>();
  #last: Conversation | undefined;
  /** What waits for a link to say that it is over. */
  readonly #saying = new Set<string>();
  /** Begins anywhere, so that those of one start of a process are not those of another. */
  #lastEpoch: number;

  constructor(options: ConversationsOptions) {
    this.#options = options;
    this.#lastEpoch = readU32(options.platform.randomBytes(4), 0);
    this.#selfBytes = options.table.bytesOf(options.self);
  }

  find(endpoint: Endpoint): Conversation | undefined {
    const last = this.#last;
    if (last !== undefined && last.endpoint === endpoint) return last;
    const found = this.#byPeer.get(endpoint.peer)?.get(endpoint.server);
    if (found !== undefined) this.#last = found;
    return found;
  }

  /** The conversation with `to`, begun when there is none. @throws {SkeinError} `PEER_LOST` */
  open(to: Endpoint): Conversation {
    const found = this.find(to);
    if (found !== undefined && found.carrier.state !== "closed") return found;
    const { codec, table, platform, roles, carrierTo, failed, take, hasTask, broken } = this.#options;
    const carrier = carrierTo(to);
    if (carrier.state === "closed") throw peerLost(table.show(to));
    // 0 stands for none.
    this.#lastEpoch = (this.#lastEpoch + 1) >>> 0 || 1;
    const conversation = new Conversation({
      epoch: this.#lastEpoch,
      roles,
      with: to,
      now: () => platform.now(),
      codec,
      from: this.#selfBytes,
      to: table.bytesOf(to),
      show: () => table.show(to),
      carrier,
      endOfTurn: (callback) => platform.microtask(callback),
      failed: (entry, error) => failed(to, entry, error),
      take: (entry, batch) => take(entry, to, batch),
      hasTask,
      broken: (error) => broken(to, error),
    });
    let servers = this.#byPeer.get(to.peer);
    if (servers === undefined) {
      servers = new Map();
      this.#byPeer.set(to.peer, servers);
    }
    servers.set(to.server, conversation);
    this.#last = conversation;
    return conversation;
  }

  /** Tells `to` that its conversation `epoch` with us is over; it begins another one. */
  sayEnded(to: Endpoint, epoch: number): void {
    const carrier = this.#options.carrierTo(to);
    const frame = new Uint8Array(HEADER_BYTES);
    writeHeader(frame, FrameKind.ended, this.#selfBytes, this.#options.table.bytesOf(to));
    setEpochs(frame, 0, epoch);
    if (carrier.state === "open") carrier.send(frame);
    if (carrier.state !== "busy") return;
    const key = `${endpointKey(to)}#${epoch}`;
    if (this.#saying.has(key) || this.#saying.size >= SAYING_LIMIT) return;
    this.#saying.add(key);
    carrier.whenOpen(() => {
      this.#saying.delete(key);
      if (carrier.state === "open") carrier.send(frame);
    });
  }

  /** Whether anything is being answered, or waits to leave. */
  isBusy(matches: (endpoint: Endpoint) => boolean): boolean {
    return this.#some(matches, ({ busy }) => busy);
  }

  /** Whether anything waits to leave for that peer, or for what is behind it. */
  hasUnsent(peer: PeerId): boolean {
    return this.#with(peer).some(({ unsent }) => unsent);
  }

  /** The same of messages, requests and answers: not of notices between peers. */
  owes(peer: PeerId): boolean {
    return this.#with(peer).some(({ owes }) => owes);
  }

  #with(peer: PeerId): readonly Conversation[] {
    return [...(this.#byPeer.get(peer)?.values() ?? [])];
  }

  #some(matches: (endpoint: Endpoint) => boolean, is: (conversation: Conversation) => boolean): boolean {
    for (const servers of this.#byPeer.values()) {
      for (const conversation of servers.values()) {
        if (matches(conversation.endpoint) && is(conversation)) return true;
      }
    }
    return false;
  }

  /** Ends those that match. @returns what had not left */
  end(matches: (endpoint: Endpoint) => boolean, reason: Error): ReadonlySet<WireEntry> {
    const unsent = new Set<WireEntry>();
    const ended: Conversation[] = [];
    this.#last = undefined;
    for (const [peer, servers] of this.#byPeer) {
      for (const [server, conversation] of servers) {
        if (!matches(conversation.endpoint)) continue;
        servers.delete(server);
        for (const entry of conversation.end(reason)) unsent.add(entry);
        ended.push(conversation);
      }
      if (servers.size === 0) this.#byPeer.delete(peer);
    }
    // What listens to it may send at once: not while this goes round.
    for (const conversation of ended) conversation.endAnswers(reason);
    return unsent;
  }

  /** Sends what is queued, as far as the links take it. */
  flush(): void {
    for (const servers of this.#byPeer.values()) {
      for (const { batcher } of servers.values()) batcher.flush();
    }
  }
}
