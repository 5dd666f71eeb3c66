/** What happened to a task, one line for each event, the first above. */
import type { EventError } from "@skein/runtime";
import type { ReactElement } from "react";
import { Link } from "wouter";
import { Glyph, type GlyphName } from "../../components/glyph.tsx";
import { duration, timeOfDay } from "../../format.ts";
import type { ClusterModel } from "../../model/cluster-model.ts";
import { PHASE_NAMES } from "../../model/find-tasks.ts";
import { pageTime, serverName } from "../../model/select.ts";
import { isOpen, TaskPhase, type TaskRow } from "../../model/task-row.ts";
import styles from "./life.module.css";

interface Step {
  readonly glyph: GlyphName;
  readonly text: string;
  readonly timeMs: number;
  readonly server?: TaskRow["server"];
  readonly error?: EventError | undefined;
}

const ENDS: readonly GlyphName[] = ["waiting", "running", "done", "failed", "cancelled", "lost", "idle"];

function stepsOf(task: TaskRow): readonly Step[] {
  const steps: Step[] = [];
  if (task.createdMs > 0) steps.push({ glyph: "waiting", text: "created", timeMs: task.createdMs });
  for (const { attempt, server, startedMs, endedMs, error } of task.attempts) {
    if (startedMs > 0) steps.push({ glyph: "running", text: `attempt ${attempt} began`, timeMs: startedMs, server });
    steps.push({
      glyph: "retried",
      text: `attempt ${attempt} failed, to be tried again`,
      timeMs: endedMs,
      server,
      error,
    });
  }
  if (task.startedMs > 0) {
    const text = task.attempt > 1 ? `attempt ${task.attempt} began` : "began";
    steps.push({ glyph: "running", text, timeMs: task.startedMs, server: task.server });
  }
  if (!isOpen(task.phase)) {
    const text = task.phase === TaskPhase.unheard ? "its end was not told" : (PHASE_NAMES[task.phase] ?? "ended");
    steps.push({ glyph: ENDS[task.phase] ?? "idle", text, timeMs: task.endedMs, error: task.error });
  }
  return steps;
}

export function Life({ model, task }: { readonly model: ClusterModel; readonly task: TaskRow }): ReactElement {
  const steps = stepsOf(task);
  return (
    <ol className={styles["life"]}>
      {steps.map((step, index) => {
        const before = steps[index - 1];
        const afterMs = before === undefined ? undefined : step.timeMs - before.timeMs;
        return (
          <li key={`${step.text} ${step.timeMs}`}>
            <Glyph name={step.glyph} />
            <p>
              <b>{step.text}</b>
              {step.server !== undefined && (
                <>
                  {" "}
                  on <Link href={`/servers/${step.server}`}>{serverName(model, step.server)}</Link>
                </>
              )}
            </p>
            <p className={styles["when"]}>
              <time dateTime={new Date(step.timeMs).toISOString()}>{timeOfDay(pageTime(model, step.timeMs))}</time>
              {afterMs !== undefined && afterMs >= 0 && <span>after {duration(afterMs)}</span>}
            </p>
            {step.error !== undefined && (
              <pre className={styles["error"]} tabIndex={0}>
                {errorText(step.error)}
              </pre>
            )}
          </li>
        );
      })}
    </ol>
  );
}

/** Its stack where that is told, which has the message too. */
function errorText({ code, message, stack }: EventError): string {
  if (stack === undefined || stack === "") return message === "" ? code : `${code}: ${message}`;
  return message === "" || stack.includes(message) ? stack : `${code}: ${message}\n${stack}`;
}
