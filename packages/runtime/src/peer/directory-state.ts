/**
 * The directory's core: who is in the cluster, as told by those who keep it. Each keeper has a list of the peers attached
 * to it and of the keepers it shares lists with; every keeper has the lists of all others that can be reached over such
 * links, so that no "no" of one hides the "yes" of another, and what is behind a lost keeper is gone everywhere. Pure.
 */
import { DIRECTORY_KEEPERS_LIMIT, DIRECTORY_PEERS_LIMIT } from "../defaults.ts";
import type { PeerId } from "../ids.ts";
import { DirectoryLists, type List, wholeList } from "./directory-lists.ts";
import type {
  DirectoryAction,
  DirectoryEvent,
  DirectoryRecord,
  KeeperList,
  ListChange,
  ListMessage,
} from "./directory-records.ts";

export interface DirectoryState {
  readonly self: PeerId;
  readonly lists: DirectoryLists;
  /** Lists that are coming in parts, by who sends them. */
  readonly parts: Map<PeerId, { readonly list: KeeperList; readonly records: DirectoryRecord[] }>;
}

/** @param epoch grows with each start of this peer: milliseconds since 1970 are good */
export function createDirectory(own: DirectoryRecord, epoch: number): DirectoryState {
  const lists = new DirectoryLists();
  lists.replace(own.peer, epoch, 0, []);
  lists.apply(own.peer, { type: "record", record: own }, []);
  return { self: own.peer, lists, parts: new Map() };
}

/** Takes one event and says what to do. */
export function decideDirectory(state: DirectoryState, event: DirectoryEvent): DirectoryAction[] {
  const out: DirectoryAction[] = [];
  take(state, event, out);
  return out.filter((action) => !("record" in action) || action.record.peer !== state.self);
}

function take(state: DirectoryState, event: DirectoryEvent, out: DirectoryAction[]): void {
  switch (event.type) {
    case "attached":
      change(state, { type: "record", record: event.record }, out);
      return;
    case "changed":
      if (ownList(state).entries.has(event.peer)) change(state, event, out);
      return;
    case "detached":
      if (event.peer !== state.self && ownList(state).entries.has(event.peer)) {
        change(state, { type: "gone", peer: event.peer }, out);
      }
      return;
    case "linked":
      link(state, event.peer, out);
      return;
    case "unlinked":
      unlink(state, event.peer, out);
      return;
    case "message":
      // Whoever has been let go may still have words under way.
      if (ownList(state).links.has(event.from)) heard(state, event.from, event.message, out);
      return;
    default:
      event satisfies never;
  }
}

/** Changes this peer's own list and tells those it shares it with. */
function change(state: DirectoryState, made: ListChange, out: DirectoryAction[]): void {
  const list = ownList(state);
  state.lists.apply(state.self, made, out);
  list.seq += 1;
  tell(state, { type: "change", keeper: state.self, epoch: list.epoch, seq: list.seq, change: made }, undefined, out);
}

function link(state: DirectoryState, peer: PeerId, out: DirectoryAction[]): void {
  const { links } = ownList(state);
  if (peer === state.self) return;
  if (!links.has(peer)) {
    if (links.size >= DIRECTORY_KEEPERS_LIMIT) return;
    // Those linked before learn of it by the change, the new one by the whole list.
    relink(state, [...links, peer], links, out);
  }
  // Nearest first: a list is kept only by whoever knows the way to its keeper.
  for (const keeper of reachable(state)) send(state, peer, keeper, out);
}

function unlink(state: DirectoryState, peer: PeerId, out: DirectoryAction[]): void {
  const { links } = ownList(state);
  state.parts.delete(peer);
  if (!links.has(peer)) return;
  const left = [...links].filter((one) => one !== peer);
  relink(state, left, left, out);
  dropUnreachable(state, out);
}

function relink(state: DirectoryState, links: readonly PeerId[], to: Iterable<PeerId>, out: DirectoryAction[]): void {
  const list = ownList(state);
  const made: ListChange = { type: "links", links };
  list.seq += 1;
  const message: ListMessage = { type: "change", keeper: state.self, epoch: list.epoch, seq: list.seq, change: made };
  for (const peer of to) out.push({ type: "send", to: peer, message });
  state.lists.apply(state.self, made, out);
}

function heard(state: DirectoryState, from: PeerId, message: ListMessage, out: DirectoryAction[]): void {
  switch (message.type) {
    case "resync":
      send(state, from, message.keeper, out);
      return;
    case "list":
      heardPart(state, from, message, out);
      return;
    case "change":
      heardChange(state, from, message, out);
      return;
    default:
      message satisfies never;
  }
}

