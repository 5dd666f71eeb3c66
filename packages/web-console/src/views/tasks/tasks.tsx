/** All tasks this page knows, a hundred thousand and more: found by words, sorted, opened, cancelled. */
import { type TaskId } from "@skein/runtime";
import { type ReactElement, useCallback, useState } from "react";
import { useLocation } from "wouter";
import button from "../../components/button.module.css";
import { Search } from "../../components/search.tsx";
import { SortHead } from "../../components/sort-head.tsx";
import table from "../../components/table.module.css";
import { useMarked } from "../../components/use-marked.ts";
import { useRows } from "../../components/use-rows.ts";
import { useNow } from "../../components/use-now.ts";
import view from "../../components/view.module.css";
import { count, counted } from "../../format.ts";
import { PHASE_NAMES, TASK_COLUMNS } from "../../model/find-tasks.ts";
import { termOf, withTerm } from "../../model/query.ts";
import { clusterNow, pageTime } from "../../model/select.ts";
import { useSort, useUrlState } from "../../page/url-state.ts";
import { useModel } from "../../use-cluster.ts";
import { TaskActs } from "./task-acts.tsx";
import { TaskLine } from "./task-line.tsx";
import styles from "./tasks.module.css";
import { useFound } from "./use-found.ts";

const ROW_HEIGHT = 30;
const HEAD_HEIGHT = 32;
const HINTS = ["fn:", "state:", "server:", "job:"];
/** The phases that have a button of their own. */
const SHOWN_PHASES = [0, 1, 2, 3, 4, 5, 6];

