/** What peers say to each other about the directory, narrowed at this one place. */
import * as z from "zod/mini";
import type { Role } from "../contracts/endpoint.ts";
import { DIRECTORY_KEEPERS_LIMIT, DIRECTORY_NAMES_LIMIT, DIRECTORY_PEERS_LIMIT } from "../defaults.ts";
import { isPeerId, type PeerId } from "../ids.ts";
import { ADDRESSES_LIMIT, NAME_LIMIT } from "../wire/limits.ts";
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
const text = z.string().check(z.maxLength(NAME_LIMIT));
const count = z.number().check(z.nonnegative(), z.int());
const kind = z.enum(["task", "channel", "service"]);
const roles = z.array(z.custom<Role>(isRole)).check(z.maxLength(16));
const addresses = z.array(z.string().check(z.maxLength(NAME_LIMIT * 2))).check(z.maxLength(ADDRESSES_LIMIT));

const name: z.ZodMiniType<DirectoryName> = z.object({
  name: text,
  kind,
  server: count,
  who: z.exactOptional(roles),
});
const names = z.array(name).check(z.maxLength(DIRECTORY_NAMES_LIMIT));
const record: z.ZodMiniType<DirectoryRecord> = z.object({ peer: peerId, name: text, roles, addresses, names });
const recordChange: z.ZodMiniType<RecordChange> = z.object({
  added: names,
  removed: names,
  addresses: z.exactOptional(addresses),
});
const links = z.array(peerId).check(z.maxLength(DIRECTORY_KEEPERS_LIMIT));
const listChange: z.ZodMiniType<ListChange> = z.discriminatedUnion("type", [
  z.object({ type: z.literal("record"), record }),
  z.object({ type: z.literal("changed"), peer: peerId, change: recordChange }),
  z.object({ type: z.literal("gone"), peer: peerId }),
  z.object({ type: z.literal("links"), links }),
]);
const list: z.ZodMiniType<KeeperList> = z.object({
  keeper: peerId,
  epoch: count,
  seq: count,
  links,
  records: z.array(record).check(z.maxLength(DIRECTORY_PEERS_LIMIT)),
});
const listMessage: z.ZodMiniType<ListMessage> = z.discriminatedUnion("type", [
  z.object({ type: z.literal("list"), list, first: z.boolean(), last: z.boolean() }),
  z.object({ type: z.literal("change"), keeper: peerId, epoch: count, seq: count, change: listChange }),
  z.object({ type: z.literal("resync"), keeper: peerId }),
]);
const findRequest: z.ZodMiniType<FindRequest> = z.object({
  name: z.exactOptional(text),
  kind: z.exactOptional(kind),
  peerName: z.exactOptional(text),
  peer: z.exactOptional(peerId),
  own: z.exactOptional(z.boolean()),
  after: z.exactOptional(count),
});
const findAnswer: z.ZodMiniType<FindAnswer> = z.object({
  found: z
    .array(z.object({ peer: peerId, server: count, kind: z.exactOptional(kind), addresses }))
    .check(z.maxLength(DIRECTORY_PEERS_LIMIT)),
  change: count,
});
const membersNote: z.ZodMiniType<MembersNote> = z.object({
  joined: z.array(z.object({ peer: peerId, name: text, roles })).check(z.maxLength(DIRECTORY_PEERS_LIMIT)),
  left: z.array(peerId).check(z.maxLength(DIRECTORY_PEERS_LIMIT)),
  first: z.boolean(),
  last: z.boolean(),
});

export const parseRecord = (value: unknown): DirectoryRecord => z.parse(record, value);
export const parseRecordChange = (value: unknown): RecordChange => z.parse(recordChange, value);
export const parseListMessage = (value: unknown): ListMessage => z.parse(listMessage, value);
export const parseFind = (value: unknown): FindRequest => z.parse(findRequest, value);
export const parseFound = (value: unknown): FindAnswer => z.parse(findAnswer, value);
export const parseMembers = (value: unknown): MembersNote => z.parse(membersNote, value);
export const parseObserved = (value: unknown): string => z.parse(z.string().check(z.maxLength(NAME_LIMIT * 2)), value);
export const parseFlag = (value: unknown): boolean => z.parse(z.boolean(), value);
export const parseNames = (value: unknown): Pick<RecordChange, "added" | "removed"> => {
  const { added, removed } = z.parse(recordChange, value);
  return { added, removed };
};
