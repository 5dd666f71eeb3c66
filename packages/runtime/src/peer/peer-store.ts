/** Where a peer keeps who it is: its key, its certificate, the cluster's key if it holds it, which invites were used, who is revoked, what operators ordered. */
import type { Address } from "../contracts/endpoint.ts";
import type { KeptInvite } from "./invite-book.ts";
import type { KeptOrders } from "./kept-orders.ts";
import type { Redemptions } from "./membership.ts";

/** What is kept. Keys are Ed25519 private keys of 32 bytes: whoever can read them is that peer, or owns the cluster. */
export interface PeerState {
  readonly privateKey?: Uint8Array;
  /** Token of the certificate of this peer in its cluster. */
  readonly certificate?: string;
  readonly clusterKey?: Uint8Array;
  readonly redemptions?: Redemptions;
  /** The invites that this peer has made as the holder of the cluster's key, oldest first. */
  readonly invites?: readonly KeptInvite[];
  /** Signed texts of what is revoked, as far as this peer knows. */
  readonly revocations?: readonly string[];
  /** What operators have ordered, where the cluster's scheduler is. */
  readonly orders?: KeptOrders;
  /** Where this peer joined its cluster, to find it again. */
  readonly seeds?: readonly Address[];
}

/**
 * Keeps the state of one peer. Without one it lives in memory, and the peer's identity is fresh each time.
 *
 * A `save` replaces what is named and leaves the rest; it must be on disk when its promise resolves.
 */
export interface PeerStore {
  load(): Promise<PeerState>;
  save(change: PeerState): Promise<void>;
  /** Called once the peer has closed: lets go of what keeps others from the store. */
  close?(): void;
}

export function memoryPeerStore(initial: PeerState = {}): PeerStore {
  let state = initial;
  return {
    load: () => Promise.resolve(state),
    save: (change) => {
      state = { ...state, ...change };
      return Promise.resolve();
    },
  };
}
