/** What nodes ask of the scheduler about those they serve: a server back, no new work, and whether a client is still there. */
import { type Caller, type Procedures } from "../contracts/procedures.ts";
import { type NodeId } from "../ids.ts";
import { type SchedulerState } from "./scheduler-book.ts";
import { type SchedulerEvent } from "./scheduler-events.ts";
import { parseClientsOpen, parseNodeHold, parseServerReclaim } from "./schemas.ts";

export interface ServingParts {
  readonly procedures: Procedures;
  readonly state: SchedulerState;
  /** The node that calls. @throws {SkeinError} `ROLE_FORBIDS` */
  readonly nodeOf: (caller: Caller) => NodeId;
  readonly tell: (event: SchedulerEvent) => void;
}

/** Answers `scheduler.server.reclaim`, `scheduler.node.hold` and `scheduler.clients.open`. */
export function handleServing({ procedures, state, nodeOf, tell }: ServingParts): readonly Disposable[] {
  const roles = ["node", "tab"] as const;
  return [
    procedures.handle("scheduler.server.reclaim", { parse: parseServerReclaim, roles }, ({ server }, caller) =>
      tell({ type: "server.reclaimed", node: nodeOf(caller), server }),
    ),
    procedures.handle("scheduler.node.hold", { parse: parseNodeHold, roles }, ({ on }, caller) =>
      tell({ type: "node.holds", node: nodeOf(caller), on }),
    ),
    procedures.handle("scheduler.clients.open", { parse: parseClientsOpen, roles }, ({ clients }) =>
      clients.filter((client) => state.jobsOf.has(client)),
    ),
  ];
}
