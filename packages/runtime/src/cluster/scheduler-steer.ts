/** Takes orders to pause, resume, drain, stop and restart: of operators for all, of clients for their jobs. */
import { type Caller, type Procedures } from "../contracts/procedures.ts";
import { FENCE_WAIT_MS } from "../defaults.ts";
import { errorFrom, SkeinError } from "../errors.ts";
import { isJobId, type JobId, type LeaseId, type NodeId } from "../ids.ts";
import { type Logger } from "../logger.ts";
import { nodeOf } from "./job-places.ts";
import { type SchedulerOutbox } from "./scheduler-outbox.ts";
import { forbidden, isOperator, mayActOn } from "./scheduler-rights.ts";
import { openJob, type SchedulerState } from "./scheduler-book.ts";
import { type SchedulerEvent } from "./scheduler-events.ts";
import { parseJobFence, parseJobForget, parsePlacesOfJob, parseSteer } from "./schemas.ts";
import { type SteerWords } from "./words.ts";

export interface SteerParts {
  readonly procedures: Procedures;
  readonly state: SchedulerState;
  readonly logger: Logger;
  readonly outbox: Pick<SchedulerOutbox, "steerJob">;
  readonly tell: (event: SchedulerEvent) => void;
  /** Whether the caller opened the job. @throws {SkeinError} `ROLE_FORBIDS` */
  readonly owns: (job: JobId, caller: Caller) => boolean;
}

/** Answers `scheduler.steer`, when the order is taken, and hears `scheduler.job.places`. */
export function handleSteer(parts: SteerParts): readonly Disposable[] {
  const { procedures, owns, tell } = parts;
  return [
    procedures.handle("scheduler.steer", { parse: parseSteer, roles: ["operator", "client"] }, (words, caller) =>
      isJobId(words.at) ? steerJob(parts, words.at, words, caller) : steerNode(parts, words, caller),
    ),
    procedures.handle(
      "scheduler.job.places",
      { parse: parsePlacesOfJob, roles: ["client", "operator"] },
      ({ job, places }, caller) => {
        if (owns(job, caller)) tell({ type: "job.places", job, places });
      },
    ),
    procedures.handle(
      "scheduler.job.forget",
      { parse: parseJobForget, roles: ["client", "operator"] },
      async ({ job, node }, caller) => {
        if (owns(job, caller)) await forget(parts, job, node);
      },
    ),
    procedures.handle(
      "scheduler.job.fence",
      { parse: parseJobFence, roles: ["client", "operator"] },
      async ({ job, lease }, caller) => {
        if (owns(job, caller) && parts.state.leases.get(lease)?.job.id === job) await fence(parts, lease);
      },
    ),
  ];
}

/** Its client does it, who alone knows the tasks. */
function steerJob(parts: SteerParts, id: JobId, { verb, graceMs }: SteerWords, caller: Caller): void {
  const job = openJob(parts.state, id);
  mayActOn(job, caller);
  if (verb === "drain" || verb === "restart") {
    throw new SkeinError("OPTION_INVALID", `a job can't be told to ${verb}`, {
      hint: "jobs take pause, resume and stop; nodes and servers take drain and restart",
    });
  }
  parts.logger.info("job.steered", { job: id, verb });
  parts.outbox.steerJob(job.client, { job: id, verb, ...(graceMs === undefined ? {} : { graceMs }) });
}

function steerNode(parts: SteerParts, { verb, at, graceMs }: SteerWords, caller: Caller): void {
  const { state, logger, tell } = parts;
  // Job ids were dealt with: it is a node's or a server's.
  const node = nodeOf(at as NodeId);
  if (!isOperator(caller)) throw forbidden("an operator");
  const known = state.nodes.get(node);
  const server = at === node ? undefined : Number(at.slice(node.length + 1));
  if (known === undefined || (server !== undefined && known.lanes[server - 1] === undefined && !known.io.has(server))) {
    throw new SkeinError("NAME_UNKNOWN", `the cluster has no node or server ${at}`, {
      hint: "skein status lists them",
    });
  }
  logger.info("node.steered", { at, verb });
  const words = {
    verb,
    node,
    ...(server === undefined ? {} : { server }),
    ...(graceMs === undefined ? {} : { graceMs }),
  };
  tell({ type: "steer", steer: words });
}

/** Nodes end what they keep for the job's next turn; it was parked by this way, too, and so before this. */
async function forget({ procedures, state }: SteerParts, job: JobId, node: NodeId | undefined): Promise<void> {
  const parkedAt = state.jobs.get(job)?.parkedAt ?? new Set();
  const nodes = [...parkedAt].filter((id) => node === undefined || id === node);
  for (const id of nodes) parkedAt.delete(id);
  const told = nodes.map(async (peer) => {
    await procedures.call({ peer, server: 0 }, "node.job.over", { job }, { timeoutMs: FENCE_WAIT_MS });
  });
  await Promise.allSettled(told); // one that is gone keeps nothing
}

/** Its node ends what runs there; one that can't be reached has lost it as far as anybody can tell. */
async function fence({ procedures, state, tell, logger }: SteerParts, id: LeaseId): Promise<void> {
  const lease = state.leases.get(id);
  if (lease === undefined) return;
  const { node, server } = lease;
  try {
    const words = { lease: id, server };
    const to = { peer: node.id, server: 0 };
    if (node.away === undefined) await procedures.call(to, "node.unassign", words, { timeoutMs: FENCE_WAIT_MS });
  } catch (error) {
    logger.warn("lease.not-fenced", { lease: id, node: node.id, error: errorFrom(error).message });
  }
  if (state.leases.has(id)) tell({ type: "lease.released", lease: id, unreachable: false });
}
