/** Words beside the pointer: what the rectangle under it is. */
import type { ReactElement } from "react";
import { Glyph, type GlyphName } from "../../components/glyph.tsx";
import view from "../../components/view.module.css";
import { functionColour } from "../../draw/colours.ts";
import type { StreamHit } from "../../draw/stream-picture.ts";
import { duration } from "../../format.ts";
import type { ClusterModel } from "../../model/cluster-model.ts";
import { functionName, serverName } from "../../model/select.ts";
import { SpanExit } from "../../model/span-log.ts";
import styles from "./stream.module.css";

const WORDS: Readonly<Record<number, readonly [GlyphName, string]>> = {
  [SpanExit.returned]: ["done", "done"],
  [SpanExit.failed]: ["failed", "failed"],
  [SpanExit.cancelled]: ["cancelled", "cancelled"],
  [SpanExit.lost]: ["lost", "lost"],
  [SpanExit.retried]: ["retried", "failed, and tried again"],
};

/** From here on it stands to the left of the pointer. */
const WIDTH = 260;

export interface StreamHoverProps {
  readonly model: ClusterModel;
  readonly hit: StreamHit;
  readonly x: number;
  readonly y: number;
  readonly now: number;
}

export function StreamHover({ model, hit, x, y, now }: StreamHoverProps): ReactElement {
  const [glyph, word] = hit.exit === undefined ? (["running", "running"] as const) : (WORDS[hit.exit] ?? ["idle", ""]);
  const task = hit.task === undefined ? undefined : model.tasks.row(hit.task);
  const tookMs = (hit.endedMs ?? now) - hit.startedMs;
  const right = x > WIDTH + 40;
  return (
    <div
      className={styles["hover"]}
      role="status"
      style={{ left: right ? x - WIDTH - 14 : x + 14, top: y + 14, width: WIDTH }}
    >
      <p>
        <i className={view["swatch"]} style={{ background: functionColour(hit.fn) }} aria-hidden="true" />
        <b>{functionName(model, hit.fn)}</b> {task !== undefined && task.args !== "" && <code>{task.args}</code>}
      </p>
      <p>
        <Glyph name={glyph} /> {word}, {duration(Math.max(0, tookMs))} on {serverName(model, hit.server.id)}
        {task !== undefined && task.attempt > 1 && `, ${task.attempt} attempts`}
      </p>
      {task?.error !== undefined && <p className={styles["error"]}>{task.error.message || task.error.code}</p>}
      {hit.task !== undefined && <p className={styles["hint"]}>a click opens it</p>}
    </div>
  );
}
