/** One row of the table of tasks. */
import type { TaskId } from "@skein/runtime";
import { memo, type ReactElement } from "react";
import { Link } from "wouter";
import { Phase } from "../../components/phase.tsx";
import table from "../../components/table.module.css";
import view from "../../components/view.module.css";
import { functionColour } from "../../draw/colours.ts";
import { duration, shortId, timeOfDay } from "../../format.ts";
import type { ClusterModel } from "../../model/cluster-model.ts";
import { functionName, serverName } from "../../model/select.ts";
import { isOpen, type TaskRow } from "../../model/task-row.ts";

export interface TaskLineProps {
  readonly model: ClusterModel;
  readonly row: number;
  /** Undefined: forgotten since the list was made. */
  readonly task: TaskRow | undefined;
  readonly now: number;
  /** By the page's clock. */
  readonly createdMs: number;
  readonly selected: boolean;
  readonly marked: boolean;
  readonly toggle: (task: TaskId) => void;
}

export const TaskLine = memo(function TaskLine(props: TaskLineProps): ReactElement {
  const { model, row, task, now, createdMs, selected, marked, toggle } = props;
  if (task === undefined) {
    return (
      <tr aria-rowindex={row + 2}>
        <td />
        <td colSpan={3} className={table["quiet"]}>
          no longer kept
        </td>
      </tr>
    );
  }
  const fn = functionName(model, task.fn) ?? "?";
  const fromMs = task.startedMs || task.createdMs;
  const untilMs = isOpen(task.phase) ? now : task.endedMs;
  const time = fromMs > 0 && untilMs > 0 ? duration(Math.max(0, untilMs - fromMs)) : "";
  return (
    <tr aria-rowindex={row + 2} data-marked={marked || undefined} aria-selected={selected || undefined}>
      <td>
        <input
          type="checkbox"
          aria-label={`Select ${fn} ${shortId(task.id)}`}
          checked={selected}
          onChange={() => toggle(task.id)}
        />
      </td>
      <th scope="row" title={task.args}>
        <i className={view["swatch"]} style={{ background: functionColour(task.fn) }} aria-hidden="true" />
        <Link href={`/tasks/${task.id}`}>{fn}</Link>
        {task.args !== "" && <code> {task.args}</code>}
      </th>
      <td>
        <Phase phase={task.phase} attempt={task.attempt} />
      </td>
      <td>{task.server === undefined ? "" : serverName(model, task.server)}</td>
      <td>{model.jobs.get(task.job)?.name ?? shortId(task.job)}</td>
      <td data-number>{time}</td>
      <td data-number>{task.attempt}</td>
      <td data-number>{createdMs > 0 ? timeOfDay(createdMs) : ""}</td>
    </tr>
  );
});