function heardPart(
  state: DirectoryState,
  from: PeerId,
  { list, first, last }: ListMessage & { type: "list" },
  out: DirectoryAction[],
): void {
  const begun = first ? { list, records: [] } : state.parts.get(from);
  // A part of a list whose beginning was not wanted.
  if (begun?.list.keeper !== list.keeper) return;
  // What is past the limit is of no use, and whoever sends it is not to fill the memory.
  if (begun.records.length < DIRECTORY_PEERS_LIMIT) begun.records.push(...list.records);
  state.parts.set(from, begun);
  if (!last) return;
  state.parts.delete(from);
  heardList(state, from, { ...list, records: begun.records }, out);
}

function heardList(state: DirectoryState, from: PeerId, list: KeeperList, out: DirectoryAction[]): void {
  if (list.keeper === state.self) {
    outbid(state, list, out);
    return;
  }
  const known = state.lists.get(list.keeper);
  if (known === undefined && state.lists.keeperCount >= DIRECTORY_KEEPERS_LIMIT) {
    out.push({ type: "full", what: "keepers" });
    return;
  }
  if (known !== undefined && !isNewer(list, known)) {
    // It was restarted and its clock went back: it must learn that what it says now looks old.
    if (known.epoch > list.epoch) send(state, from, list.keeper, out);
    return;
  }
  state.lists.install(list, out);
  if (!reachable(state).has(list.keeper)) {
    state.lists.drop(list.keeper, out);
    return;
  }
  for (const peer of ownList(state).links) if (peer !== from) send(state, peer, list.keeper, out);
  dropUnreachable(state, out);
}

function heardChange(
  state: DirectoryState,
  from: PeerId,
  message: ListMessage & { type: "change" },
  out: DirectoryAction[],
): void {
  const { keeper, epoch, seq } = message;
  if (keeper === state.self) return;
  const known = state.lists.get(keeper);
  if (known !== undefined && !isNewer(message, known)) return;
  if (known === undefined || known.epoch !== epoch || seq !== known.seq + 1) {
    out.push({ type: "send", to: from, message: { type: "resync", keeper } });
    return;
  }
  state.lists.apply(keeper, message.change, out);
  known.seq = seq;
  tell(state, message, from, out);
  if (message.change.type === "links") dropUnreachable(state, out);
}

/** Somebody holds a list of ours that looks newer than what we say, from before a restart: say it anew, above that. */
function outbid(state: DirectoryState, theirs: KeeperList, out: DirectoryAction[]): void {
  const list = ownList(state);
  if (!isNewer(theirs, list)) return;
  list.epoch = theirs.epoch + 1;
  for (const peer of list.links) send(state, peer, state.self, out);
}

function tell(state: DirectoryState, message: ListMessage, except: PeerId | undefined, out: DirectoryAction[]): void {
  for (const to of ownList(state).links) if (to !== except) out.push({ type: "send", to, message });
}

/** Weight of what goes in one part of a list: each record and each name counts as one. */
const PART_WEIGHT = 2000;

/** Sends the whole list of a keeper, in parts. */
function send(state: DirectoryState, to: PeerId, keeper: PeerId, out: DirectoryAction[]): void {
  const list = state.lists.get(keeper);
  if (list === undefined) return;
  const whole = wholeList(keeper, list);
  let from = 0;
  do {
    let end = from;
    let weight = 0;
    while (end < whole.records.length && (weight === 0 || weight < PART_WEIGHT)) {
      weight += 1 + (whole.records[end]?.names.length ?? 0);
      end += 1;
    }
    const part: KeeperList = { ...whole, records: whole.records.slice(from, end) };
    const last = end >= whole.records.length;
    out.push({ type: "send", to, message: { type: "list", list: part, first: from === 0, last } });
    from = end;
  } while (from < whole.records.length);
}

/** Keepers in the order of their distance: over links that the nearer ones tell of. */
function reachable(state: DirectoryState): ReadonlySet<PeerId> {
  const found = new Set<PeerId>([state.self]);
  // A set is walked in the order in which it grows.
  for (const keeper of found) for (const peer of state.lists.get(keeper)?.links ?? []) found.add(peer);
  return found;
}

function dropUnreachable(state: DirectoryState, out: DirectoryAction[]): void {
  const found = reachable(state);
  for (const [keeper] of state.lists.keepers()) if (!found.has(keeper)) state.lists.drop(keeper, out);
}

const isNewer = (
  one: { readonly epoch: number; readonly seq: number },
  other: { readonly epoch: number; readonly seq: number },
): boolean => one.epoch > other.epoch || (one.epoch === other.epoch && one.seq > other.seq);

function ownList(state: DirectoryState): List {
  // Made with the state and never dropped: this peer is always reachable.
  return state.lists.get(state.self) as List;
}
