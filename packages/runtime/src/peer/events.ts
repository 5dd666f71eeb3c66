/** What a peer tells about the peers it knows. */
import type { Role } from "../contracts/endpoint.ts";
import type { SkeinError } from "../errors.ts";
import type { PeerId } from "../ids.ts";

export type PeerEvent =
  | {
      readonly type: "connected";
      readonly peer: PeerId;
      readonly name: string;
      readonly roles: readonly Role[];
      readonly transport: string;
    }
  /** Nothing was heard for a while; it may come back. */
  | { readonly type: "suspected"; readonly peer: PeerId }
  | { readonly type: "back"; readonly peer: PeerId }
  /** The session is over: whatever was under way has failed. */
  | { readonly type: "lost"; readonly peer: PeerId; readonly error: SkeinError }
  /** A connection came to nothing: its other end was no member, or wouldn't have us. */
  | { readonly type: "refused"; readonly address: string; readonly error: SkeinError };
