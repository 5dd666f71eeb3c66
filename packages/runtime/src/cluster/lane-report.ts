/** How a node's lanes stand, as it tells a scheduler that it joins, and what clients hear of processes that were kept. */
import { endpointKey } from "../contracts/endpoint.ts";
import { type Procedures } from "../contracts/procedures.ts";
import { type ServerId } from "../ids.ts";
import { type ServerCounters } from "./events.ts";
import { type Lane } from "./lane.ts";
import { type NodeStanding } from "./node-options.ts";
import { type LaneReport } from "./scheduler-events.ts";
import { type Assign, type ServerReport, type Unparked } from "./words.ts";

/** Those that have a process, or are about to. */
export function laneReports(lanes: Iterable<Lane>): LaneReport[] {
  const reports: LaneReport[] = [];
  for (const lane of lanes) if (lane.state !== "idle" && lane.state !== "closed") reports.push(laneReport(lane));
  return reports;
}

/** The same for the node's owner, with what each has done. */
export function laneStandings(lanes: Iterable<Lane>): NodeStanding["servers"] {
  return Array.from(lanes, (lane) => ({
    ...lane.counters(),
    kind: lane.kind,
    state: lane.state,
    ...(lane.assigned === undefined ? {} : { client: lane.assigned.client.peer }),
  }));
}

function laneReport({ server, kind, state, assigned }: Lane): LaneReport {
  if (assigned !== undefined && state === "assigned") {
    const { lease, job, client, inbox } = assigned;
    return { server, kind, state: "assigned", lease: { id: lease, job, client: `${endpointKey(client)}/${inbox}` } };
  }
  return { server, kind, state: state === "ready" ? "ready" : "starting" };
}

/** Tells a client that its job finds nothing of before when it gets that server again. */
export function tellUnparked(
  procedures: Procedures,
  server: number,
  { job, client, inbox }: Assign,
  why: string,
): void {
  const words: Unparked = { job, server, why };
  try {
    procedures.tryNotify(client, `${inbox}.unparked`, words);
  } catch {
    // The client is gone, or takes nothing now: its job is set up again there.
  }
}

/** What all processes of a lane have done, and what runs there now. */
export function sumOf(
  server: ServerId,
  { report, assigned }: Pick<Lane, "report" | "assigned">,
  before: ServerReport,
): ServerCounters {
  const { done, failed, busyMs, ...now } = report;
  return {
    ...now,
    server,
    done: before.done + done,
    failed: before.failed + failed,
    busyMs: before.busyMs + busyMs,
    ...(assigned === undefined ? {} : { job: assigned.job }),
  };
}
