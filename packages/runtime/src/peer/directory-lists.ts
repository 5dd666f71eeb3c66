/** The lists of the keepers that can be reached, with an index of names over all of them. Plain state, no decisions. */
import { DIRECTORY_NAMES_LIMIT, DIRECTORY_PEERS_LIMIT } from "../defaults.ts";
import type { Address, Role } from "../contracts/endpoint.ts";
import type { PeerId } from "../ids.ts";
import type { DirectoryAction, DirectoryName, DirectoryRecord, KeeperList, ListChange } from "./directory-records.ts";

/** A record as it is kept: its names can be changed one by one. */
interface Entry {
  readonly peer: PeerId;
  readonly name: string;
  readonly roles: readonly Role[];
  addresses: readonly Address[];
  readonly names: Map<string, DirectoryName>;
}

export interface List {
  epoch: number;
  seq: number;
  links: ReadonlySet<PeerId>;
  readonly entries: Map<PeerId, Entry>;
}

/** Who holds a name, as one keeper tells it. */
export interface Holding {
  readonly peer: PeerId;
  readonly held: DirectoryName;
}

interface NameEntry {
  /** Number of the last change that gave it a holder. */
  touched: number;
  readonly holdings: Map<string, Holding>;
}

const heldKey = ({ name, kind, server }: DirectoryName): string => `${kind} ${server} ${name}`;
const holdingKey = (keeper: PeerId, peer: PeerId, held: DirectoryName): string => `${keeper} ${peer} ${heldKey(held)}`;

export class DirectoryLists {
  readonly #lists = new Map<PeerId, List>();
  readonly #names = new Map<string, NameEntry>();
  /** By peer, the keepers whose lists hold it. */
  readonly #present = new Map<PeerId, Set<PeerId>>();
  /** Number of the last change that gave a name a holder, or a peer a keeper. */
  changes = 0;

  get(keeper: PeerId): List | undefined {
    return this.#lists.get(keeper);
  }

  keepers(): Iterable<readonly [PeerId, List]> {
    return this.#lists;
  }

  get keeperCount(): number {
    return this.#lists.size;
  }

  /** Every peer that some keeper holds, each once. */
  *records(): Generator<DirectoryRecord, void, undefined> {
    for (const peer of this.#present.keys()) {
      const record = this.record(peer);
      if (record !== undefined) yield record;
    }
  }

  /** What the keepers tell of a peer, together: one that doesn't know a name doesn't hide another that does. */
  record(peer: PeerId): DirectoryRecord | undefined {
    const keepers = this.#present.get(peer);
    if (keepers === undefined) return undefined;
    let merged: DirectoryRecord | undefined;
    for (const keeper of keepers) {
      const entry = this.#lists.get(keeper)?.entries.get(peer);
      if (entry === undefined) continue;
      if (merged === undefined) merged = recordOf(entry);
      else if (merged.addresses.length < entry.addresses.length) merged = { ...merged, addresses: entry.addresses };
    }
    return merged;
  }

