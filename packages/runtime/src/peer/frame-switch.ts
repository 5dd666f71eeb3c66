/**
 * Where a frame goes, decided by its header alone: to this process, to a server process behind it, to a peer.
 * It also decides who may say what: a link brings only frames from its own endpoint.
 */
import { type Endpoint, endpointKey } from "../contracts/endpoint.ts";
import type { Link } from "../contracts/link.ts";
import { type SkeinError, errorFrom } from "../errors.ts";
import type { PeerId } from "../ids.ts";
import type { Carrier } from "../link/carrier.ts";
import { LinkCarrier } from "../link/link-carrier.ts";
import type { Logger } from "../logger.ts";
import type { Codec } from "../wire/codec.ts";
import {
  FROM_OFFSET,
  FrameKind,
  HEADER_BYTES,
  TO_OFFSET,
  checkFrame,
  frameEpoch,
  frameKind,
  frameRoles,
  fromServer,
  hasKey,
  invalidFrame,
  setRoles,
  toServer,
} from "../wire/frames.ts";
import type { LostNotice } from "../wire/messages.ts";
import { admitFrame } from "./admit-frame.ts";
import { BULK_SOURCE_LIMIT_BYTES, Backlog, BehindBacklog } from "./backlog.ts";
import { checkBulk } from "./bulk-words.ts";
import { HostWords } from "./host-words.ts";
import { type EndpointTable, publicKeyOf } from "./identity.ts";
import { onlyWatches, rolesBehind } from "./server-roles.ts";
import { notLeased, overloadedAt, serverGone, wasAway } from "./router-errors.ts";

export interface FrameSwitchOptions {
  readonly self: PeerId;
  readonly table: EndpointTable;
  readonly codec: Codec;
  readonly logger: Logger;
  /** Roles of this peer's certificate. */
  readonly ownRoles: () => number;
  /** Takes frames for this process. */
  readonly receive: (frame: Uint8Array) => void;
  readonly carrierTo: (peer: PeerId) => Carrier;
  /** An endpoint beyond a peer counts as gone for this process. */
  readonly lost: (endpoint: Endpoint, error: Error) => void;
  /** Ends the session with a peer that sends on without credit. */
  readonly overloadedBy: (peer: PeerId, error: SkeinError) => void;
}

interface Server {
  readonly link: Link;
  readonly carrier: LinkCarrier;
  readonly backlog: Backlog;
  /** Bulk, which waits for messages. */
  readonly bulk: Backlog;
  readonly allowControl: (from: Endpoint) => boolean;
  readonly contacts: Contacts;
}

/** Everybody who exchanged frames with a server process, to be told when it is gone; and in which conversation. */
type Contacts = Map<string, { readonly endpoint: Endpoint; readonly epoch: number }>;

export class FrameSwitch {
  readonly #options: FrameSwitchOptions;
  readonly #selfKey: Uint8Array;
  readonly #words: HostWords;
  readonly #servers = new Map<number, Server>();
  /** By server number, whom the last process there that is gone talked with. */
  readonly #ended = new Map<number, Contacts>();
  /** Of processes that were taken from their place, and may come back: whom they talked with. */
  readonly #left = new WeakMap<Link, ReadonlySet<PeerId>>();
  readonly #toPeers = new Map<PeerId, Backlog>();
  readonly #bulkToPeers = new Map<PeerId, Backlog>();

  constructor(options: FrameSwitchOptions) {
    this.#options = options;
    this.#selfKey = publicKeyOf(options.self);
    this.#words = new HostWords(options);
  }

