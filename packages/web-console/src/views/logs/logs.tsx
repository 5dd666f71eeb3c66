/** The log lines of all tasks and places, merged: narrowed by words and level, followed as they come, downloaded. */
import type { LogLevel } from "@skein/runtime";
import { type ReactElement, useEffect, useState } from "react";
import button from "../../components/button.module.css";
import { LogLine } from "../../components/log-lines.tsx";
import { Search } from "../../components/search.tsx";
import { useMedia } from "../../components/use-media.ts";
import { useRows } from "../../components/use-rows.ts";
import view from "../../components/view.module.css";
import { counted, timeOfDay } from "../../format.ts";
import { findLogs, LEVELS } from "../../model/find-logs.ts";
import type { LogRow } from "../../model/log-list.ts";
import { placeName } from "../../model/places.ts";
import { pageTime } from "../../model/select.ts";
import { saveFile } from "../../page/save-file.ts";
import { useActs } from "../../page/use-acts.ts";
import { useTopics } from "../../page/use-topics.ts";
import { useUrlState } from "../../page/url-state.ts";
import { useModel } from "../../use-cluster.ts";
import type { ClusterModel } from "../../model/cluster-model.ts";
import styles from "./logs.module.css";

const ROW_HEIGHT = 26;
/** Where a line is too narrow for all of it, its words stand below the rest. */
const NARROW_ROW_HEIGHT = 46;
const NARROW = "(max-width: 760px)";
/** Lines of the places themselves that are asked for. */
const PLACES_LEVEL = "info";
const HINTS = ["task:", "server:", "job:", "level:"];

export function Logs(): ReactElement {
  const model = useModel();
  const [query] = useUrlState("q");
  const [level, setLevel] = useUrlState("level", "info");
  const [follow, setFollow] = useUrlState("follow", "yes");
  const least = LEVELS.find((one) => one === level) ?? "info";
  const { acts } = useActs();
  // Only operators are told what places log of themselves.
  useTopics(...(acts === undefined ? [] : ([`logs:${least === "debug" ? "debug" : PLACES_LEVEL}`] as const)));
  const narrow = useMedia(NARROW);
  const lines = useLines(model, query, least);
  const { box, first, end, before, after, show } = useRows(lines.length, narrow ? NARROW_ROW_HEIGHT : ROW_HEIGHT, 0);
  const following = follow === "yes";
  const last = lines.length - 1;
  useEffect(() => {
    if (following && last >= 0) show(last);
  }, [following, last, show]);
  return (
    <div className={view["fill"]} data-fill>
      <div className={view["bar"]}>
        <Search label="Search log lines" placeholder="Words in a line …   ( / )" hints={HINTS} />
        <label className={styles["level"]}>
          From{" "}
          <select
            className={button["field"]}
            value={least}
            onChange={({ currentTarget }) => setLevel(currentTarget.value)}
          >
            {LEVELS.map((one) => (
              <option key={one} value={one}>
                {one}
              </option>
            ))}
          </select>
        </label>
        <button
          type="button"
          className={button["button"]}
          aria-pressed={following}
          onClick={() => setFollow(following ? "no" : "yes")}
        >
          Follow
        </button>
        <button
          type="button"
          className={button["button"]}
          disabled={lines.length === 0}
          onClick={() => download(model, lines)}
        >
          Download
        </button>
      </div>
      <div
        className={view["box"]}
        ref={box}
        tabIndex={0}
        role="log"
        aria-label="Log lines"
        aria-live="off"
        onWheel={({ deltaY }) => {
          if (deltaY < 0 && following) setFollow("no");
        }}
      >
        {lines.length === 0 ? (
          <p className={view["nothing"]}>
            {model.logs.count === 0
              ? `Nothing has been logged since this page looks${sinceText(model)}. task.log and console.log in a task come here, and what skein itself logs.`
              : `None of ${counted(model.logs.count - model.logs.first, "line")} matches.`}
          </p>
        ) : (
          <div style={{ paddingTop: before, paddingBottom: after }}>
            {lines.slice(first, end).map((line) => (
              <div key={line.number} className={styles["line"]} title={`${line.text} ${line.fields}`}>
                <LogLine model={model} line={line} where />
              </div>
            ))}
          </div>
        )}
      </div>
      <p className={view["foot"]}>
        {counted(lines.length, "line")} of {counted(model.logs.count - model.logs.first, "line")} that this page keeps
      </p>
    </div>
  );
}

const sinceText = (model: ClusterModel): string =>
  Number.isFinite(model.firstEventMs) ? ` (${timeOfDay(pageTime(model, model.firstEventMs))})` : "";

const AGAIN_MS = 300;

/** Found again a few times a second, not with every frame. */
function useLines(model: ClusterModel, query: string, least: LogLevel): readonly LogRow[] {
  const [found, setFound] = useState(() => ({ query, least, lines: findLogs(model, query, least), count: -1 }));
  if (found.query !== query || found.least !== least)
    setFound({ query, least, lines: findLogs(model, query, least), count: model.logs.count });
  useEffect(() => {
    const timer = setInterval(() => {
      if (document.visibilityState !== "visible") return;
      setFound((before) =>
        before.count === model.logs.count
          ? before
          : { query, least, lines: findLogs(model, query, least), count: model.logs.count },
      );
    }, AGAIN_MS);
    return () => clearInterval(timer);
  }, [model, query, least]);
  return found.lines;
}

/** One JSON object a line. */
function download(model: ClusterModel, lines: readonly LogRow[]): void {
  const text = lines.map(({ timeMs, level, text: words, fields, at, task, job }) =>
    JSON.stringify({
      time: new Date(timeMs).toISOString(),
      level,
      text: words,
      ...(fields === "" ? {} : { fields }),
      at: placeName(model, at),
      task,
      job: job === undefined ? undefined : (model.jobs.get(job)?.name ?? job),
    }),
  );
  const name = `skein-logs-${new Date().toISOString().slice(0, 19).replaceAll(":", "-")}.jsonl`;
  saveFile([`${text.join("\n")}\n`], name, "application/x-ndjson");
}
