/** The task stream: what every server ran, as rectangles on one line of time. */
import { type ReactElement, useCallback, useEffect, useState } from "react";
import { useLocation } from "wouter";
import button from "../../components/button.module.css";
import { Nothing, Panel } from "../../components/panel.tsx";
import { Plot } from "../../components/plot.tsx";
import { useNow } from "../../components/use-now.ts";
import view from "../../components/view.module.css";
import { functionColour } from "../../draw/colours.ts";
import { AXIS_HEIGHT, type StreamHit } from "../../draw/stream-picture.ts";
import { FIRST_SPAN_MS, zoom, type TimeWindow } from "../../draw/time-window.ts";
import { duration, rate } from "../../format.ts";
import type { ClusterModel, ServerRow } from "../../model/cluster-model.ts";
import { HISTORY_SECONDS } from "../../model/history.ts";
import { clusterNow, knownSeconds, lanesInOrder, pageTime } from "../../model/select.ts";
import { setUrl, useUrlState } from "../../page/url-state.ts";
import { useModel } from "../../use-cluster.ts";
import { MOST_LANE, StreamCanvas } from "./stream-canvas.tsx";
import { StreamHover } from "./stream-hover.tsx";
import styles from "./stream.module.css";

const FUNCTIONS_SHOWN = 16;
/** The address follows what is shown this much later: once for a gesture. */
const ADDRESS_MS = 250;
const SPANS: readonly (readonly [name: string, spanMs: number])[] = [
  ["10 s", 10_000],
  ["1 min", 60_000],
  ["5 min", 300_000],
];

/** What the address says is shown. */
function windowOfAddress(): TimeWindow {
  const parameters = new URLSearchParams(location.search);
  const [span, until] = ["span", "until"].map((name) => Number(parameters.get(name)));
  return {
    spanMs: span !== undefined && span > 0 ? span * 1000 : FIRST_SPAN_MS,
    untilMs: until !== undefined && until > 0 ? until : undefined,
  };
}

export function Stream(): ReactElement {
  const model = useModel();
  const nowMs = useNow();
  const [, go] = useLocation();
  const [only, setOnly] = useUrlState("fn");
  const [shown, setShown] = useState(windowOfAddress);
  const [hit, setHit] = useState<{ readonly hit: StreamHit; readonly x: number; readonly y: number } | undefined>();
  const now = useCallback(() => clusterNow(model, Date.now()), [model]);
  useEffect(() => {
    const timer = setTimeout(
      () =>
        setUrl({
          span: shown.spanMs === FIRST_SPAN_MS ? undefined : String(shown.spanMs / 1000),
          until: shown.untilMs === undefined ? undefined : String(Math.round(shown.untilMs)),
        }),
      ADDRESS_MS,
    );
    return () => clearTimeout(timer);
  }, [shown]);
  const untilMs = shown.untilMs ?? now();
  const servers = lanesInOrder(model, untilMs - shown.spanMs);
  const fn = model.functions.get(only)?.index;
  if (servers.length === 0) {
    return (
      <Panel title="Stream">
        <Nothing>
          A lane for every server appears here, and in it a rectangle for each task. No server has joined.
        </Nothing>
      </Panel>
    );
  }
  const held = shown.untilMs !== undefined;
  return (
    <div className={view["view"]}>
      <div className={view["bar"]}>
        <button
          type="button"
          className={button["button"]}
          aria-pressed={held}
          onClick={() => setShown((before) => ({ ...before, untilMs: held ? undefined : now() }))}
        >
          {held ? "Follow" : "Hold still"}
        </button>
        <div role="group" aria-label="Length of time shown" className={styles["group"]}>
          {SPANS.map(([name, spanMs]) => (
            <button
              key={name}
              type="button"
              className={button["button"]}
              aria-pressed={shown.spanMs === spanMs}
              onClick={() => setShown((before) => ({ ...before, spanMs }))}
            >
              {name}
            </button>
          ))}
          <button
            type="button"
            className={button["button"]}
            aria-label="Closer"
            onClick={() => setShown((before) => zoom(before, 0.5, 0.5, now()))}
          >
            +
          </button>
          <button
            type="button"
            className={button["button"]}
            aria-label="Farther"
            onClick={() => setShown((before) => zoom(before, 2, 0.5, now()))}
          >
            −
          </button>
        </div>
        <p className={styles["words"]}>
          {duration(shown.spanMs)}
          {shown.untilMs === undefined
            ? " until now"
            : `, ${duration(Math.max(0, clusterNow(model, nowMs) - shown.untilMs))} ago`}
        </p>
        <Legend model={model} only={only} set={setOnly} summed={isSummed(servers, shown, now())} />
      </div>
      <div className={styles["stage"]} style={{ height: AXIS_HEIGHT + servers.length * MOST_LANE + 4 }}>
        <StreamCanvas
          model={model}
          servers={servers}
          window={shown}
          only={fn}
          now={now}
          change={setShown}
          hover={setHit}
          open={(task) => go(`/tasks/${task}`)}
        />
        {hit !== undefined && <StreamHover model={model} {...hit} now={clusterNow(model, nowMs)} />}
      </div>
      <FinishedPlot model={model} nowMs={nowMs} />
    </div>
  );
}

interface LegendProps {
  readonly model: ClusterModel;
  readonly only: string;
  readonly set: (fn: string) => void;
  /** Some of what is shown is known as sums. */
  readonly summed: boolean;
}

/** Before somebody looked, and when there are too many, tasks are not told one by one. */
function isSummed(servers: readonly ServerRow[], { spanMs, untilMs }: TimeWindow, nowMs: number): boolean {
  return servers.some(({ unlisted }) => unlisted.ratePerSecond(untilMs ?? nowMs, Math.ceil(spanMs / 1000)) > 0);
}

/** The functions that ran most; each can be looked at alone. */
function Legend({ model, only, set, summed }: LegendProps): ReactElement {
  const most = model.functionList
    .toSorted((a, b) => b.done + b.failed - a.done - a.failed || a.index - b.index)
    .slice(0, FUNCTIONS_SHOWN);
  return (
    <ul className={styles["legend"]} aria-label="Functions">
      {most.map((fn) => (
        <li key={fn.index}>
          <button
            type="button"
            className={button["chip"]}
            aria-pressed={only === fn.name}
            onClick={() => set(only === fn.name ? "" : fn.name)}
          >
            <i className={view["swatch"]} style={{ background: functionColour(fn.index) }} aria-hidden="true" />
            {fn.name}
          </button>
        </li>
      ))}
      {summed && (
        <li
          className={styles["sums"]}
          title="Tasks are told one by one while somebody looks, and as many as there is room for."
        >
          <i className={view["swatch"]} aria-hidden="true" />
          in sums
        </li>
      )}
    </ul>
  );
}

const perSecond = (value: number): string => `${rate(value)}/s`;

/** The same line of time, all servers together. */
function FinishedPlot({ model, nowMs }: { readonly model: ClusterModel; readonly nowMs: number }): ReactElement {
  const seconds = knownSeconds(model, clusterNow(model, nowMs), HISTORY_SECONDS - 1);
  return (
    <Panel title="All servers">
      <div className={styles["plot"]}>
        <Plot
          name="Tasks finished"
          timesMs={seconds.map((second) => pageTime(model, second * 1000))}
          values={seconds.map((second) => model.finished.at(second))}
          show={perSecond}
        />
      </div>
    </Panel>
  );
}
