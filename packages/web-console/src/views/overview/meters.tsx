/** The row of meters: how many, how busy, how fast, how well. */
import type { ReactElement, ReactNode } from "react";
import { Bar } from "../../components/bar.tsx";
import { Glyph, type GlyphName } from "../../components/glyph.tsx";
import { Sparkline } from "../../components/sparkline.tsx";
import { bytes, count, counted, rate } from "../../format.ts";
import type { ClusterModel } from "../../model/cluster-model.ts";
import { useTopic } from "../../page/use-topics.ts";
import {
  clusterNow,
  heldServers,
  isBusy,
  RATE_SECONDS,
  serversInOrder,
  serverTotals,
  taskTotals,
} from "../../model/select.ts";
import styles from "./meters.module.css";

const SPARK_SECONDS = 120;
/** Above this a segment a server is too thin to see, and one bar says it. */
const SEGMENT_LIMIT = 48;

export function Meters({ model, nowMs }: { readonly model: ClusterModel; readonly nowMs: number }): ReactElement {
  const servers = serverTotals(model);
  const tasks = taskTotals(model);
  const { held } = heldServers(model);
  const now = clusterNow(model, nowMs);
  return (
    <dl className={styles["meters"]}>
      <Meter name="Servers busy" value={count(servers.busy)} of={`of ${count(servers.all)}`}>
        <BusyBar model={model} />
        <p>
          {counted(model.nodes.size, "machine")}
          {held > 0 && ` · ${count(held)} held by jobs`}
        </p>
      </Meter>
      <Meter name="Tasks running" value={count(tasks.running)}>
        <Count glyph="waiting" value={tasks.waiting} word="waiting" />
      </Meter>
      <Meter name="Finished per second" value={rate(model.finished.ratePerSecond(now, RATE_SECONDS))}>
        <Sparkline history={model.finished} untilMs={now} seconds={SPARK_SECONDS} />
      </Meter>
      <Traffic model={model} now={now} />
      <Meter name="Tasks done" value={count(tasks.done)}>
        <Count glyph="failed" value={tasks.failed + tasks.lost} word="failed" />
        <Count glyph="retried" value={tasks.retried} word="retried" />
      </Meter>
    </dl>
  );
}

/** What all places send, while this page looks at their connections. */
function Traffic({ model, now }: { readonly model: ClusterModel; readonly now: number }): ReactElement {
  const places = useTopic("links");
  const known = places.length > 0;
  return (
    <Meter
      name="Sent per second"
      value={known ? bytes(model.sentBytes.ratePerSecond(now, RATE_SECONDS)) : "–"}
      {...(known ? {} : { of: "asking" })}
    >
      <p>
        {known
          ? `${rate(model.sentFrames.ratePerSecond(now, RATE_SECONDS))} frames/s · ${counted(places.length, "peer")}`
          : "no peer has told yet"}
      </p>
    </Meter>
  );
}

interface MeterProps {
  readonly name: string;
  readonly value: string;
  readonly of?: string;
  readonly children: ReactNode;
}

function Meter({ name, value, of, children }: MeterProps): ReactElement {
  return (
    <div className={styles["meter"]}>
      <dt>{name}</dt>
      <dd>
        <p className={styles["value"]}>
          {value}
          {of !== undefined && <span className={styles["of"]}> {of}</span>}
        </p>
        <div className={styles["below"]}>{children}</div>
      </dd>
    </div>
  );
}

function Count({
  glyph,
  value,
  word,
}: {
  readonly glyph: GlyphName;
  readonly value: number;
  readonly word: string;
}): ReactElement {
  return (
    <p className={styles["count"]}>
      <Glyph name={value === 0 ? "idle" : glyph} /> {count(value)} {word}
    </p>
  );
}

/** A segment per server, filled while it computes. */
function BusyBar({ model }: { readonly model: ClusterModel }): ReactElement {
  const servers = serversInOrder(model);
  if (servers.length > SEGMENT_LIMIT) {
    const { busy, all } = serverTotals(model);
    return (
      <div className={styles["segments"]}>
        <Bar all={all} parts={[["full", busy]]} />
      </div>
    );
  }
  return (
    <div className={styles["segments"]} aria-hidden="true">
      {servers.map((server) => (
        <i key={server.id} className={isBusy(model, server) ? styles["busy"] : styles["idle"]} />
      ))}
    </div>
  );
}
