/** How far a job is: done, failed and running, one after the other; what waits is the empty rest. */
import type { ReactElement } from "react";
import { Bar } from "../../components/bar.tsx";
import type { JobRow } from "../../model/cluster-model.ts";
import type { JobProgress } from "../../model/select.ts";

export interface ProgressBarProps {
  readonly job: JobRow;
  readonly progress: JobProgress;
}

export function ProgressBar({ job, progress }: ProgressBarProps): ReactElement {
  const { counters } = job;
  return (
    <div
      role="progressbar"
      aria-label={`${job.name}: tasks finished`}
      aria-valuemin={0}
      aria-valuemax={counters.submitted}
      aria-valuenow={progress.finished}
    >
      <Bar
        all={Math.max(1, counters.submitted)}
        parts={[
          ["full", counters.done],
          ["bad", counters.failed + counters.lost + counters.cancelled],
          ["half", counters.running],
        ]}
      />
    </div>
  );
}
