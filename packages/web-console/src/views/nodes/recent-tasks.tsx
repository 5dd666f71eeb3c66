/** The last tasks that match: a few, with the way to all. */
import type { ReactElement } from "react";
import { Link } from "wouter";
import { Nothing, Panel } from "../../components/panel.tsx";
import { Phase } from "../../components/phase.tsx";
import table from "../../components/table.module.css";
import view from "../../components/view.module.css";
import { functionColour } from "../../draw/colours.ts";
import { count, duration, timeOfDay } from "../../format.ts";
import type { ClusterModel } from "../../model/cluster-model.ts";
import { findTasks, taskTimeMs } from "../../model/find-tasks.ts";
import { functionName, pageTime } from "../../model/select.ts";

const SHOWN = 12;

export interface RecentTasksProps {
  readonly model: ClusterModel;
  readonly query: string;
  readonly now: number;
}

export function RecentTasks({ model, query, now }: RecentTasksProps): ReactElement {
  const slots = findTasks(model, query, { column: "created", down: true }, now);
  const rows = [...slots.subarray(0, SHOWN)].flatMap((slot) => {
    const task = model.tasks.rowAt(slot);
    return task === undefined ? [] : [{ slot, task }];
  });
  return (
    <Panel
      title="Last tasks"
      aside={<Link href={`/tasks?q=${encodeURIComponent(query)}`}>all {count(slots.length)}</Link>}
    >
      {rows.length === 0 && <Nothing>None that this page has heard of.</Nothing>}
      {rows.length > 0 && (
        <div className={table["scroll"]} tabIndex={0} role="region" aria-label="Table of the last tasks">
          <table className={table["table"]}>
            <thead>
              <tr>
                <th scope="col">Function and arguments</th>
                <th scope="col">State</th>
                <th scope="col" data-number>
                  Time
                </th>
                <th scope="col" data-number>
                  Started
                </th>
              </tr>
            </thead>
            <tbody>
              {rows.map(({ slot, task }) => (
                <tr key={task.id}>
                  <th scope="row" className={table["text"]}>
                    <i className={view["swatch"]} style={{ background: functionColour(task.fn) }} aria-hidden="true" />
                    <Link href={`/tasks/${task.id}`}>{functionName(model, task.fn)}</Link> <code>{task.args}</code>
                  </th>
                  <td>
                    <Phase phase={task.phase} attempt={task.attempt} />
                  </td>
                  <td data-number>{duration(taskTimeMs(model, slot, now))}</td>
                  <td data-number>{task.startedMs > 0 ? timeOfDay(pageTime(model, task.startedMs)) : ""}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Panel>
  );
}
