/** The directory at one peer: keeps what those attached to it tell, shares it with other keepers, answers who asks. */
import { SEED_LINKS } from "../defaults.ts";
import type { Endpoint, Role } from "../contracts/endpoint.ts";
import type { Caller, Procedures } from "../contracts/procedures.ts";
import type { PeerId } from "../ids.ts";
import type { Logger } from "../logger.ts";
import type { NameTable } from "../message/names.ts";
import { onlyLooksOn } from "../message/service-access.ts";
import type { Platform } from "../platform.ts";
import { Deferred } from "../task/deferred.ts";
import type {
  DirectoryAction,
  DirectoryEvent,
  DirectoryName,
  DirectoryRecord,
  RecordChange,
} from "./directory-records.ts";
import { createDirectory, decideDirectory, type DirectoryState } from "./directory-state.ts";
import { DirectorySearches } from "./directory-searches.ts";
import {
  type FindAnswer,
  type FindRequest,
  parseFind,
  parseFlag,
  parseListMessage,
  parseNames,
  parseRecord,
  parseRecordChange,
} from "./directory-words.ts";
import { NameBatch } from "./name-batch.ts";

/** Tells a keeper all about the peer that sends it. */
const ATTACH = "directory.attach";
const CHANGE = "directory.change";
/** From now on both share their lists. */
const LINK = "directory.link";
const LISTS = "directory.lists";
export const FIND = "directory.find";
/** A server process tells its node which names it has. */
export const NAMES = "directory.names";

export type OwnRecord = Omit<DirectoryRecord, "names">;

export interface DirectoryOptions {
  readonly platform: Platform;
  readonly logger: Logger;
  readonly procedures: Procedures;
  readonly names: NameTable;
  /** What this peer is now. */
  readonly record: () => OwnRecord;
  /** The peers to be asked are others than before. */
  readonly onSeeds: () => void;
  readonly onJoined: (record: DirectoryRecord) => void;
  readonly onLeft: (peer: PeerId, name: string) => void;
}

export class Directory {
  readonly #options: DirectoryOptions;
  readonly #state: DirectoryState;
  readonly #self: PeerId;
  readonly #own: NameBatch;
  readonly #watch: Disposable;
  readonly #searches: DirectorySearches;
  /** Connected peers that may be attached to, in the order in which they came; true: those this one is attached to. */
  readonly #candidates = new Map<PeerId, boolean>();
  #addresses: readonly string[] = [];