  addressesOf(peer: PeerId): readonly Address[] {
    const addresses = new Set<Address>();
    for (const keeper of this.#present.get(peer) ?? []) {
      for (const address of this.#lists.get(keeper)?.entries.get(peer)?.addresses ?? []) addresses.add(address);
    }
    return [...addresses];
  }

  /** Who holds a name, each process once; and the number of the last change that gave it a holder. */
  holdings(name: string): { readonly touched: number; readonly holdings: readonly Holding[] } {
    const entry = this.#names.get(name);
    if (entry === undefined) return { touched: 0, holdings: [] };
    const once = new Map<string, Holding>();
    for (const holding of entry.holdings.values()) once.set(`${holding.peer} ${heldKey(holding.held)}`, holding);
    return { touched: entry.touched, holdings: [...once.values()] };
  }

  /** A new empty list in place of the one there is. */
  replace(keeper: PeerId, epoch: number, seq: number, out: DirectoryAction[]): List {
    this.drop(keeper, out);
    const list: List = { epoch, seq, links: new Set(), entries: new Map() };
    this.#lists.set(keeper, list);
    return list;
  }

  drop(keeper: PeerId, out: DirectoryAction[]): void {
    const list = this.#lists.get(keeper);
    if (list === undefined) return;
    this.#lists.delete(keeper);
    for (const entry of list.entries.values()) this.#forget(keeper, entry, out);
  }

  /** Puts a whole list in place of the one there is; only what differs is told. */
  install({ keeper, epoch, seq, links, records }: KeeperList, out: DirectoryAction[]): void {
    const before = this.#lists.get(keeper);
    const list = before ?? this.replace(keeper, epoch, seq, out);
    const kept = new Set(records.map(({ peer }) => peer));
    for (const peer of list.entries.keys()) if (!kept.has(peer)) this.apply(keeper, { type: "gone", peer }, out);
    for (const record of records) this.apply(keeper, { type: "record", record }, out);
    list.links = new Set(links);
    list.epoch = epoch;
    list.seq = seq;
  }

  apply(keeper: PeerId, change: ListChange, out: DirectoryAction[]): void {
    const list = this.#lists.get(keeper);
    if (list === undefined) return;
    switch (change.type) {
      case "record":
        this.#put(keeper, list, change.record, out);
        return;
      case "changed": {
        const entry = list.entries.get(change.peer);
        if (entry === undefined) return;
        for (const held of change.change.removed) this.#unname(keeper, entry, held);
        this.#name(keeper, entry, change.change.added, out);
        if (change.change.addresses !== undefined) entry.addresses = change.change.addresses;
        return;
      }
      case "gone": {
        const entry = list.entries.get(change.peer);
        list.entries.delete(change.peer);
        if (entry !== undefined) this.#forget(keeper, entry, out);
        return;
      }
      case "links":
        list.links = new Set(change.links);
        return;
      default:
        change satisfies never;
    }
  }

  #put(keeper: PeerId, list: List, record: DirectoryRecord, out: DirectoryAction[]): void {
    const before = list.entries.get(record.peer);
    if (before === undefined && list.entries.size >= DIRECTORY_PEERS_LIMIT) {
      out.push({ type: "full", what: `peers of ${keeper}` });
      return;
    }
    const { peer, name, roles, addresses } = record;
    const entry: Entry = { peer, name, roles, addresses, names: before?.names ?? new Map() };
    const kept = new Set(record.names.map(heldKey));
    for (const [key, held] of entry.names) if (!kept.has(key)) this.#unname(keeper, entry, held);
    list.entries.set(peer, entry);
    const keepers = this.#present.get(peer) ?? new Set();
    const isNew = keepers.size === 0;
    keepers.add(keeper);
    this.#present.set(peer, keepers);
    this.#name(keeper, entry, record.names, out);
    if (!isNew) return;
    this.changes += 1;
    out.push({ type: "joined", record });
  }

  #forget(keeper: PeerId, entry: Entry, out: DirectoryAction[]): void {
    for (const held of entry.names.values()) this.#unname(keeper, entry, held);
    const keepers = this.#present.get(entry.peer);
    keepers?.delete(keeper);
    if (keepers?.size !== 0) return;
    this.#present.delete(entry.peer);
    out.push({ type: "left", peer: entry.peer, name: entry.name });
  }

  #name(keeper: PeerId, entry: Entry, added: readonly DirectoryName[], out: DirectoryAction[]): void {
    const names: string[] = [];
    for (const held of added) {
      const key = heldKey(held);
      const known = entry.names.has(key);
      if (!known && entry.names.size >= DIRECTORY_NAMES_LIMIT) {
        out.push({ type: "full", what: `names of ${entry.peer}` });
        break;
      }
      entry.names.set(key, held);
      let found = this.#names.get(held.name);
      if (found === undefined) {
        found = { touched: 0, holdings: new Map() };
        this.#names.set(held.name, found);
      }
      found.holdings.set(holdingKey(keeper, entry.peer, held), { peer: entry.peer, held });
      if (known) continue;
      this.changes += 1;
      found.touched = this.changes;
      names.push(held.name);
    }
    if (names.length > 0) out.push({ type: "named", names });
  }

  #unname(keeper: PeerId, entry: Entry, held: DirectoryName): void {
    entry.names.delete(heldKey(held));
    const found = this.#names.get(held.name);
    found?.holdings.delete(holdingKey(keeper, entry.peer, held));
    if (found?.holdings.size === 0) this.#names.delete(held.name);
  }
}

const recordOf = ({ peer, name, roles, addresses, names }: Entry): DirectoryRecord => ({
  peer,
  name,
  roles,
  addresses,
  names: [...names.values()],
});

/** The whole list, as it is sent. */
export const wholeList = (keeper: PeerId, { epoch, seq, links, entries }: List): KeeperList => ({
  keeper,
  epoch,
  seq,
  links: [...links],
  records: Array.from(entries.values(), recordOf),
});
