/** What operators have ordered of a cluster and its places, as the peer of its scheduler keeps it. Data only. */
import type { NodeId } from "../ids.ts";

export interface KeptOrders {
  /** Nothing begins before an operator resumes it. */
  readonly intake?: "paused";
  /** Who was taken out of service, oldest order first. */
  readonly nodes?: readonly KeptHold[];
}

/** A node that is out of service, or has servers that are. */
export interface KeptHold {
  readonly node: NodeId;
  /** Of the whole node. */
  readonly hold?: "paused" | "closed";
  /** Of its servers, by their numbers. */
  readonly servers?: Readonly<Record<number, "paused" | "closed">>;
}
