/** What the cluster's shells need of the peer they speak through. */
import { type Address, type Endpoint, type Location } from "../contracts/endpoint.ts";
import { type Link } from "../contracts/link.ts";
import { type Operation } from "../contracts/operation.ts";
import { type Procedures } from "../contracts/procedures.ts";
import { type PeerId } from "../ids.ts";
import { type Bulk } from "../peer/bulk.ts";
import { type LinkInfo } from "../peer/traffic.ts";
import { type Runtime } from "../task/runtime.ts";

/** What scheduler, node and client need of their peer; `PeerHost` is one. */
export interface ClusterPeer {
  readonly id: PeerId;
  readonly name: string;
  readonly location: Location;
  readonly runtime: Runtime;
  readonly procedures: Procedures;
  /** Transfers piece by piece, for what is too large for a message. */
  readonly bulk: Bulk;
  /** Calls back whenever an invite was made, redeemed or ended here, where the cluster's key is held. */
  onInvites(listener: () => void): Disposable;
  /** Calls back when nothing is heard of a connected peer for a while, and when it is back. */
  onSuspected(listener: (peer: PeerId, suspected: boolean) => void): Disposable;
  /** Connects, and stays connected. Acts at once; connecting twice does nothing. */
  connect(target: Address | Location): Operation<unknown>;
  /** Undoes that: a connection stays, and is not made again when it ends. */
  release(peer: PeerId): void;
  /** The network in which a connected peer was seen, where that can be told. */
  networkOf(peer: PeerId): string | undefined;
  /** The connections to those connected now, with what went over them. */
  links(): readonly LinkInfo[];
  /** Forwards frames between peers and the process behind `link`; procedure calls only from those `allowControl` takes. */
  attachServer(server: number, link: Link, allowControl: (from: Endpoint) => boolean): Disposable;
  /** Tells whom it concerns that the process is gone. */
  serverLost(server: number, error: Error): void;
}
