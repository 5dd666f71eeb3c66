/** What can be done with the tasks that are selected, or with all that match. */
import type { TaskId } from "@skein/runtime";
import type { ReactElement, ReactNode } from "react";
import { ActButton } from "../../components/button.tsx";
import button from "../../components/button.module.css";
import table from "../../components/table.module.css";
import { count, counted } from "../../format.ts";
import type { ClusterModel } from "../../model/cluster-model.ts";
import { PHASE_NAMES } from "../../model/find-tasks.ts";
import { functionName, serverName } from "../../model/select.ts";
import { isOpen } from "../../model/task-row.ts";
import { tell } from "../../page/notices.ts";
import { perform, useActs } from "../../page/use-acts.ts";
import styles from "./tasks.module.css";

/** Tasks that one call may cancel. */
const CALL_TASKS = 1000;

export interface TaskActsProps {
  readonly model: ClusterModel;
  /** Slots of all that match. */
  readonly matching: Int32Array;
  readonly selected: ReadonlySet<TaskId>;
  readonly select: (tasks: ReadonlySet<TaskId>) => void;
  readonly aside: ReactNode;
}

export function TaskActs({ model, matching, selected, select, aside }: TaskActsProps): ReactElement {
  const { jobActs, why } = useActs();
  const open = [...selected].filter((task) => isOpen(model.tasks.row(task)?.phase ?? -1));
  const cancel = async (): Promise<void> => {
    if (jobActs === undefined) return;
    await perform(`${counted(open.length, "task")} cancelled.`, async () => {
      for (let at = 0; at < open.length; at += CALL_TASKS) await jobActs.cancelTasks(open.slice(at, at + CALL_TASKS));
    });
    select(new Set());
  };
  return (
    <div className={styles["acts"]} role="group" aria-label="Selected tasks">
      <button
        type="button"
        className={button["link"]}
        disabled={matching.length === 0}
        onClick={() => select(idsOf(model, matching))}
      >
        Select all {count(matching.length)}
      </button>
      <button type="button" className={button["link"]} disabled={selected.size === 0} onClick={() => select(new Set())}>
        Select none
      </button>
      <span className={table["quiet"]}>{counted(selected.size, "task")} selected</span>
      {jobActs === undefined ? (
        <span className={table["quiet"]}>No cancelling here: {why}.</span>
      ) : (
        <ActButton
          danger
          disabled={open.length === 0}
          question={{
            title: `Cancel ${counted(open.length, "task")}?`,
            effect: "Those that wait never start, those that run are stopped. Who waits for them is told so.",
            verb: `Cancel ${counted(open.length, "task")}`,
          }}
          act={cancel}
        >
          Cancel{open.length > 0 && ` ${count(open.length)}`}
        </ActButton>
      )}
      <ActButton disabled={selected.size === 0} act={() => copy(model, selected)}>
        Copy
      </ActButton>
      {aside}
    </div>
  );
}

function idsOf(model: ClusterModel, slots: Int32Array): ReadonlySet<TaskId> {
  const ids = new Set<TaskId>();
  for (const slot of slots) {
    const id = model.tasks.idAt(slot);
    if (id !== undefined) ids.add(id);
  }
  return ids;
}

/** As lines with tabs: what sheets and editors take. */
async function copy(model: ClusterModel, selected: ReadonlySet<TaskId>): Promise<void> {
  const lines = ["task\tfunction\targuments\tstate\tserver\tjob\tattempts"];
  for (const id of selected) {
    const row = model.tasks.row(id);
    if (row === undefined) continue;
    const server = row.server === undefined ? "" : serverName(model, row.server);
    const words = [id, functionName(model, row.fn) ?? "", row.args, PHASE_NAMES[row.phase] ?? "", server];
    lines.push([...words, model.jobs.get(row.job)?.name ?? row.job, String(row.attempt)].map(oneLine).join("\t"));
  }
  try {
    await navigator.clipboard.writeText(`${lines.join("\n")}\n`);
    tell("done", `${counted(lines.length - 1, "task")} copied.`);
  } catch {
    tell("failed", "This browser did not let the page copy.");
  }
}

const oneLine = (text: string): string => text.replaceAll(/[\t\r\n]+/g, " ");
