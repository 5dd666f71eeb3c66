/** One server: what it runs, what it ran, and what can be done with it. */
import { type ReactElement, useEffect, useState } from "react";
import { Link, useParams } from "wouter";
import { type Fact, Facts } from "../../components/facts.tsx";
import { Nothing, Panel } from "../../components/panel.tsx";
import { Plot } from "../../components/plot.tsx";
import plot from "../../components/plot.module.css";
import { useNow } from "../../components/use-now.ts";
import view from "../../components/view.module.css";
import { drawFrames } from "../../draw/frames.ts";
import { drawLanes } from "../../draw/lanes.ts";
import { count, duration } from "../../format.ts";
import type { ClusterModel, ServerRow } from "../../model/cluster-model.ts";
import { HISTORY_SECONDS, type SecondHistory } from "../../model/history.ts";
import {
  busyShare,
  clusterNow,
  doneOf,
  failedOf,
  isBusy,
  knownSeconds,
  nodeName,
  pageTime,
  runningOf,
  serverName,
} from "../../model/select.ts";
import { useModel } from "../../use-cluster.ts";
import { RecentTasks } from "./recent-tasks.tsx";
import styles from "./server-view.module.css";
import { ServerStanding } from "./standing.tsx";
import { SteerActs } from "./steer-acts.tsx";

const asPercent = (share: number): string => `${Math.round(share * 100)} %`;
const asRate = (value: number): string => `${count(value)}/s`;

export function ServerView(): ReactElement {
  const model = useModel();
  const now = clusterNow(model, useNow());
  const { peer, lane } = useParams<{ peer: string; lane: string }>();
  const server = [...model.servers.values()].find(({ id }) => id === `${peer}/${lane}`);
  const [canvases] = useState(() => new Map<string, HTMLCanvasElement>());
  useEffect(() => drawFrames((frameMs) => drawLanes(model, canvases, frameMs)), [model, canvases]);
  if (server === undefined) {
    return (
      <Panel title="There is no such server">
        <Nothing>
          It has ended, or never was here. <Link href="/nodes">All servers</Link>
        </Nothing>
      </Panel>
    );
  }
  const name = serverName(model, server.id);
  return (
    <div className={view["view"]}>
      <div className={view["head"]}>
        <div className={view["title"]}>
          <h2>{name}</h2>
          <p>
            <ServerStanding server={server} busy={isBusy(model, server)} />
          </p>
        </div>
        {server.kind === "cpu" && (
          <SteerActs
            at={server.id}
            name={name}
            what="server"
            held={server.hold !== undefined || server.state === "closed"}
          />
        )}
      </div>
      <Panel title="Server">
        <Facts facts={factsOf(model, server, now)} />
        <div className={styles["strip"]}>
          <canvas
            role="img"
            aria-label="What it ran in the last minute"
            ref={(canvas) => {
              if (canvas === null) return undefined;
              canvases.set(server.id, canvas);
              return () => void canvases.delete(server.id);
            }}
          />
          <p>
            <span>last minute</span>
            <span>now</span>
          </p>
        </div>
      </Panel>
      <Panel title="History">
        <div className={plot["plots"]}>
          <Line name="Busy" model={model} history={server.busy} now={now} scale={1 / 1000} show={asPercent} top={1} />
          <Line name="Tasks ended" model={model} history={server.finished} now={now} scale={1} show={asRate} />
        </div>
      </Panel>
      <RecentTasks model={model} query={`server:${name}`} now={now} />
    </div>
  );
}

function factsOf(model: ClusterModel, server: ServerRow, now: number): readonly Fact[] {
  const job = server.job === undefined ? undefined : model.jobs.get(server.job);
  return [
    [
      "Node",
      <Link key="node" href={`/nodes/${server.node}`}>
        {nodeName(model, server.node)}
      </Link>,
    ],
    ["Kind", server.kind === "io" ? "I/O" : "CPU"],
    ["Held by", job?.name],
    ["Busy in the last minute", asPercent(busyShare(server, now, 60))],
    ["Tasks running", count(runningOf(server))],
    ["Done", count(doneOf(server))],
    ["Failed", count(failedOf(server))],
    ["Computed", duration(server.counters.busyMs)],
    ["Processes replaced", server.replaced === 0 ? undefined : count(server.replaced)],
  ];
}

interface LineProps {
  readonly name: string;
  readonly model: ClusterModel;
  readonly history: SecondHistory;
  readonly now: number;
  readonly scale: number;
  readonly show: (value: number) => string;
  readonly top?: number;
}

function Line({ name, model, history, now, scale, show, top }: LineProps): ReactElement {
  const seconds = knownSeconds(model, now, HISTORY_SECONDS - 1);
  return (
    <Plot
      name={name}
      timesMs={seconds.map((second) => pageTime(model, second * 1000))}
      values={seconds.map((second) => Math.min(top ?? Infinity, history.at(second) * scale))}
      show={show}
      {...(top === undefined ? {} : { top })}
    />
  );
}
