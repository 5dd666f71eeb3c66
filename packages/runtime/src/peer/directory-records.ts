/** What the directory holds: who is in the cluster, where they are reached, which names they have; and how that changes. */
import type { Address, Role } from "../contracts/endpoint.ts";
import type { PeerId } from "../ids.ts";
import type { NameKind } from "../message/names.ts";

/** A name that a process of a peer has registered. */
export interface DirectoryName {
  readonly name: string;
  readonly kind: NameKind;
  /** Which process of the peer: 0 is the peer's own. */
  readonly server: number;
  /** Who may find it; absent: every member but tabs. */
  readonly who?: readonly Role[];
}

/** What a peer tells about itself. */
export interface DirectoryRecord {
  readonly peer: PeerId;
  readonly name: string;
  readonly roles: readonly Role[];
  readonly addresses: readonly Address[];
  readonly names: readonly DirectoryName[];
}

/** How a peer's record changes: what is not named stays. */
export interface RecordChange {
  readonly added: readonly DirectoryName[];
  readonly removed: readonly DirectoryName[];
  readonly addresses?: readonly Address[];
}

/** One change of a keeper's list, in the order of its numbers. */
export type ListChange =
  | { readonly type: "record"; readonly record: DirectoryRecord }
  | { readonly type: "changed"; readonly peer: PeerId; readonly change: RecordChange }
  | { readonly type: "gone"; readonly peer: PeerId }
  | { readonly type: "links"; readonly links: readonly PeerId[] };

/** The whole list of a keeper: those attached to it, and the keepers it shares lists with. */
export interface KeeperList {
  readonly keeper: PeerId;
  /** Grows with each start of the keeper. */
  readonly epoch: number;
  /** Number of the last change in it. */
  readonly seq: number;
  readonly links: readonly PeerId[];
  readonly records: readonly DirectoryRecord[];
}

/** A keeper's list goes from one to another in parts, the last of which says so; or as the one change that came next. */
export type ListMessage =
  | { readonly type: "list"; readonly list: KeeperList; readonly first: boolean; readonly last: boolean }
  | {
      readonly type: "change";
      readonly keeper: PeerId;
      readonly epoch: number;
      readonly seq: number;
      readonly change: ListChange;
    }
  /** Changes are missing: send the whole list of this keeper. */
  | { readonly type: "resync"; readonly keeper: PeerId };

export type DirectoryEvent =
  /** A peer keeps its record here, or this peer itself says what it is; it replaces what was told before. */
  | { readonly type: "attached"; readonly record: DirectoryRecord }
  | { readonly type: "changed"; readonly peer: PeerId; readonly change: RecordChange }
  /** Its session with us is over. */
  | { readonly type: "detached"; readonly peer: PeerId }
  /** From now on lists are shared with this keeper. */
  | { readonly type: "linked"; readonly peer: PeerId }
  | { readonly type: "unlinked"; readonly peer: PeerId }
  | { readonly type: "message"; readonly from: PeerId; readonly message: ListMessage };

export type DirectoryAction =
  | { readonly type: "send"; readonly to: PeerId; readonly message: ListMessage }
  /** These names have holders that they had not before. */
  | { readonly type: "named"; readonly names: readonly string[] }
  | { readonly type: "joined"; readonly record: DirectoryRecord }
  | { readonly type: "left"; readonly peer: PeerId; readonly name: string }
  /** More than a limit allows was told: the rest is left out. */
  | { readonly type: "full"; readonly what: string };
