/** What the holder of a cluster's key tells of the invites it has made. */
import type { Role } from "../contracts/endpoint.ts";
import type { PeerId } from "../ids.ts";

/** An invite as its book shows it. */
export interface InviteInfo {
  readonly id: string;
  readonly roles: readonly Role[];
  /** How many peers may redeem it. */
  readonly uses: number;
  /** When it was made, and until when it is good, in milliseconds since 1970. */
  readonly madeMs: number;
  readonly expiresMs: number;
  /** Who asked for it. */
  readonly by?: PeerId;
  readonly about?: string;
  /** `ended`: it was revoked, or whoever made it or joined by it was. */
  readonly state: "open" | "used" | "expired" | "ended";
  /** Who has redeemed it, first come first. */
  readonly joined: readonly InviteJoined[];
  /** So many more have, of whom nothing is kept. */
  readonly more?: number;
  /** What others join by, while it is open. */
  readonly text?: string;
  /** The join page with it, where the cluster serves one and the invite is for tabs alone; `clusterActs` adds it. */
  readonly link?: string;
}

export interface InviteJoined {
  readonly peer: PeerId;
  /** Its name, while it is connected to the holder of the key. */
  readonly name?: string;
  /** Milliseconds since 1970. */
  readonly joinedMs: number;
  /** It was revoked. */
  readonly out?: true;
}

/** The invites of a cluster, newest first. */
export interface InviteList {
  readonly invites: readonly InviteInfo[];
  /** So many older ones are not told. */
  readonly more: number;
}
