/** A line of the last seconds, as large as its box. Decoration: the number beside it says the same. */
import type { ReactElement } from "react";
import type { SecondHistory } from "../model/history.ts";
import styles from "./sparkline.module.css";

const HEIGHT = 36;
/** Seconds joined into one point, so that the line is calm. */
const STEP_SECONDS = 2;

export interface SparklineProps {
  readonly history: SecondHistory;
  /** Where it ends, in milliseconds since 1970. */
  readonly untilMs: number;
  readonly seconds: number;
}

export function Sparkline({ history, untilMs, seconds }: SparklineProps): ReactElement {
  const last = Math.floor(untilMs / 1000 / STEP_SECONDS) * STEP_SECONDS;
  const points: number[] = [];
  for (let second = last - seconds; second < last; second += STEP_SECONDS) {
    let sum = 0;
    for (let at = second; at < second + STEP_SECONDS; at += 1) sum += history.at(at);
    points.push(sum / STEP_SECONDS);
  }
  const top = Math.max(1, ...points);
  const place = (value: number, index: number): string =>
    `${index},${(HEIGHT - 2 - (value / top) * (HEIGHT - 4)).toFixed(1)}`;
  const line = points.map(place).join("L");
  const end = points.length - 1;
  return (
    <svg className={styles["sparkline"]} viewBox={`0 0 ${end} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
      <path className={styles["area"]} d={`M0,${HEIGHT}L${line}L${end},${HEIGHT}Z`} />
      <path className={styles["line"]} d={`M${line}`} />
    </svg>
  );
}
