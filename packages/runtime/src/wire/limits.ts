/** Bounds on what crosses the wire; a peer is never trusted to keep them. */
import { KIB, MIB } from "../units.ts";

/** Levels of nesting in a value: deeper ones are refused before they are sent and when they arrive. */
export const DEPTH_LIMIT = 100;
/** Values (numbers, strings, containers …) in one frame: what a receiver may have to allocate for it. */
export const VALUE_COUNT_LIMIT = 4_000_000;
/** Shapes of objects defined in one frame; each costs the receiver a table entry. */
export const SHAPE_LIMIT = 100_000;
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
