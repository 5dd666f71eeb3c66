/** Bounds on what crosses the wire; a peer is never trusted to keep them. */
import { KIB, MIB } from "../units.ts";

/** Levels of nesting in a value: deeper ones are refused before they are sent and when they arrive. */
export const DEPTH_LIMIT = 100;
/** Levels that a message may have with what encloses its values: batch, entry, the forms of instances and errors. */
export const DEPTH_ENCLOSED_LIMIT: number = DEPTH_LIMIT * 2 + 16;
/** Values (numbers, strings, containers …) in one message: what a receiver may have to allocate for it. */
export const VALUE_COUNT_LIMIT = 4_000_000;
/** The same for a receiver, with the names of fields and what encloses a value. */
export const VALUE_COUNT_ENCLOSED_LIMIT: number = VALUE_COUNT_LIMIT * 2 + 1000;
/** How many values an array or object counts for besides what it holds. */
export const CONTAINER_VALUE_COUNT = 2;
/** How many values a Map, Set, Date, RegExp, error, instance or binary value counts for: that much memory they take. */
export const HEAVY_VALUE_COUNT = 8;
/** Shapes of objects in one message; objects past them carry the names of their fields with them. */
export const SHAPE_LIMIT = 4096;
/** Bytes of a single BigInt: Firefox and WebKit know none larger. */
export const BIGINT_LIMIT_BYTES: number = 128 * KIB;
/** Characters of a regular expression: whoever reads it compiles it. */
export const REGEXP_LIMIT: number = 32 * KIB;
/** Bytes besides a message's value: what says where it goes, in which entry of which batch. */
export const ENVELOPE_LIMIT_BYTES: number = 32 * KIB;
/** Characters of an error's text when the whole of it can't be sent. */
export const SHORT_ERROR_LIMIT = 1000;
/** Bytes of a single string, array buffer or other binary value. */
export const BLOB_LIMIT_BYTES: number = 16 * MIB;
/** Characters of a name (task, channel, service, procedure). */
export const NAME_LIMIT = 256;
/** Characters of an error's stack that travel. */
export const STACK_LIMIT = 16_384;
/** Levels of `cause` that travel with an error. */
export const CAUSE_LIMIT = 8;
/** Requests of one endpoint that wait for their answer at the other; more are answered `LINK_OVERLOADED`. */
export const REQUESTS_LIMIT = 100_000;
/** Characters of a certificate or invite: addresses and roles fit many times over. */
export const TOKEN_LIMIT = 8192;
/** Addresses by which a peer may say it is reached. */
export const ADDRESSES_LIMIT = 64;
/** Labels that a peer tells of itself. */
export const LABELS_LIMIT = 64;

/** Characters of what an invite is for: invites are links, which people send each other. */
export const INVITE_ABOUT_LIMIT = 200;
/** Fields of a log line, amounts of a job, labels of a node, and such: what somebody named one by one. */
export const FIELDS_LIMIT = 1000;
