/** One task: its life as a line of events, what it waits for, who it belongs to, its error and its log. */
import type { TaskDetail } from "@skein/runtime";
import { isTaskId } from "@skein/runtime/host";
import type { ReactElement } from "react";
import { Link, useParams } from "wouter";
import { type Fact, Facts } from "../../components/facts.tsx";
import { LogLines } from "../../components/log-lines.tsx";
import { Nothing, Panel } from "../../components/panel.tsx";
import { Phase } from "../../components/phase.tsx";
import { useNow } from "../../components/use-now.ts";
import view from "../../components/view.module.css";
import { functionColour } from "../../draw/colours.ts";
import { duration } from "../../format.ts";
import type { ClusterModel } from "../../model/cluster-model.ts";
import { logsOfTask } from "../../model/find-logs.ts";
import { clusterNow, functionName, serverName } from "../../model/select.ts";
import { isOpen, type TaskRow } from "../../model/task-row.ts";
import { useTopic } from "../../page/use-topics.ts";
import { useModel } from "../../use-cluster.ts";
import { TaskInside } from "./inside.tsx";
import { Life } from "./life.tsx";
import { TaskSteering } from "./steering.tsx";

export function TaskView(): ReactElement {
  const model = useModel();
  const { id } = useParams<{ id: string }>();
  if (!isTaskId(id)) return <Unknown />;
  return <OneTask key={id} model={model} id={id} />;
}

function OneTask({ model, id }: { readonly model: ClusterModel; readonly id: TaskRow["id"] }): ReactElement {
  const now = clusterNow(model, useNow());
  const task = model.tasks.row(id);
  const shown = useTopic(`task:${id}`);
  const inside: TaskDetail | undefined = shown[0]?.task;
  if (task === undefined && inside === undefined) return <Unknown />;
  const name = task === undefined ? (inside?.name ?? "?") : (functionName(model, task.fn) ?? "?");
  return (
    <div className={view["view"]}>
      <div className={view["head"]}>
        <div className={view["title"]}>
          <h2>
            {task !== undefined && (
              <i className={view["swatch"]} style={{ background: functionColour(task.fn) }} aria-hidden="true" />
            )}
            {name}
          </h2>
          <p>{task === undefined ? (inside?.state ?? "") : <Phase phase={task.phase} attempt={task.attempt} />}</p>
        </div>
        {task !== undefined && isOpen(task.phase) && <TaskSteering model={model} task={task} name={name} />}
      </div>
      {task !== undefined && (
        <>
          <Panel title="Task">
            <Facts facts={factsOf(model, task, now)} />
          </Panel>
          <Panel title="Life">
            <Life model={model} task={task} />
          </Panel>
        </>
      )}
      <TaskInside inside={inside} ended={task !== undefined && !isOpen(task.phase)} />
      <Panel title="Log" aside={<Link href={`/logs?q=task:${id}`}>in all logs</Link>}>
        <LogLines
          model={model}
          lines={logsOfTask(model, id)}
          nothing="It has logged nothing that this page heard of."
        />
      </Panel>
    </div>
  );
}

function factsOf(model: ClusterModel, task: TaskRow, now: number): readonly Fact[] {
  const job = model.jobs.get(task.job);
  const untilMs = isOpen(task.phase) ? now : task.endedMs;
  const waitedMs = (task.startedMs || untilMs) - task.createdMs;
  return [
    ["Arguments", task.args === "" ? undefined : <code key="args">{task.args}</code>, "wide"],
    [
      "Job",
      <Link key="job" href={`/jobs?job=${task.job}`}>
        {job?.name ?? task.job}
      </Link>,
    ],
    [
      "Server",
      task.server === undefined ? undefined : (
        <Link key="server" href={`/servers/${task.server}`}>
          {serverName(model, task.server)}
        </Link>
      ),
    ],
    ["Kind", task.kind === "io" ? "I/O" : "CPU"],
    ["Attempt", String(task.attempt)],
    ["Waited", task.createdMs > 0 && waitedMs >= 0 ? duration(waitedMs) : undefined],
    ["Ran", task.startedMs > 0 ? duration(Math.max(0, untilMs - task.startedMs)) : undefined],
    ["Result", task.corrected ? "corrected: a tab had given a wrong one" : undefined],
    ["Id", <code key="id">{task.id}</code>, "wide"],
  ];
}

function Unknown(): ReactElement {
  return (
    <Panel title="This page knows no such task">
      <Nothing>
        It ended long ago, or was counted and not reported. <Link href="/tasks">All tasks</Link>
      </Nothing>
    </Panel>
  );
}
