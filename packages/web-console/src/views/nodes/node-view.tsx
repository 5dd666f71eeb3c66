/** One node: what it is, how loaded it was, its servers, and what can be done with it. */
import { type ReactElement } from "react";
import { Link, useParams } from "wouter";
import { type Fact, Facts } from "../../components/facts.tsx";
import { Nothing, Panel } from "../../components/panel.tsx";
import { Plot } from "../../components/plot.tsx";
import plot from "../../components/plot.module.css";
import { useNow } from "../../components/use-now.ts";
import view from "../../components/view.module.css";
import { bytes, count, duration, timeOfDay } from "../../format.ts";
import type { NodeRow } from "../../model/cluster-model.ts";
import { clusterNow, pageTime } from "../../model/select.ts";
import { useModel } from "../../use-cluster.ts";
import { ServerTable } from "./server-table.tsx";
import { NodeStanding } from "./standing.tsx";
import { SteerActs } from "./steer-acts.tsx";

const asPercent = (share: number): string => `${Math.round(share * 100)} %`;

export function NodeView(): ReactElement {
  const model = useModel();
  const now = clusterNow(model, useNow());
  const { id } = useParams<{ id: string }>();
  const node = [...model.nodes.values()].find((one) => one.id === id);
  if (node === undefined) {
    return (
      <Panel title="There is no such node">
        <Nothing>
          It has left, or never was here. <Link href="/nodes">All nodes</Link>
        </Nothing>
      </Panel>
    );
  }
  const servers = [...model.servers.values()].filter((server) => server.node === node.id);
  const lines = node.lines.columns();
  const timesMs = lines.timesMs.map((timeMs) => pageTime(model, timeMs));
  return (
    <div className={view["view"]}>
      <div className={view["head"]}>
        <div className={view["title"]}>
          <h2>{node.label}</h2>
          <p>
            <NodeStanding node={node} />
          </p>
        </div>
        {node.state === "ready" && (
          <SteerActs at={node.id} name={node.label} what="node" held={node.hold !== undefined} />
        )}
      </div>
      <Panel title={node.info.kind === "tab" ? "Tab" : "Machine"}>
        <Facts facts={factsOf(node, now, pageTime(model, node.sinceMs))} />
      </Panel>
      <Panel title="Load" aside={timesMs.length === 0 ? "no report yet" : undefined}>
        <div className={plot["plots"]}>
          <Plot name="CPU" timesMs={timesMs} values={lines.cpuBusy} show={asPercent} top={1} />
          <Plot name="Tasks running" timesMs={timesMs} values={lines.running} show={count} />
          <Plot name="Memory free" timesMs={timesMs} values={lines.memoryFree} show={bytes} />
          {node.info.kind === "node" && (
            <Plot name="Disk free" timesMs={timesMs} values={lines.diskFree} show={bytes} />
          )}
        </div>
      </Panel>
      <Panel title="Servers" aside={<Link href={`/tasks?q=node:${encodeURIComponent(node.label)}`}>its tasks</Link>}>
        <ServerTable model={model} servers={servers} now={now} />
      </Panel>
    </div>
  );
}

const freeOf = (free: number, all: number | undefined): string =>
  all === undefined ? bytes(free) : `${bytes(free)} of ${bytes(all)}`;

function factsOf(node: NodeRow, now: number, sinceMs: number): readonly Fact[] {
  const { info } = node;
  const labels = Object.entries(info.labels);
  const allowed = Object.keys(info.allow);
  const { load, about = {} } = info;
  return [
    ["Platform", info.platform],
    ["Runs on", about.engine],
    ["skein", about.skein],
    ["Servers", count(info.servers)],
    ["Isolation", info.isolation],
    ["Allowed beyond it", allowed.join(", ")],
    ["Network", info.network],
    ["Memory free", freeOf(load.memoryFreeBytes, about.memoryBytes)],
    // Browsers tell nothing of those.
    ["Swap free", info.kind === "tab" ? undefined : bytes(load.swapFreeBytes)],
    ["Disk free", info.kind === "tab" ? undefined : freeOf(load.diskFreeBytes, about.diskBytes)],
    [
      "Up for",
      node.state !== "ready" || about.startedMs === undefined
        ? undefined
        : duration(Math.max(0, now - about.startedMs)),
    ],
    [node.state === "ready" ? "Known since" : "Lost at", timeOfDay(sinceMs)],
    ["For", node.state === "ready" ? duration(Math.max(0, now - node.sinceMs)) : undefined],
    ["Labels", labels.map(([key, value]) => `${key}=${value}`).join(", "), "wide"],
    ["Peer", <code key="id">{node.id}</code>, "wide"],
    ["Addresses", info.location.addresses.join("  "), "wide"],
  ];
}
