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
  /** Its connection dropped, or nothing was heard for a while. It may come back: what is sent meanwhile waits. */
  | { readonly type: "suspected"; readonly peer: PeerId; readonly name: string }
  /** It is heard again; nothing was lost. */
  | { readonly type: "back"; readonly peer: PeerId; readonly name: string }
  /** Another kind of connection carries its session now. */
  | { readonly type: "path-changed"; readonly peer: PeerId; readonly name: string; readonly transport: string }
  /** The session is over: whatever was under way has failed. */
  | { readonly type: "lost"; readonly peer: PeerId; readonly name: string; readonly error: SkeinError }
  /** It is in the cluster, whether connected to this peer or not. */
  | { readonly type: "joined"; readonly peer: PeerId; readonly name: string; readonly roles: readonly Role[] }
  /** It is in the cluster no longer. */
  | { readonly type: "left"; readonly peer: PeerId; readonly name: string }
  /** A connection came to nothing: its other end was no member, or wouldn't have us. */
  | { readonly type: "refused"; readonly address: string; readonly error: SkeinError };
