/** Which job has a server, and since when. */
import type { ServerRow } from "./cluster-model.ts";

/** As far as this page has heard. */
export function holds(row: ServerRow, job: ServerRow["job"], timeMs: number): void {
  if (row.job !== job) {
    row.jobSinceMs = timeMs;
    // It was asked back from the job before, which has let go of it.
    if (row.hold === "draining") row.hold = undefined;
  }
  row.job = job;
}
