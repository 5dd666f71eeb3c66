/** Log lines as a list: when, how bad, where, and what. */
import type { ReactElement } from "react";
import { Link } from "wouter";
import { timeOfDay } from "../format.ts";
import type { ClusterModel } from "../model/cluster-model.ts";
import type { LogRow } from "../model/log-list.ts";
import { placeName } from "../model/places.ts";
import { functionName, pageTime } from "../model/select.ts";
import styles from "./log-lines.module.css";

/** Of many, the last ones; the view of logs has all. */
const SHOWN = 200;

export interface LogLinesProps {
  readonly model: ClusterModel;
  readonly lines: readonly LogRow[];
  readonly nothing: string;
}

export function LogLines({ model, lines, nothing }: LogLinesProps): ReactElement {
  if (lines.length === 0) return <p className={styles["nothing"]}>{nothing}</p>;
  return (
    <ol className={styles["lines"]}>
      {lines.slice(-SHOWN).map((line) => (
        <li key={line.number}>
          <LogLine model={model} line={line} />
        </li>
      ))}
    </ol>
  );
}

/** What stands in one line; `where`: its server and task too. */
export function LogLine(props: {
  readonly model: ClusterModel;
  readonly line: LogRow;
  readonly where?: boolean;
}): ReactElement {
  const { model, line, where = false } = props;
  const task = where && line.task !== undefined ? line.task : undefined;
  const fn = task === undefined ? undefined : model.tasks.row(task)?.fn;
  return (
    <>
      <time dateTime={new Date(line.timeMs).toISOString()}>{timeOfDay(pageTime(model, line.timeMs))}</time>
      <span className={styles["level"]} data-level={line.level}>
        {line.level}
      </span>
      {where && (
        <span className={styles["where"]}>
          {placeName(model, line.at)}
          {line.own && <i title="skein’s own words, not a task’s"> skein</i>}
          {task !== undefined && (
            <>
              {" "}
              <Link href={`/tasks/${task}`}>{fn === undefined ? "task" : functionName(model, fn)}</Link>
            </>
          )}
        </span>
      )}
      <span className={styles["text"]}>
        {line.text} {line.fields !== "" && <code>{line.fields}</code>}
      </span>
    </>
  );
}