export function Tasks(): ReactElement {
  const model = useModel();
  const [, go] = useLocation();
  const [query, setQuery] = useUrlState("q");
  const sort = useSort("-created");
  const column = TASK_COLUMNS.find((name) => name === sort.column) ?? "created";
  const [selected, setSelected] = useState<ReadonlySet<TaskId>>(new Set());
  const [held, setHeld] = useState(false);
  const [found, findAgain] = useFound(model, query, { column, down: sort.down }, held);
  const { slots } = found;
  const { box, first, end, before, after, atTop, show } = useRows(slots.length, ROW_HEIGHT, HEAD_HEIGHT);
  const toggle = useCallback(
    (task: TaskId) =>
      setSelected((old) => {
        const next = new Set(old);
        if (!next.delete(task)) next.add(task);
        return next;
      }),
    [],
  );
  const idOf = (row: number): TaskId | undefined => {
    const slot = slots[row] ?? -1;
    return model.tasks.numberAt(slot) === found.numbers[row] ? model.tasks.idAt(slot) : undefined;
  };
  const marked = useMarked(slots.length, show, (key, row) => {
    const task = idOf(row);
    if (task === undefined) return false;
    if (key === "open") go(`/tasks/${task}`);
    else toggle(task);
    return true;
  });
  // Who looks at a place in the list is not taken from it.
  const looking = !atTop || marked.row >= 0;
  if (looking !== held) setHeld(looking);
  const newer = found.count < model.tasks.count ? model.tasks.count - found.count : 0;
  const now = clusterNow(model, useNow());
  const state = termOf(query, "state");
  return (
    <div className={view["fill"]} data-fill>
      <div className={view["bar"]}>
        <Search label="Search tasks" placeholder="Function, argument, id …   ( / )" hints={HINTS} />
        <div className={styles["phases"]} role="group" aria-label="By state">
          {SHOWN_PHASES.filter((phase) => (found.phases[phase] ?? 0) > 0 || PHASE_NAMES[phase] === state).map(
            (phase) => (
              <PhaseButton
                key={phase}
                phase={phase}
                tasks={found.phases[phase] ?? 0}
                on={PHASE_NAMES[phase] === state}
                set={(on) => setQuery(withTerm(query, "state", on ? PHASE_NAMES[phase] : undefined))}
              />
            ),
          )}
        </div>
      </div>
      <TaskActs
        model={model}
        matching={slots}
        selected={selected}
        select={setSelected}
        aside={
          newer > 0 && held ? (
            <button
              type="button"
              className={`${button["chip"]} ${styles["newer"]}`}
              onClick={() => {
                marked.clear();
                show(0);
                findAgain();
              }}
            >
              {counted(newer, "newer task")}: to the top
            </button>
          ) : undefined
        }
      />
      <div className={view["box"]} ref={box} tabIndex={0} role="region" aria-label="Table of tasks">
        <table className={`${table["table"]} ${styles["table"]}`} aria-rowcount={slots.length + 1}>
          <colgroup>
            <col className={styles["cSelect"]} />
            <col />
            <col className={styles["cState"]} />
            <col className={styles["cServer"]} />
            <col className={styles["cJob"]} />
            <col className={styles["cTime"]} />
            <col className={styles["cAttempts"]} />
            <col className={styles["cCreated"]} />
          </colgroup>
          <thead>
            <tr aria-rowindex={1}>
              <th scope="col">
                <span className="visually-hidden">Selected</span>
              </th>
              <SortHead name="Function and arguments" column="fn" sort={sort} />
              <SortHead name="State" column="state" sort={sort} />
              <SortHead name="Server" column="server" sort={sort} />
              <SortHead name="Job" column="job" sort={sort} />
              <SortHead name="Time" column="time" sort={sort} number />
              <SortHead name="Attempts" column="attempts" sort={sort} number />
              <SortHead name="Created" column="created" sort={sort} number />
            </tr>
          </thead>
          <tbody>
            <Space height={before} />
            {Array.from({ length: Math.max(0, end - first) }, (_, at) => first + at).map((row) => {
              const slot = slots[row] ?? -1;
              const task = model.tasks.numberAt(slot) === found.numbers[row] ? model.tasks.rowAt(slot) : undefined;
              return (
                <TaskLine
                  key={found.numbers[row]}
                  model={model}
                  row={row}
                  task={task}
                  now={now}
                  createdMs={pageTime(model, model.tasks.createdAt(slot))}
                  selected={task !== undefined && selected.has(task.id)}
                  marked={row === marked.row}
                  toggle={toggle}
                />
              );
            })}
            <Space height={after} />
          </tbody>
        </table>
        {slots.length === 0 && (
          <p className={view["nothing"]}>
            {model.tasks.size === 0
              ? "No task has been heard of yet. They appear here as jobs create them."
              : `None of ${counted(model.tasks.size, "task")} matches.`}
            {found.untold > 0 && <> {untoldText(found.untold)}</>}
          </p>
        )}
      </div>
      <p className={view["foot"]}>
        {count(slots.length)} of {counted(model.tasks.size, "task")} that this page keeps
        {model.tasks.count > model.tasks.size && `; it has heard of ${count(model.tasks.count)}`}
        {found.untold > 0 && slots.length > 0 && `. ${untoldText(found.untold)}`}
      </p>
    </div>
  );
}

const untoldText = (tasks: number): string =>
  `By their jobs’ counts there are ${count(tasks)} more that this page does not list: tasks are told one by one only while somebody looks, and of many at once not all.`;

function Space({ height }: { readonly height: number }): ReactElement | null {
  if (height === 0) return null;
  return (
    <tr aria-hidden="true">
      <td style={{ height, padding: 0, border: 0 }} />
    </tr>
  );
}

interface PhaseButtonProps {
  readonly phase: number;
  readonly tasks: number;
  readonly on: boolean;
  readonly set: (on: boolean) => void;
}

function PhaseButton({ phase, tasks, on, set }: PhaseButtonProps): ReactElement {
  return (
    <button type="button" className={button["chip"]} aria-pressed={on} onClick={() => set(!on)}>
      {PHASE_NAMES[phase]} <b>{count(tasks)}</b>
    </button>
  );
}
