/** Who is in the cluster, told as events while somebody reads them: by a peer that keeps the directory, or from its own lists. */
import type { Procedures } from "../contracts/procedures.ts";
import { onlyLooksOn } from "../message/service-access.ts";
import type { PeerId } from "../ids.ts";
import type { DirectoryRecord } from "./directory-records.ts";
import { type MembersNote, parseFlag, parseMembers } from "./directory-words.ts";
import type { PeerEvent } from "./events.ts";

/** Asks a keeper to tell of members, or not to any more. */
const WATCH = "directory.watch";
const MEMBERS = "directory.members";
/** Members told of in one note. */
const NOTE_LIMIT = 1000;

/** A member, as it is told. */
type Shown = Pick<DirectoryRecord, "peer" | "name" | "roles">;

export interface MembersOptions {
  readonly self: PeerId;
  readonly procedures: Procedures;
  /** Keepers of the directory that this peer is attached to. */
  readonly seeds: () => readonly PeerId[];
  /** Everybody in this peer's own lists. */
  readonly records: () => Iterable<DirectoryRecord>;
  readonly emit: (event: PeerEvent) => void;
}

export class Members {
  readonly #options: MembersOptions;
  /** Those this peer has told of as joined. */
  readonly #told = new Map<PeerId, Shown>();
  /** Those being told whole, until the last part has come. */
  #whole: Map<PeerId, Shown> | undefined;
  /** Peers that want to be told. */
  readonly #watchers = new Set<PeerId>();
  #read = false;
  #source: PeerId | undefined;

  constructor(options: MembersOptions) {
    this.#options = options;
    const { procedures } = options;
    procedures.handle(WATCH, { parse: parseFlag }, (on, { endpoint, roles }) => {
      this.#watchers.delete(endpoint.peer);
      // Viewers and tabs see what they take part in.
      if (on && endpoint.server === 0 && !onlyLooksOn(roles)) this.#tellAll(endpoint.peer);
    });
    procedures.handle(MEMBERS, { parse: parseMembers }, (note, { endpoint }) => {
      if (endpoint.peer === this.#source) this.#heard(note);
    });
  }

  /** What is known now; from now on changes are told. */
  present(): readonly PeerEvent[] {
    if (!this.#read) {
      this.#read = true;
      this.sourcesChanged();
    }
    return Array.from(this.#told.values(), joined);
  }

  /** Others can be asked than before. */
  sourcesChanged(): void {
    if (!this.#read) return;
    const seeds = this.#options.seeds();
    if (this.#source !== undefined && seeds.includes(this.#source)) return;
    this.#source = seeds[0];
    this.#whole = undefined;
    if (this.#source === undefined) this.#become(new Map([...this.#options.records()].map((one) => [one.peer, one])));
    else this.#options.procedures.notify({ peer: this.#source, server: 0 }, WATCH, true);
  }

  /** In this peer's own lists. */
  joined(record: DirectoryRecord): void {
    const { peer, name, roles } = record;
    this.#tell([{ peer, name, roles }], []);
    if (this.#read && this.#source === undefined) this.#add(record);
  }

  left(peer: PeerId): void {
    this.#tell([], [peer]);
    if (this.#read && this.#source === undefined) this.#remove(peer);
  }

  /** The session with this peer is over. */
  lost(peer: PeerId): void {
    this.#watchers.delete(peer);
  }

  #heard({ joined: come, left: gone, first, last }: MembersNote): void {
    if (first) this.#whole = new Map();
    const whole = this.#whole;
    for (const one of come)
      if (whole === undefined) this.#add(one);
      else whole.set(one.peer, one);
    for (const peer of gone)
      if (whole === undefined) this.#remove(peer);
      else whole.delete(peer);
    if (whole === undefined || !last) return;
    this.#whole = undefined;
    this.#become(whole);
  }

  #become(members: ReadonlyMap<PeerId, Shown>): void {
    for (const peer of this.#told.keys()) if (!members.has(peer)) this.#remove(peer);
    for (const member of members.values()) this.#add(member);
  }

  #add(member: Shown): void {
    if (member.peer === this.#options.self || this.#told.has(member.peer)) return;
    this.#told.set(member.peer, member);
    this.#options.emit(joined(member));
  }

  #remove(peer: PeerId): void {
    const name = this.#told.get(peer)?.name;
    if (name !== undefined && this.#told.delete(peer)) this.#options.emit({ type: "left", peer, name });
  }

  #tellAll(to: PeerId): void {
    const all = Array.from(this.#options.records(), ({ peer, name, roles }): Shown => ({ peer, name, roles }));
    let from = 0;
    do {
      const part = all.slice(from, from + NOTE_LIMIT);
      const last = from + NOTE_LIMIT >= all.length;
      this.#note(to, { joined: part, left: [], first: from === 0, last });
      from += NOTE_LIMIT;
    } while (from < all.length);
    this.#watchers.add(to);
  }

  #tell(come: readonly Shown[], gone: readonly PeerId[]): void {
    for (const watcher of this.#watchers) this.#note(watcher, { joined: come, left: gone, first: false, last: true });
  }

  #note(to: PeerId, note: MembersNote): void {
    this.#options.procedures.notify({ peer: to, server: 0 }, MEMBERS, note);
  }
}

const joined = ({ peer, name, roles }: Shown): PeerEvent => ({ type: "joined", peer, name, roles });
