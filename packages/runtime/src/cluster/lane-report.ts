/** How a node's lanes stand, as it tells a scheduler that it joins. */
import { endpointKey } from "../contracts/endpoint.ts";
import { type Lane } from "./lane.ts";
import { type LaneReport } from "./scheduler-records.ts";

/** Those that have a process, or are about to. */
export function laneReports(lanes: Iterable<Lane>): LaneReport[] {
  const reports: LaneReport[] = [];
  for (const lane of lanes) if (lane.state !== "idle" && lane.state !== "closed") reports.push(laneReport(lane));
  return reports;
}

function laneReport({ server, kind, state, assigned }: Lane): LaneReport {
  if (assigned !== undefined && state === "assigned") {
    const { lease, job, client, inbox } = assigned;
    return { server, kind, state: "assigned", lease: { id: lease, job, client: `${endpointKey(client)}/${inbox}` } };
  }
  return { server, kind, state: state === "ready" ? "ready" : "starting" };
}
