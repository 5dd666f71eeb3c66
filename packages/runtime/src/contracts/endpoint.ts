/** Where an object lives: a process of a peer. */
import { type PeerId } from "../ids.ts";

/** `server` 0 is the peer's own process (its libp2p host); 1… are the server processes behind it. */
export interface Endpoint {
  readonly peer: PeerId;
  readonly server: number;
}

export const sameEndpoint = (a: Endpoint, b: Endpoint): boolean => a.peer === b.peer && a.server === b.server;

/** A key for maps: `PeerId/n`. */
export const endpointKey = (endpoint: Endpoint): string => `${endpoint.peer}/${endpoint.server}`;

/** A multiaddr, or `host:port`, `ws://host:port`, `wss://host:port`. */
export type Address = string;

/** How to reach a peer: its id and every address it is known by. */
export interface Location {
  readonly peer: PeerId;
  readonly addresses: readonly Address[];
}

/** What a peer was given to be told apart by: nothing is proved by them. */
export type Labels = Readonly<Record<string, string>>;

/** What a peer may do (DESIGN.md section 4 has the table; docs/security.md explains it). */
export type Role = "scheduler" | "operator" | "client" | "node" | "peer" | "tab" | "viewer";
