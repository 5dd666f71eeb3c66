/** How far a job is: done, failed and running, one after the other; what waits is the empty rest. */
import type { ReactElement } from "react";
import type { JobRow } from "../../model/cluster-model.ts";
import type { JobProgress } from "../../model/select.ts";
import styles from "./jobs.module.css";

export interface ProgressBarProps {
  readonly job: JobRow;
  readonly progress: JobProgress;
}

export function ProgressBar({ job, progress }: ProgressBarProps): ReactElement {
  const { counters } = job;
  const all = Math.max(1, counters.submitted);
  const failed = counters.failed + counters.lost + counters.cancelled;
  return (
    <div
      className={styles["bar"]}
      role="progressbar"
      aria-label={`${job.name}: tasks finished`}
      aria-valuemin={0}
      aria-valuemax={counters.submitted}
      aria-valuenow={progress.finished}
    >
      <svg viewBox={`0 0 ${all} 1`} preserveAspectRatio="none" aria-hidden="true">
        <rect className={styles["done"]} width={counters.done} height="1" />
        <rect className={styles["failed"]} x={counters.done} width={failed} height="1" />
        <rect className={styles["running"]} x={progress.finished} width={counters.running} height="1" />
      </svg>
    </div>
  );
}