  constructor(options: DirectoryOptions) {
    const { platform, procedures, names } = options;
    this.#options = options;
    const own = options.record();
    this.#self = own.peer;
    this.#addresses = own.addresses;
    this.#state = createDirectory({ ...own, names: [] }, platform.wallMs());
    this.#searches = new DirectorySearches(this.#self, this.#state.lists);
    this.#own = new NameBatch(platform, (added, removed) => this.#ownChanged(added, removed));
    this.#watch = names.watch({
      registered: (name, kind, who) => this.#own.add({ name, kind, server: 0, ...(who === undefined ? {} : { who }) }),
      freed: (name, kind) => this.#own.remove({ name, kind, server: 0 }),
    });
    procedures.handle(ATTACH, { parse: parseRecord }, (record, caller) => this.#attach(record, caller));
    procedures.handle(CHANGE, { parse: parseRecordChange }, (change, { endpoint, roles }) => {
      const told = mayOffer(roles) ? change : { ...change, added: [] };
      if (isPeer(endpoint)) this.#do({ type: "changed", peer: endpoint.peer, change: told });
    });
    procedures.handle(LINK, { parse: parseFlag }, (_flag, caller) => this.#linkedBy(caller));
    procedures.handle(LISTS, { parse: parseListMessage }, (message, { endpoint }) => {
      if (isPeer(endpoint)) this.#do({ type: "message", from: endpoint.peer, message });
    });
    procedures.handle(FIND, { parse: parseFind }, (request, caller) => this.#asked(request, caller));
    procedures.handle(NAMES, { parse: parseNames }, ({ added, removed }, { endpoint }) => {
      if (endpoint.peer !== this.#self || endpoint.server === 0) return;
      // Each process speaks for itself.
      for (const held of removed) this.#own.remove({ ...held, server: endpoint.server });
      for (const held of added) this.#own.add({ ...held, server: endpoint.server });
    });
    procedures.onLost((matches) => this.#resend(matches));
  }

  /** Peers this one is attached to: they are asked for names. */
  get seeds(): readonly PeerId[] {
    return [...this.#candidates].flatMap(([peer, attached]) => (attached ? [peer] : []));
  }

  isSeed(peer: PeerId): boolean {
    return this.#candidates.get(peer) === true;
  }

  /** Whether a peer keeps its record here. */
  isAttached(peer: PeerId): boolean {
    return peer !== this.#self && (this.#state.lists.get(this.#self)?.entries.has(peer) ?? false);
  }

  /** Everybody this peer knows of by the lists it keeps. */
  records(): Iterable<DirectoryRecord> {
    return this.#state.lists.records();
  }

  /** A connected peer that stays connected: one to be found by. */
  offer(peer: PeerId): void {
    if (this.#candidates.has(peer)) return;
    this.#candidates.set(peer, false);
    this.#choose();
  }

  /** Its session is over. */
  lost(peer: PeerId): void {
    const attached = this.#candidates.get(peer);
    this.#candidates.delete(peer);
    this.#do({ type: "unlinked", peer });
    this.#do({ type: "detached", peer });
    if (attached !== true) return;
    this.#options.onSeeds();
    this.#choose();
  }

  /** A server process of this peer is gone. */
  serverLost(server: number): void {
    const own = this.#state.lists.record(this.#self)?.names ?? [];
    for (const held of own) if (held.server === server) this.#own.remove(held);
  }

  /** Looks whether this peer's addresses or roles are others than told. */
  refresh(): void {
    const { addresses } = this.#options.record();
    if (String(addresses) === String(this.#addresses)) return;
    this.#addresses = addresses;
    this.#tell({ added: [], removed: [], addresses });
  }

  /** What is known here now, or, with `after`, once there is something newer. @throws {SkeinError} `LINK_OVERLOADED` */
  find(request: FindRequest, roles: readonly Role[] | undefined): FindAnswer | Deferred<FindAnswer> {
    this.#own.flush();
    return this.#searches.find(request, roles);
  }

  /** Nobody waits any more for this answer. */
  giveUp(request: FindRequest, answer: Deferred<FindAnswer>): void {
    this.#searches.giveUp(request, answer);
  }

  close(): void {
    this.#watch[Symbol.dispose]();
    this.#own.close();
    this.#searches.close();
    this.#candidates.clear();
  }

  #asked(request: FindRequest, { endpoint, roles, signal }: Caller): unknown {
    const answer = this.find(request, endpoint.peer === this.#self ? undefined : roles);
    if (answer instanceof Deferred) {
      signal?.addEventListener("abort", () => this.giveUp(request, answer), { once: true });
    }
    return answer;
  }

  #attach(record: DirectoryRecord, { endpoint, roles }: Caller): void {
    if (!isPeer(endpoint)) return;
    const first = !this.isKeeper;
    const names = mayOffer(roles) ? record.names : [];
    // Who it is and what it may do is what its certificate says.
    this.#do({ type: "attached", record: { ...record, peer: endpoint.peer, roles, names } });
    if (first) for (const seed of this.seeds) this.#link(seed);
  }

  /** Whether anybody is attached here: then this peer knows what others may ask for. */
  get isKeeper(): boolean {
    return (this.#state.lists.get(this.#self)?.entries.size ?? 0) > 1;
  }

  #linkedBy({ endpoint, roles }: Caller): void {
    // What tabs and viewers say of others is not believed.
    if (!isPeer(endpoint) || onlyLooksOn(roles)) return;
    this.#do({ type: "linked", peer: endpoint.peer });
  }

  #link(seed: PeerId): void {
    this.#options.procedures.notify(at(seed), LINK, true);
    this.#do({ type: "linked", peer: seed });
  }

  #choose(): void {
    for (const [peer, attached] of this.#candidates) {
      if (this.seeds.length >= SEED_LINKS) return;
      if (attached) continue;
      this.#candidates.set(peer, true);
      this.#attachTo(peer);
      this.#options.onSeeds();
    }
  }

  #attachTo(peer: PeerId): void {
    this.#own.flush();
    const names = this.#state.lists.record(this.#self)?.names ?? [];
    const record: DirectoryRecord = { ...this.#options.record(), names };
    this.#options.procedures.notify(at(peer), ATTACH, record);
    if (this.isKeeper) this.#link(peer);
  }

  /** What was under way to a peer is lost, but its session may go on. */
  #resend(matches: (endpoint: Endpoint) => boolean): void {
    const seeds = this.seeds.filter((peer) => matches(at(peer)));
    if (seeds.length === 0) return;
    this.#options.platform.microtask(() => {
      for (const peer of seeds) if (this.#candidates.get(peer) === true) this.#attachTo(peer);
    });
  }

  #ownChanged(added: readonly DirectoryName[], removed: readonly DirectoryName[]): void {
    this.#tell({ added, removed });
  }

  #tell(change: RecordChange): void {
    this.#do({ type: "changed", peer: this.#self, change });
    for (const seed of this.seeds) this.#options.procedures.notify(at(seed), CHANGE, change);
  }

  #do(event: DirectoryEvent): void {
    for (const action of decideDirectory(this.#state, event)) this.#perform(action);
  }

  #perform(action: DirectoryAction): void {
    switch (action.type) {
      case "send":
        this.#options.procedures.notify(at(action.to), LISTS, action.message);
        return;
      case "named":
        this.#searches.named(action.names);
        return;
      case "joined":
        this.#searches.joined(action.record);
        this.#options.onJoined(action.record);
        return;
      case "left":
        this.#options.onLeft(action.peer, action.name);
        return;
      case "full":
        this.#options.logger.warn("directory.full", { what: action.what });
        return;
      default:
        action satisfies never;
    }
  }
}

const at = (peer: PeerId): Endpoint => ({ peer, server: 0 });
/** Viewers offer nothing. */
const mayOffer = (roles: readonly Role[]): boolean => !roles.every((role) => role === "viewer");
const isPeer = (endpoint: Endpoint): boolean => endpoint.server === 0;
