/** A line over time with its last value in words; all plots of the page point at the same time. */
import { type ReactElement, useEffect, useRef } from "react";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { currentColours } from "../draw/colours.ts";
import { timeOfDay } from "../format.ts";
import { pinTime, pointAt, pointedMs, usePointed } from "../page/time-cursor.ts";
import styles from "./plot.module.css";

export interface PlotProps {
  readonly name: string;
  /** Milliseconds since 1970, growing. */
  readonly timesMs: readonly number[];
  readonly values: readonly number[];
  /** A value in words. */
  readonly show: (value: number) => string;
  /** What the line reaches at most; absent: what it does reach. */
  readonly top?: number;
}

const HEIGHT = 104;

export function Plot({ name, timesMs, values, show, top }: PlotProps): ReactElement {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(undefined);
  const pointed = usePointed();
  useEffect(() => {
    const element = box.current;
    if (element === null) return undefined;
    const made = new uPlot(optionsOf(element.clientWidth, show, top), [[], []], element);
    plot.current = made;
    const observer = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height: HEIGHT }));
    observer.observe(element);
    return () => {
      observer.disconnect();
      made.destroy();
      plot.current = undefined;
    };
  }, [show, top]);
  useEffect(() => {
    const made = plot.current;
    if (made === undefined) return;
    made.setData([timesMs.map((timeMs) => timeMs / 1000), [...values]]);
    // No pointer there: it goes where another plot, or the address, points.
    if (pointed !== undefined && !made.over.matches(":hover"))
      made.setCursor({ left: made.valToPos(pointed / 1000, "x"), top: 0 }, false);
  }, [pointed, timesMs, values]);
  const at = pointed === undefined ? -1 : nearest(timesMs, pointed);
  const value = at < 0 ? values.at(-1) : values[at];
  const timeMs = timesMs[at];
  return (
    <figure className={styles["plot"]}>
      <figcaption>
        {name} <b>{value === undefined ? "–" : show(value)}</b>
        {timeMs !== undefined && <span> at {timeOfDay(timeMs)}</span>}
      </figcaption>
      <div ref={box} role="img" aria-label={`${name} over the last minutes`} />
    </figure>
  );
}

function optionsOf(width: number, show: (value: number) => string, top: number | undefined): uPlot.Options {
  const axis: uPlot.Axis = {
    stroke: () => currentColours().quiet,
    grid: { stroke: () => currentColours().grid, width: 1 },
    ticks: { show: false },
    font: "11px system-ui, sans-serif",
  };
  return {
    width,
    height: HEIGHT,
    padding: [8, 18, 0, 0],
    legend: { show: false },
    cursor: {
      y: false,
      drag: { x: false, y: false },
      bind: {
        mouseleave: (_plot, _target, handler) => (event) => {
          pointAt(undefined);
          return handler(event) ?? null;
        },
        click: (plot, _target, handler) => (event) => {
          const left = plot.cursor.left ?? -1;
          if (left >= 0) pinTime(plot.posToVal(left, "x") * 1000);
          return handler(event) ?? null;
        },
      },
    },
    hooks: {
      setCursor: [
        (plot) => {
          const { left = -1 } = plot.cursor;
          const timeMs = plot.posToVal(left, "x") * 1000;
          // Moved by this page, not by a pointer on this plot: nothing new.
          if (left >= 0 && plot.over.matches(":hover") && Math.abs(timeMs - (pointedMs() ?? 0)) > 1) pointAt(timeMs);
        },
      ],
    },
    scales: { y: { range: (_plot, _least, most) => [0, top ?? Math.max(1, most * 1.1)] } },
    axes: [
      { ...axis, size: 22, space: 70, values: (_plot, seconds) => clocks(seconds) },
      { ...axis, size: 58, space: 34, values: (_plot, values) => values.map(show) },
    ],
    series: [
      {},
      {
        stroke: () => currentColours().unlisted,
        fill: () => currentColours().soft,
        width: 1.5,
        points: { show: false },
      },
    ],
  };
}

/** Hours and minutes; with seconds, where marks are less than a minute apart. */
function clocks(seconds: readonly number[]): string[] {
  const fine = seconds.some((second) => second % 60 !== 0);
  return seconds.map((second) => (fine ? timeOfDay(second * 1000) : timeOfDay(second * 1000).slice(0, 5)));
}

function nearest(timesMs: readonly number[], timeMs: number): number {
  let best = -1;
  for (let at = 0; at < timesMs.length; at += 1) {
    const distance = Math.abs((timesMs[at] ?? 0) - timeMs);
    if (best < 0 || distance < Math.abs((timesMs[best] ?? 0) - timeMs)) best = at;
  }
  return best;
}
