/** What operators have ordered, as it outlives a scheduler: a paused intake, and places out of service. */
import { HOLDS_KEPT_LIMIT } from "../defaults.ts";
import { dropOldest } from "../drop-oldest.ts";
import { errorFrom } from "../errors.ts";
import { type NodeId } from "../ids.ts";
import { type Logger, silentLogger } from "../logger.ts";
import type { KeptOrders } from "../peer/kept-orders.ts";
import type { PeerStore } from "../peer/peer-store.ts";
import { type SchedulerAction } from "./scheduler-actions.ts";
import { type SchedulerState } from "./scheduler-book.ts";
import { type NodeRecord } from "./scheduler-records.ts";

/** Where a scheduler finds what was ordered before it began, and keeps what is ordered from then on. */
export interface OrdersKeep {
  readonly kept: KeptOrders;
  save(orders: KeptOrders): void;
}

/** Keeps them beside a peer's identity. */
export async function ordersIn(
  store: Pick<PeerStore, "load" | "save">,
  logger: Logger = silentLogger,
): Promise<OrdersKeep> {
  return {
    kept: (await store.load()).orders ?? {},
    save: (orders) =>
      void store.save({ orders }).then(undefined, (error: unknown) => {
        logger.warn("orders.not-kept", { error: errorFrom(error).message });
      }),
  };
}

/** Has what is ordered of the node outlive its record, and this scheduler. */
export function keepHold(state: SchedulerState, node: NodeRecord, out: SchedulerAction[]): void {
  const { ordered, lanes, id } = node;
  const servers = Object.fromEntries(lanes.flatMap(({ server, hold }) => (hold === undefined ? [] : [[server, hold]])));
  const isHeld = ordered !== undefined || Object.keys(servers).length > 0;
  if (!state.holds.delete(id) && !isHeld) return;
  if (isHeld) state.holds.set(id, { node: id, ...(ordered === undefined ? {} : { hold: ordered }), servers });
  dropOldest(state.holds, HOLDS_KEPT_LIMIT);
  out.push({ type: "keep" });
}

/** It won't come back. */
export function forgetHold(state: SchedulerState, node: NodeId, out: SchedulerAction[]): void {
  if (state.holds.delete(node)) out.push({ type: "keep" });
}

/** What the next scheduler is to be given. */
export function keptOrders(state: SchedulerState): KeptOrders {
  return { ...(state.intakeOpen ? {} : { intake: "paused" }), nodes: [...state.holds.values()] };
}
