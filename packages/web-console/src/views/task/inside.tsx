/** What a task shows of itself where it runs: what it waits for, its mailbox, its parents and children. */
import type { TaskDetail } from "@skein/runtime";
import type { ReactElement } from "react";
import { Link } from "wouter";
import { Facts } from "../../components/facts.tsx";
import { Nothing, Panel } from "../../components/panel.tsx";
import view from "../../components/view.module.css";
import { count, counted, duration } from "../../format.ts";
import styles from "./inside.module.css";

type Word = TaskDetail["children"][number];

export interface TaskInsideProps {
  readonly inside: TaskDetail | undefined;
  readonly ended: boolean;
}

export function TaskInside({ inside, ended }: TaskInsideProps): ReactElement | null {
  if (inside === undefined) {
    if (ended) return null;
    return (
      <Panel title="Inside">
        <Nothing>
          What it waits for, its mailbox and its children appear here once it runs and its place answers.
        </Nothing>
      </Panel>
    );
  }
  const texts = inside.mailboxTexts ?? [];
  return (
    <div className={view["pair"]}>
      <Panel title="Inside">
        <Facts
          facts={[
            ["It is", inside.state],
            ["It waits for", inside.waitsFor],
            ["Since", inside.sinceMs === undefined ? undefined : new Date(inside.sinceMs).toLocaleTimeString("en-GB")],
            ["Computed", inside.cpuMs === undefined ? undefined : duration(inside.cpuMs)],
            ["Mailbox", counted(inside.mailbox, "message")],
          ]}
        />
        {texts.length > 0 && (
          <ol className={styles["mailbox"]} aria-label="Mailbox, the next message first">
            {texts.map((text, index) => (
              <li key={`${index} ${text}`}>
                <code>{text}</code>
              </li>
            ))}
            {inside.mailbox > texts.length && <li>and {count(inside.mailbox - texts.length)} more</li>}
          </ol>
        )}
      </Panel>
      <Panel title="Tree">
        <ul className={styles["tree"]}>
          {inside.parents.toReversed().map((parent, depth) => (
            <TreeLine key={parent.id} task={parent} depth={depth} />
          ))}
          <TreeLine task={inside} depth={inside.parents.length} here />
          {inside.children.map((child) => (
            <TreeLine key={child.id} task={child} depth={inside.parents.length + 1} />
          ))}
          {inside.moreChildren !== undefined && <li>and {counted(inside.moreChildren, "more child task")}</li>}
        </ul>
      </Panel>
    </div>
  );
}

interface TreeLineProps {
  readonly task: Word;
  readonly depth: number;
  readonly here?: boolean;
}

function TreeLine({ task, depth, here = false }: TreeLineProps): ReactElement {
  return (
    <li style={{ paddingInlineStart: `${Math.min(depth, 12) * 18}px` }}>
      {here ? <b aria-current="true">{task.name}</b> : <Link href={`/tasks/${task.id}`}>{task.name}</Link>}{" "}
      <span className={styles["state"]}>
        {task.state}
        {task.mailbox > 0 && `, ${counted(task.mailbox, "message")} waiting`}
      </span>
    </li>
  );
}
