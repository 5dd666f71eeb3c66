/** The last tasks that match: a few, with the way to all. */
import type { ReactElement } from "react";
import { Link } from "wouter";
import { Nothing, Panel } from "../../components/panel.tsx";
import { Phase } from "../../components/phase.tsx";
import { type Column, Table } from "../../components/table.tsx";
import view from "../../components/view.module.css";
import { functionColour } from "../../draw/colours.ts";
import { count, duration, timeOfDay } from "../../format.ts";
import type { ClusterModel } from "../../model/cluster-model.ts";
import { findTasks, taskTimeMs } from "../../model/find-tasks.ts";
import { functionName, pageTime } from "../../model/select.ts";
import type { TaskRow } from "../../model/task-row.ts";

const SHOWN = 12;

export interface RecentTasksProps {
  readonly model: ClusterModel;
  readonly query: string;
  readonly now: number;
}

export function RecentTasks({ model, query, now }: RecentTasksProps): ReactElement {
  const slots = findTasks(model, query, { column: "created", down: true }, now);
  const rows: readonly Listed[] = [...slots.subarray(0, SHOWN)].flatMap((slot) => {
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
        <Table
          label="Table of the last tasks"
          columns={columnsOf(model, now)}
          rows={rows}
          rowKey={({ task }) => task.id}
        />
      )}
    </Panel>
  );
}

interface Listed {
  readonly slot: number;
  readonly task: TaskRow;
}

function columnsOf(model: ClusterModel, now: number): readonly Column<Listed>[] {
  return [
    {
      name: "Function and arguments",
      long: "cut",
      cell: ({ task }) => (
        <>
          <i className={view["swatch"]} style={{ background: functionColour(task.fn) }} aria-hidden="true" />
          <Link href={`/tasks/${task.id}`}>{functionName(model, task.fn)}</Link> <code>{task.args}</code>
        </>
      ),
    },
    { name: "State", cell: ({ task }) => <Phase phase={task.phase} attempt={task.attempt} /> },
    { name: "Time", number: true, cell: ({ slot }) => duration(taskTimeMs(model, slot, now)) },
    {
      name: "Started",
      number: true,
      cell: ({ task }) => (task.startedMs > 0 ? timeOfDay(pageTime(model, task.startedMs)) : ""),
    },
  ];
}
