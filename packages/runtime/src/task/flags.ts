/** Bits of a task's state, kept in one number so that a parked task stays small. */

/** Its function is no generator: it waits by promises. */
export const ASYNC: number = 1 << 0;
/** Suspended in an operation, which hangs in `slot`. */
export const PARKED: number = 1 << 1;
/** Waiting in a plain `receive()`. */
export const RECEIVING: number = 1 << 2;
/** In the ready queue by its own `pause()`. */
export const PAUSED: number = 1 << 3;
/** The next step throws what is in `slot` into the generator. */
export const THROW: number = 1 << 4;
/** The next step throws the cancel into the generator: its `finally` blocks run. */
export const TELL_CANCEL: number = 1 << 5;
/** Cancelled while it ran or was ready: told at its next wait. */
export const CANCEL_PENDING: number = 1 << 6;
/** Told that it is cancelled; what it still does is cleaning up. */
export const CANCELLED: number = 1 << 7;
/** `interrupt` came while it ran or was ready: thrown at its next wait. */
export const INTERRUPT_PENDING: number = 1 << 8;
/** Its function has ended; it waits for its children. */
export const BODY_ENDED: number = 1 << 9;
export const ENDED: number = 1 << 10;
/** No parent waits for it, and the process may end without it. */
export const BACKGROUND: number = 1 << 11;
/** Runs an operation for somebody; it is no task of its own and is not listed. */
export const HIDDEN: number = 1 << 12;
/** `upgrade` must wait: set by the task around what must not be cut. */
export const NOT_UPGRADABLE: number = 1 << 13;
/** A `wake` came before the `suspend` it is for. */
export const WAKE_KEPT: number = 1 << 14;
/** Somebody waits or waited for its end, so a failure is theirs to handle. */
export const OBSERVED: number = 1 << 15;
/** Cancelled because a child failed: counts as a failure for its own parent. */
export const FAULT: number = 1 << 16;
/** Others than the plain receive may wait for its messages; always so for an async task. */
export const MORE_RECEIVERS: number = 1 << 17;
/** Its first step is still to come. */
export const FRESH: number = 1 << 18;
/** `upgrade` is asked for and waits for the task to wait. */
export const UPGRADE_PENDING: number = 1 << 19;
/** Its id is known outside, so the runtime's table has it. */
export const LISTED: number = 1 << 20;
/** It has waited for messages or a wake: new code takes over there, and not in a sleep between them. */
export const RECEIVES: number = 1 << 21;

/** Something is to be told at the next wait. */
export const PENDING: number = CANCEL_PENDING | INTERRUPT_PENDING | UPGRADE_PENDING;
/** The step is not a plain `next`. */
export const SPECIAL: number = FRESH | THROW | TELL_CANCEL | BODY_ENDED;
