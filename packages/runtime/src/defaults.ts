/** Numbers that cross parts, each with its unit and its reason. `docs/defaults.md` is made from this file. */
import { HOUR_MS, KIB, MIB, MINUTE_MS, SECOND_MS } from "./units.ts";

/** Longest turn of the ready queue before the host's event loop gets its turn: half a frame. */
export const TURN_BUDGET_MS = 8;
/** How long `finally` blocks may run after a cancel. */
export const CANCEL_GRACE_MS: number = 5 * SECOND_MS;

/** A node sends a heartbeat this often; tabs only answer. */
export const HEARTBEAT_MS: number = 5 * SECOND_MS;
/** Silence after which a peer is suspected: three misses. */
export const SUSPECTED_AFTER_MS: number = 15 * SECOND_MS;
/** Silence after which a peer is lost: what a resend buffer holds. */
export const LOST_AFTER_MS: number = 30 * SECOND_MS;

/** Messages a mailbox holds before it refuses more: a bound, not a tuning knob. */
export const MAILBOX_LIMIT = 10_000;
/** Largest message: one frame must not hold a link. */
export const MESSAGE_LIMIT_BYTES: number = 16 * MIB;
/** Values larger than this go as bulk, on streams of their own. */
export const BULK_ABOVE_BYTES: number = 256 * KIB;
/** Unread bytes a receiver allows on one link: WebRTC streams reset at 4 MiB. */
export const LINK_CREDIT_BYTES: number = MIB;
/** A batch is flushed at the end of the turn, or when it has grown to this. */
export const BATCH_FLUSH_BYTES: number = 60 * KIB;
/** Unacknowledged bytes a session keeps for resending. */
export const RESEND_BUFFER_BYTES: number = 16 * MIB;
/** Messages queued for a peer that is being dialled. */
export const DIAL_QUEUE_LIMIT = 10_000;

/** Task events go to the scheduler in batches, after this time … */
export const EVENT_BATCH_MS = 250;
/** … or this size, whichever comes first. */
export const EVENT_BATCH_BYTES: number = 64 * KIB;
/** Cluster events the scheduler keeps for late subscribers; older ones show as a gap. */
export const EVENT_LOG_LIMIT = 20_000;

/** Largest frame from a peer that has not joined. */
export const UNJOINED_FRAME_LIMIT_BYTES: number = 64 * KIB;
/** A peer that has not joined by then is disconnected. */
export const JOIN_TIMEOUT_MS = 1500;
/** Joins allowed per address and minute. */
export const JOINS_PER_MINUTE = 20;
/** How long an invite is good for. */
export const INVITE_FOR_MS: number = 24 * HOUR_MS;
/** How long a certificate is good for: 30 days. */
export const CERTIFICATE_FOR_MS: number = 30 * 24 * HOUR_MS;
/** Clocks of two machines may differ by this much when an expiry is checked. */
export const CLOCK_SKEW_MS: number = 2 * MINUTE_MS;

/** Dialling a peer, all its addresses together. */
export const DIAL_TIMEOUT_MS: number = 10 * SECOND_MS;
/** A call to another process that nobody answered. */
export const CALL_TIMEOUT_MS: number = 30 * SECOND_MS;
/** First pause before a reconnect; doubles, with jitter, up to the next one. */
export const RECONNECT_FIRST_MS = 500;
export const RECONNECT_MOST_MS: number = 15 * SECOND_MS;

/** A job that killed this many servers is quarantined. */
export const QUARANTINE_AFTER_SERVERS = 3;
/** Largest code bundle. */
export const BUNDLE_LIMIT_BYTES: number = 8 * MIB;

/** Ports tried first; the next free one is taken when nobody asked for it by number. */
export const DEFAULT_PORTS = { tcp: 4100, ws: 4101, console: 8181, join: 8182 } as const;
