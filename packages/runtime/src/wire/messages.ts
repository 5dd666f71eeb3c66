/**
 * What a payload holds: an array of entries, each an array that begins with a number saying what it is. Short forms,
 * because most payloads hold hundreds of them; runs of messages to one task or channel share one entry.
 */
import type { Labels } from "../contracts/endpoint.ts";
import type { RuntimeMessage, RuntimeRequest } from "../contracts/router.ts";
import type { ErrorCode } from "../errors.ts";
import type { ChannelId, PeerId, TaskId } from "../ids.ts";

export const Entry = {
  /** `[0, task, values]`: messages to one mailbox, in order. */
  sends: 0,
  /** `[1, message]`: any other one-way message. */
  message: 1,
  /** `[2, id, request]`: to be answered with `id`. */
  request: 2,
  /** `[3, id, value]`. */
  answer: 3,
  /** `[4, id, error]`. */
  refusal: 4,
  /** `[5, channel, values]`: publications on one channel, in order. */
  publishes: 5,
  /** `[6, name, args]`: a call nobody waits for. Only in frames of procedures, like the next. */
  notify: 6,
  /** `[7, id, name, args]`. */
  call: 7,
  /** `[8, id]`: nobody waits any more for the answer to this request or call. */
  withdrawn: 8,
  /** `[9, transfer, bytes]`: here stands an entry that comes by bulk; what follows waits for it. */
  bulk: 9,
  /** `[10, transfer, bytes, id]`: the same for a call (`id` 0: a note); only in frames of procedures. */
  bulkCall: 10,
} as const;

export type SendsEntry = readonly [typeof Entry.sends, TaskId, unknown[]];
export type PublishesEntry = readonly [typeof Entry.publishes, ChannelId, unknown[]];
export type MessageEntry = readonly [typeof Entry.message, RuntimeMessage];
export type RequestEntry = readonly [typeof Entry.request, number, RuntimeRequest];
export type AnswerEntry = readonly [typeof Entry.answer, number, unknown];
export type RefusalEntry = readonly [typeof Entry.refusal, number, Error];
export type NotifyEntry = readonly [typeof Entry.notify, string, unknown];
export type CallEntry = readonly [typeof Entry.call, number, string, unknown];
export type WithdrawnEntry = readonly [typeof Entry.withdrawn, number];
export type BulkEntry = readonly [typeof Entry.bulk, number, number];
export type BulkCallEntry = readonly [typeof Entry.bulkCall, number, number, number];
/** Stands for an entry whose bytes come by bulk. */
export type PlaceholderEntry = BulkEntry | BulkCallEntry;

/** Entries of a frame of messages, and of one of procedures. */
export type WireEntry =
  | SendsEntry
  | PublishesEntry
  | MessageEntry
  | RequestEntry
  | AnswerEntry
  | RefusalEntry
  | NotifyEntry
  | CallEntry
  | WithdrawnEntry
  | PlaceholderEntry;

/** Payload of a frame that says that an endpoint is gone: `server` absent means the whole peer. */
export interface LostNotice {
  readonly peer: string;
  readonly server?: number;
  /** Said of a frame that found nobody: only the conversation it belonged to is lost. */
  readonly epoch?: number;
  readonly error: Error;
}

/** Payload of a control frame between two peers. */
export type ControlMessage =
  /** Sent every few seconds; answered by `alive`. */
  | { readonly type: "beat"; readonly ack: number }
  | { readonly type: "alive"; readonly ack: number }
  /** Acknowledges frames when no answer carries it. */
  | { readonly type: "ack"; readonly ack: number }
  /** Nothing uses the session here: may it end? Whoever asks sends no messages until it does, or is told that it stays. */
  | { readonly type: "part"; readonly ack: number }
  | { readonly type: "stay"; readonly ack: number }
  /** With `on` it may be silent for long from now on and come back: a page that is hidden, and may be frozen. */
  | { readonly type: "lull"; readonly ack: number; readonly on: boolean }
  /** The peer leaves on purpose. */
  | {
      readonly type: "bye";
      readonly reason: string;
      /** Neither side uses the session. */
      readonly idle?: true;
      /** Whoever hears it is no member any more. */
      readonly out?: true;
    };

/** Arguments of the procedure `peer.locate`. */
export interface LocateRequest {
  readonly name: string;
  /** All that are found now, instead of waiting for the first. */
  readonly all: boolean;
  readonly kind?: "task" | "channel" | "service";
  readonly at?: PeerId | { readonly peer: PeerId; readonly addresses: readonly string[] };
  readonly timeoutMs?: number;
}

/** Argument of the note `peer.revoked`: new revocations, or what tells whether one knows the same ones. */
export type RevocationNews = { readonly digest: string } | { readonly tokens: readonly string[] };

/** First word of whoever dialled: who it is in the cluster, or by which invite it wants to be. */
export interface JoinHello {
  readonly certificate?: string;
  /** Shown only to the peers that the invite names. */
  readonly invite?: string;
  /** It has the secret of a cluster and can prove it to whoever has it too: made up for this connection. */
  readonly nonce?: Uint8Array;
  readonly name: string;
  /** What it was given to be told apart by. */
  readonly labels?: Labels;
  readonly addresses: readonly string[];
  /** Differs each time the process starts. */
  readonly instance: string;
  readonly session: SessionWords;
  /** Whether it says that it holds the cluster's key and can invite: whom to ask, not whom to believe. */
  readonly invites: boolean;
}

/** In place of a {@link JoinHello}: asks what an invite is still good for, without using it. Whoever dialled doesn't join. */
export interface JoinLook {
  /** Shown only to the peers that the invite names. */
  readonly look: string;
}

/** The answer to a {@link JoinLook}: how many may still join by it. */
export interface JoinLooked {
  readonly left: number;
}

/** What a side says about its session with the other when a connection is joined. */
export interface SessionWords {
  /** Its part of the session's name, made up anew for each: of the session it has, or of the next. */
  readonly own: string;
  /** The other's part, if it has a session. Both sides mean the same one when both parts are the same. */
  readonly other?: string;
  /** The last frame of the other side that arrived. */
  readonly received: number;
  /** It has no other connection that is any use. */
  readonly alone?: boolean;
}

/** Asks whoever dialled to prove that it has the secret. */
export interface JoinChallenge {
  /** Made up for this connection. */
  readonly challenge: Uint8Array;
}

/** The answer to a {@link JoinChallenge}. */
export interface JoinProof {
  readonly proof: Uint8Array;
}

/** The other side's answer; after `ok` both are members for each other. */
export type JoinAnswer =
  | {
      readonly ok: true;
      readonly certificate: string;
      /** In a secret's cluster: that the other side has it too. */
      readonly proof?: Uint8Array;
      /** A certificate for whoever dialled: from its invite, or in place of one that gets old. */
      readonly granted?: string;
      readonly name: string;
      /** As in {@link JoinHello}. */
      readonly labels?: Labels;
      readonly addresses: readonly string[];
      readonly instance: string;
      readonly session: SessionWords;
      /** As in {@link JoinHello}. */
      readonly invites: boolean;
    }
  | {
      readonly ok: false;
      readonly code: ErrorCode;
      readonly message: string;
      readonly hint: string;
      /** The clock of who refuses, where it was about time. */
      readonly clockMs?: number;
    };
