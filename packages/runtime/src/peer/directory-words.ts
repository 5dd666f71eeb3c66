/** What peers say to each other about the directory, narrowed at this one place. */
import * as z from "valibot";
import type { Role } from "../contracts/endpoint.ts";
import { DIRECTORY_KEEPERS_LIMIT, DIRECTORY_NAMES_LIMIT, DIRECTORY_PEERS_LIMIT } from "../defaults.ts";
import { isPeerId, type PeerId } from "../ids.ts";
import { ADDRESSES_LIMIT, NAME_LIMIT } from "../wire/limits.ts";
import { object, parseAs } from "../wire/parse.ts";
import type {
  DirectoryName,
  DirectoryRecord,
  KeeperList,
  ListChange,
  ListMessage,
  RecordChange,
} from "./directory-records.ts";
import { isRole } from "./membership.ts";

export type Kind = "task" | "channel" | "service";

/** What is looked for: a name, a peer by its name, or a peer by its id. */
export interface FindRequest {
  readonly name?: string;
  readonly kind?: Kind;
  readonly peerName?: string;
  readonly peer?: PeerId;
  /** Only what the peer asked holds itself. */
  readonly own?: boolean;
  /** Wait until there is something newer than the change of this number; absent: answer at once. */
  readonly after?: number;
}

/** One that was found: a process that holds the name, or a peer. */
export interface Found {
  readonly peer: PeerId;
  readonly server: number;
  readonly kind?: Kind;
  readonly addresses: readonly string[];
}

export interface FindAnswer {
  readonly found: readonly Found[];
  /** To ask for what is newer than this. */
  readonly change: number;
}

/** Peers that joined or left since the last note. All of them come in notes of which one is the first and one the last. */
export interface MembersNote {
  readonly joined: readonly { readonly peer: PeerId; readonly name: string; readonly roles: readonly Role[] }[];
  readonly left: readonly PeerId[];
  readonly first: boolean;
  readonly last: boolean;
}

const peerId = z.custom<PeerId>(isPeerId);
const text = z.pipe(z.string(), z.maxLength(NAME_LIMIT));
const count = z.pipe(z.number(), z.safeInteger(), z.minValue(0));
const kind = z.picklist(["task", "channel", "service"]);
const roles = z.pipe(z.array(z.custom<Role>(isRole)), z.maxLength(16));
const addresses = z.pipe(z.array(z.pipe(z.string(), z.maxLength(NAME_LIMIT * 2))), z.maxLength(ADDRESSES_LIMIT));

const name: z.GenericSchema<unknown, DirectoryName> = object({
  name: text,
  kind,
  server: count,
  who: z.exactOptional(roles),
});
const names = z.pipe(z.array(name), z.maxLength(DIRECTORY_NAMES_LIMIT));
const record: z.GenericSchema<unknown, DirectoryRecord> = object({
  peer: peerId,
  name: text,
  roles,
  addresses,
  names,
});
const recordChange: z.GenericSchema<unknown, RecordChange> = object({
  added: names,
  removed: names,
  addresses: z.exactOptional(addresses),
});
const links = z.pipe(z.array(peerId), z.maxLength(DIRECTORY_KEEPERS_LIMIT));
const listChange: z.GenericSchema<unknown, ListChange> = z.variant("type", [
  object({ type: z.literal("record"), record }),
  object({ type: z.literal("changed"), peer: peerId, change: recordChange }),
  object({ type: z.literal("gone"), peer: peerId }),
  object({ type: z.literal("links"), links }),
]);
const list: z.GenericSchema<unknown, KeeperList> = object({
  keeper: peerId,
  epoch: count,
  seq: count,
  links,
  records: z.pipe(z.array(record), z.maxLength(DIRECTORY_PEERS_LIMIT)),
});
const listMessage: z.GenericSchema<unknown, ListMessage> = z.variant("type", [
  object({ type: z.literal("list"), list, first: z.boolean(), last: z.boolean() }),
  object({ type: z.literal("change"), keeper: peerId, epoch: count, seq: count, change: listChange }),
  object({ type: z.literal("resync"), keeper: peerId }),
]);
const findRequest: z.GenericSchema<unknown, FindRequest> = object({
  name: z.exactOptional(text),
  kind: z.exactOptional(kind),
  peerName: z.exactOptional(text),
  peer: z.exactOptional(peerId),
  own: z.exactOptional(z.boolean()),
  after: z.exactOptional(count),
});
const findAnswer: z.GenericSchema<unknown, FindAnswer> = object({
  found: z.pipe(
    z.array(object({ peer: peerId, server: count, kind: z.exactOptional(kind), addresses })),
    z.maxLength(DIRECTORY_PEERS_LIMIT),
  ),
  change: count,
});
const membersNote: z.GenericSchema<unknown, MembersNote> = object({
  joined: z.pipe(z.array(object({ peer: peerId, name: text, roles })), z.maxLength(DIRECTORY_PEERS_LIMIT)),
  left: z.pipe(z.array(peerId), z.maxLength(DIRECTORY_PEERS_LIMIT)),
  first: z.boolean(),
  last: z.boolean(),
});

export const parseRecord = (value: unknown): DirectoryRecord => parseAs(record, value);
export const parseRecordChange = (value: unknown): RecordChange => parseAs(recordChange, value);
export const parseListMessage = (value: unknown): ListMessage => parseAs(listMessage, value);
export const parseFind = (value: unknown): FindRequest => parseAs(findRequest, value);
export const parseFound = (value: unknown): FindAnswer => parseAs(findAnswer, value);
export const parseMembers = (value: unknown): MembersNote => parseAs(membersNote, value);
export const parseObserved = (value: unknown): string =>
  parseAs(z.pipe(z.string(), z.maxLength(NAME_LIMIT * 2)), value);
export const parseFlag = (value: unknown): boolean => parseAs(z.boolean(), value);
export const parseNames = (value: unknown): Pick<RecordChange, "added" | "removed"> => {
  const { added, removed } = parseAs(recordChange, value);
  return { added, removed };
};