  /**
   * Puts a server process behind this peer, as `self/server`; in place of one that was there. One that comes back hears
   * that what it had with others is over: they were told so when it left, and nothing reached it meanwhile.
   */
  attach(server: number, link: Link, allowControl: (from: Endpoint) => boolean): Disposable {
    const carrier = new LinkCarrier(link);
    const backlog = this.#backlog(carrier);
    const bulk = this.#bulkBacklog(new BehindBacklog(carrier, backlog));
    const entry: Server = { link, carrier, backlog, bulk, allowControl, contacts: new Map() };
    this.#servers.set(server, entry);
    for (const peer of this.#left.get(link) ?? []) {
      const error = wasAway(this.#options.table.show({ peer, server: 0 }));
      entry.backlog.send(this.#notice({ peer: this.#options.self, server }, { peer, error }));
    }
    link.receive((frame) => {
      try {
        this.#fromServer(frame, server, entry);
      } catch (error) {
        this.#options.logger.warn("server.misbehaved", { server, error });
        link.abort(errorFrom(error));
      }
    });
    return {
      [Symbol.dispose]: () => {
        if (this.#servers.get(server) === entry) this.lostServer(server, this.#gone(server));
      },
    };
  }

  /** The way from this process to one of its server processes. */
  serverCarrier(server: number): Carrier {
    return this.#servers.get(server)?.carrier ?? CLOSED;
  }

  /** Takes a frame from an authenticated peer. @throws {SkeinError} `WIRE_INVALID`: the session must end */
  fromPeer(frame: Uint8Array, peer: PeerId, rolesMask: number): void {
    admitFrame(frame, peer, rolesMask, this.#options.table, this.#selfKey);
    const server = toServer(frame);
    if (server !== 0) this.#toServer(frame, server, peer);
    else if (fromServer(frame) === 0) this.#options.receive(frame);
    else this.#receiveForeign(frame);
  }

  /** Whether a server process behind us has talked with that peer, or with one behind it. */
  holds(peer: PeerId): boolean {
    for (const { contacts } of this.#servers.values()) {
      for (const { endpoint } of contacts.values()) if (endpoint.peer === peer) return true;
    }
    return false;
  }

  /** Whether frames of server processes behind us wait to be sent to that peer. */
  forwards(peer: PeerId): boolean {
    return [this.#toPeers.get(peer), this.#bulkToPeers.get(peer)].some((backlog) => backlog?.empty === false);
  }

  /** A peer is gone: every server process behind us is told. */
  lostPeer(peer: PeerId, error: Error): void {
    this.#toPeers.delete(peer);
    this.#bulkToPeers.delete(peer);
    for (const [number, contacts] of this.#ended) {
      forget(contacts, peer);
      if (contacts.size === 0) this.#ended.delete(number);
    }
    for (const [number, server] of this.#servers) {
      forget(server.contacts, peer);
      server.backlog.send(this.#notice({ peer: this.#options.self, server: number }, { peer, error }));
    }
  }

  /** A server process is gone: everybody who talked with it is told. */
  lostServer(server: number, error: Error): void {
    const entry = this.#servers.get(server);
    if (entry === undefined) return;
    this.#servers.delete(server);
    this.#ended.set(server, entry.contacts);
    this.#left.set(entry.link, new Set(Array.from(entry.contacts.values(), ({ endpoint }) => endpoint.peer)));
    for (const { endpoint } of entry.contacts.values()) this.#tell(endpoint, { server, error });
  }

  /** From a server process of another peer: code of others wrote it, so what is wrong with it is not that peer's fault. */
  #receiveForeign(frame: Uint8Array): void {
    try {
      this.#options.receive(frame);
    } catch (error) {
      const from = this.#options.table.read(frame, FROM_OFFSET);
      this.#options.logger.warn("endpoint.misbehaved", { endpoint: endpointKey(from), error });
      this.#options.lost(from, errorFrom(error));
    }
  }

  #fromServer(frame: Uint8Array, server: number, entry: Server): void {
    checkFrame(frame);
    if (!hasKey(frame, FROM_OFFSET, this.#selfKey) || fromServer(frame) !== server) {
      throw invalidFrame(`server ${server} sent a frame in another's name`);
    }
    const kind = frameKind(frame);
    // These two are their header alone.
    const bare = kind === FrameKind.credit || kind === FrameKind.ended;
    if (bare ? frame.byteLength !== HEADER_BYTES : !SERVER_KINDS.has(kind)) {
      throw invalidFrame(`server ${server} sent a frame of another kind`);
    }
    if (kind === FrameKind.bulk) checkBulk(frame);
    setRoles(frame, rolesBehind(this.#options.ownRoles()));
    if (this.#servers.get(server) !== entry) return;
    const to = this.#options.table.read(frame, TO_OFFSET);
    const key = endpointKey(to);
    if (!entry.contacts.has(key)) {
      if (entry.contacts.size >= CONTACTS_LIMIT) return this.#refuseContact(server, entry, to);
      entry.contacts.set(key, { endpoint: to, epoch: UNKNOWN_EPOCH });
    }
    if (to.peer !== this.#options.self) this.#toPeer(frame, to.peer, entry);
    else if (to.server === 0) this.#options.receive(frame);
    else this.#toServer(frame, to.server, undefined);
  }

  #backlog(carrier: Carrier): Backlog {
    return new Backlog(carrier, this.#options.self);
  }

  #bulkBacklog(carrier: Carrier): Backlog {
    return new Backlog(carrier, this.#options.self, BULK_SOURCE_LIMIT_BYTES);
  }

  #toPeer(frame: Uint8Array, peer: PeerId, from: Server): void {
    const bulk = frameKind(frame) === FrameKind.bulk;
    const backlog = bulk ? this.#bulkTo(peer) : this.#backlogTo(peer);
    const over = backlog.send(frame, this.#options.table.read(frame, FROM_OFFSET));
    if (over !== undefined) from.link.abort(overloadedAt(`peer ${this.#options.table.show({ peer, server: 0 })}`));
  }

  #backlogTo(peer: PeerId): Backlog {
    let backlog = this.#toPeers.get(peer);
    if (backlog === undefined) {
      backlog = this.#backlog(this.#options.carrierTo(peer));
      this.#toPeers.set(peer, backlog);
    }
    return backlog;
  }

  #bulkTo(peer: PeerId): Backlog {
    let backlog = this.#bulkToPeers.get(peer);
    if (backlog === undefined) {
      const carrier = this.#options.carrierTo(peer);
      backlog = this.#bulkBacklog(carrier.bulk ?? carrier);
      this.#bulkToPeers.set(peer, backlog);
    }
    return backlog;
  }

  #toServer(frame: Uint8Array, server: number, peer: PeerId | undefined): void {
    const { table } = this.#options;
    const from = table.read(frame, FROM_OFFSET);
    const key = endpointKey(from);
    const epoch = frameEpoch(frame);
    const kind = frameKind(frame);
    const says = kind === FrameKind.messages || kind === FrameKind.procedures;
    const entry = this.#servers.get(server);
    if (entry === undefined) {
      if (says) this.#lose(from, server, epoch, this.#gone(server));
      return;
    }
    if (entry.carrier.state === "closed") {
      // Its host knows in a moment why it ended, and tells all its contacts.
      entry.contacts.set(key, { endpoint: from, epoch });
      return;
    }
    // Sent to the process that was here before, by who didn't know yet that it is gone: not for this one.
    if (epoch !== 0 && this.#ended.get(server)?.get(key)?.epoch === epoch) {
      if (says) this.#tell(from, { server, epoch, error: this.#gone(server) });
      return;
    }
    if (kind === FrameKind.procedures ? !entry.allowControl(from) : onlyWatches(frameRoles(frame))) {
      if (says) this.#refuse(frame, from, server);
      return;
    }
    if (says && entry.contacts.get(key)?.epoch !== epoch) {
      if (entry.contacts.size >= CONTACTS_LIMIT && !entry.contacts.has(key)) {
        return this.#tell(from, { server, epoch, error: overloadedAt(`server ${server}`) });
      }
      entry.contacts.set(key, { endpoint: from, epoch });
    }
    const over = (kind === FrameKind.bulk ? entry.bulk : entry.backlog).send(frame, from);
    if (over === undefined) return;
    const error = overloadedAt(`server ${server}`);
    if (peer === undefined) this.#servers.get(from.server)?.link.abort(error);
    else if (over === "peer" || from.server === 0) this.#options.overloadedBy(peer, error);
    else {
      // A server process of an honest peer: only what it has with this one ends, on both sides.
      this.#lose(from, server, epoch, error);
      entry.contacts.delete(key);
      entry.backlog.send(this.#notice({ peer: this.#options.self, server }, { ...from, error }));
    }
  }

  /** What follows in this conversation is lost too, also when another process is there by then. */
  #lose(from: Endpoint, server: number, epoch: number, error: SkeinError): void {
    let ended = this.#ended.get(server);
    if (ended === undefined && this.#ended.size < ENDED_LIMIT) {
      ended = new Map();
      this.#ended.set(server, ended);
    }
    if (ended !== undefined) {
      const key = endpointKey(from);
      const [oldest] = ended.size >= CONTACTS_LIMIT && !ended.has(key) ? ended.keys() : [];
      if (oldest !== undefined) ended.delete(oldest);
      ended.set(key, { endpoint: from, epoch });
    }
    this.#tell(from, { server, epoch, error });
  }

  /** Answers each call of a frame that may not pass. */
  #refuse(frame: Uint8Array, from: Endpoint, server: number): void {
    const error = notLeased(server, this.#options.table.show(from));
    const { answer, stops } = this.#words.refusals(frame, from, server, error);
    for (const stop of stops) this.#deliverBulk(from, stop);
    if (answer !== undefined) this.#deliver(from, answer);
  }

  /** A server process has more contacts than it may have: this one is lost for it. */
  #refuseContact(server: number, entry: Server, to: Endpoint): void {
    const error = overloadedAt(this.#options.table.show(to));
    entry.backlog.send(this.#notice({ peer: this.#options.self, server }, { ...to, error }));
  }

  #gone(server: number): SkeinError {
    const { table, self } = this.#options;
    return serverGone(table.show({ peer: self, server }));
  }

  #tell(to: Endpoint, what: Omit<LostNotice, "peer">): void {
    this.#deliver(to, this.#notice(to, { peer: this.#options.self, ...what }));
  }

  #notice(to: Endpoint, notice: LostNotice): Uint8Array {
    return this.#words.notice(to, notice);
  }

  #deliverBulk(to: Endpoint, frame: Uint8Array): void {
    if (to.peer !== this.#options.self) this.#bulkTo(to.peer).send(frame);
    else if (to.server === 0) this.#options.receive(frame);
    else this.#servers.get(to.server)?.bulk.send(frame);
  }

  #deliver(to: Endpoint, frame: Uint8Array): void {
    if (to.peer !== this.#options.self) {
      const { state } = this.#options.carrierTo(to.peer);
      // A peer that isn't connected has been told that all of us is gone.
      if (state === "open" || state === "busy") this.#backlogTo(to.peer).send(frame);
    } else if (to.server === 0) this.#options.receive(frame);
    else this.#servers.get(to.server)?.backlog.send(frame);
  }
}

/** Server numbers of which it is remembered whose talk has ended; a node has far fewer lanes. */
const ENDED_LIMIT = 4096;
/** Endpoints that one server process may talk with; more are refused with `LINK_OVERLOADED`. */
export const CONTACTS_LIMIT = 10_000;
/** What a server process may send that has a payload. */
const SERVER_KINDS: ReadonlySet<number> = new Set([FrameKind.messages, FrameKind.procedures, FrameKind.bulk]);
function forget(contacts: Contacts, peer: PeerId): void {
  for (const [key, { endpoint }] of contacts) if (endpoint.peer === peer) contacts.delete(key);
}

/** Of whom only the server process has written to so far. */
const UNKNOWN_EPOCH = -1;

const CLOSED: Carrier = { state: "closed", send: () => {}, whenOpen: () => {} };
