/** When to dial again a peer that should be connected, and which of two connections is the better one. Pure. */
import { RECONNECT_FIRST_MS, RECONNECT_MOST_MS, RESUME_MOST_MS } from "../defaults.ts";
import { isRelayed, transportOf } from "./address.ts";

/**
 * The pause before attempt `attempt` (from 0), in milliseconds: it doubles up to a bound, for ever, with jitter so that
 * a thousand peers don't all come back at once.
 */
export function reconnectDelayMs(attempt: number, random: () => number, mostMs: number = RECONNECT_MOST_MS): number {
  const whole = Math.min(RECONNECT_FIRST_MS * 2 ** Math.min(attempt, 20), mostMs);
  return whole * (0.5 + random() / 2);
}

/** Pause before whoever dialled a connection that dropped dials it again: just jitter. */
const RESUME_FIRST_MS = 50;
/** Pause before the side that was dialled tries too: the other one's address may not be reached from here, or be gone. */
const RESUME_OTHER_MS = 1000;

/**
 * The pause before attempt `attempt` (from 0) to bring a session back to life whose connection dropped, in milliseconds.
 * `dialled`: whether this side had dialled that connection, so that it knows an address that works.
 */
export function resumeDelayMs(attempt: number, dialled: boolean, random: () => number): number {
  if (attempt === 0) return (dialled ? RESUME_FIRST_MS : RESUME_OTHER_MS) * (0.5 + random() / 2);
  return reconnectDelayMs(attempt - 1, random, RESUME_MOST_MS);
}

interface Carried {
  readonly transport: string;
  readonly relayed?: boolean;
}

/** What carries a connection, for people. */
export const carriedBy = ({ transport, relayed }: Carried): string => (relayed === true ? "relay" : transport);

/** What carries it, where it matters: of two of one kind a peer needs one. */
export const kindOf = (connection: Carried): string =>
  connection.transport === "wss" && connection.relayed !== true ? "ws" : carriedBy(connection);

/** Which of two kinds is better: direct before relayed, WebRTC before WebSocket, TCP before all others. */
export const rankOf = (kind: string): number => RANKS[kind] ?? 4;

const RANKS: Readonly<Record<string, number>> = { relay: 1, ws: 2, webrtc: 3, tcp: 4 };

/** Of these multiaddrs those that would make a better connection than one of `kind`. */
export const betterAddresses = (addresses: Iterable<string>, kind: string): readonly string[] =>
  Array.from(addresses).filter((address) => rankOf(kindOfAddress(address)) > rankOf(kind));

const kindOfAddress = (address: string): string =>
  kindOf({ transport: transportOf(address), relayed: isRelayed(address) });
