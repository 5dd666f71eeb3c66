/** What clients tell the scheduler of where their jobs' tasks are to run. */
import { type Address } from "../contracts/endpoint.ts";
import { type Caller, type Procedures } from "../contracts/procedures.ts";
import { errorFrom } from "../errors.ts";
import { type JobId } from "../ids.ts";
import { type Logger } from "../logger.ts";
import { type ClusterPeer } from "./cluster-peer.ts";
import { mayClaim } from "./scheduler-pick.ts";
import { type SchedulerState } from "./scheduler-book.ts";
import { type SchedulerEvent } from "./scheduler-events.ts";
import { parseJobDemand, parseJobDial, parseJobNodeLimits, parseLeaseMoved } from "./schemas.ts";

export interface PlacingParts {
  readonly peer: ClusterPeer;
  readonly procedures: Procedures;
  readonly state: SchedulerState;
  readonly logger: Logger;
  readonly tell: (event: SchedulerEvent) => void;
  /** Whether the caller opened the job. @throws {SkeinError} `ROLE_FORBIDS` */
  readonly owns: (job: JobId, caller: Caller) => boolean;
}

/** Answers `scheduler.job.demand`, `.node`, `.moved`, `.claim` and `.dial`. */
export function handlePlacing({ peer, procedures, state, logger, tell, owns }: PlacingParts): readonly Disposable[] {
  const roles = ["client", "operator"] as const;
  return [
    procedures.handle("scheduler.job.demand", { parse: parseJobDemand, roles }, ({ job, wants }, caller) => {
      if (owns(job, caller)) tell({ type: "job.demand", job, wants });
    }),
    procedures.handle("scheduler.job.node", { parse: parseJobNodeLimits, roles }, ({ job, node, limits }, caller) => {
      if (owns(job, caller)) tell({ type: "job.node", job, node, limits });
    }),
    procedures.handle("scheduler.job.moved", { parse: parseLeaseMoved, roles }, ({ job, lease, want }, caller) => {
      const owned = owns(job, caller) && state.leases.get(lease)?.job.id === job;
      if (owned) tell({ type: "lease.moved", lease, want });
    }),
    procedures.handle("scheduler.job.claim", { parse: parseLeaseMoved, roles }, ({ job, lease: id, want }, caller) => {
      const lease = owns(job, caller) ? state.leases.get(id) : undefined;
      if (lease?.job.id !== job || !mayClaim(lease, want, peer.runtime.platform.now())) return false;
      tell({ type: "lease.moved", lease: id, want });
      return true;
    }),
    procedures.handle("scheduler.job.dial", { parse: parseJobDial, roles }, ({ job, addresses }, caller) => {
      if (!owns(job, caller)) return;
      for (const address of addresses) void dial(peer, address, logger);
    }),
  ];
}

/** A node that is there says hello once it is connected. */
async function dial(peer: ClusterPeer, address: Address, logger: Logger): Promise<void> {
  try {
    await peer.connect(address);
  } catch (error) {
    logger.warn("node.unreachable", { address, error: errorFrom(error).message });
  }
}
