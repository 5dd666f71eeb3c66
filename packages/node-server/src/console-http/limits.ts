/** Bounds of the console's HTTP side, each with its unit and reason. */
import { DAY_MS, MINUTE_MS, SECOND_MS } from "@skein/runtime";

/** How long a login link is good for: time to copy it from a terminal, not to be found in a log later. */
export const LOGIN_LINK_MS: number = 10 * MINUTE_MS;
/** Unused login links kept; the oldest goes first. */
export const LOGIN_LINKS_LIMIT = 100;
/** How long a browser stays logged in. */
export const CONSOLE_SESSION_MS: number = 7 * DAY_MS;
/** WebSocket connections forwarded at once: one a page, so this many open pages. */
export const CONSOLE_TUNNELS_LIMIT = 64;
/** Sockets of browsers at once; a page takes up to seven while loading. */
export const CONSOLE_SOCKETS_LIMIT = 512;
/** Reaching the peer's own listener, on this machine. */
export const TUNNEL_DIAL_MS: number = 5 * SECOND_MS;
/** Answering a page that asks for its invite. */
export const SESSION_ANSWER_MS: number = 10 * SECOND_MS;
/** Ports tried after the default one when nobody asked for a port by number. */
export const PORT_TRIES = 50;
/** Pages that follow a cluster through one gateway; each has a subscription of its own at the scheduler. */
export const PAGE_WATCHES_LIMIT = 64;
/** Batches of events kept for a page that takes none now: about 8 MiB. Past it the page begins anew. */
export const PAGE_BATCHES_LIMIT = 128;
/** Such a page is tried again after this. */
export const PAGE_AGAIN_MS = 100;
/** How often it is looked whether a certificate of ours has to be made anew. */
export const CERTIFICATE_LOOK_MS: number = DAY_MS;
