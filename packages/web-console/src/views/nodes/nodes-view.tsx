/** All nodes and their servers: what they are, what they have done, and how loaded they are. */
import type { ReactElement } from "react";
import { Link } from "wouter";
import { Share } from "../../components/bar.tsx";
import { badColumn, numberColumn } from "../../components/number-column.ts";
import { Nothing, Panel } from "../../components/panel.tsx";
import { type Column, Table } from "../../components/table.tsx";
import table from "../../components/table.module.css";
import { useNow } from "../../components/use-now.ts";
import view from "../../components/view.module.css";
import { count, counted } from "../../format.ts";
import type { ClusterModel, NodeRow, ServerRow } from "../../model/cluster-model.ts";
import { busyOfNode, busyShare, clusterNow, doneOf, failedOf, runningOf } from "../../model/select.ts";
import { useModel } from "../../use-cluster.ts";
import { cpuOf, freeOf } from "../overview/nodes.tsx";
import { NodeStanding } from "./standing.tsx";
import { ServerTable } from "./server-table.tsx";

const BUSY_SECONDS = 60;

/** A node with the sums of its servers. */
interface NodeSums {
  readonly node: NodeRow;
  readonly busy: number;
  readonly running: number;
  readonly done: number;
  readonly failed: number;
  readonly busyShare: number;
}

function sumsOf(model: ClusterModel, now: number): readonly NodeSums[] {
  const byNode = Map.groupBy(model.servers.values(), ({ node }) => node);
  return [...model.nodes.values()].map((node) => {
    const servers = byNode.get(node.id) ?? [];
    const sum = (value: (server: ServerRow) => number): number =>
      servers.reduce((total, server) => total + value(server), 0);
    return {
      node,
      busy: busyOfNode(model, servers),
      running: sum(runningOf),
      done: sum(doneOf),
      failed: sum(failedOf),
      busyShare: servers.length === 0 ? 0 : sum((server) => busyShare(server, now, BUSY_SECONDS)) / servers.length,
    };
  });
}

const COLUMNS: readonly Column<NodeSums>[] = [
  {
    name: "Node",
    sort: ["name", ({ node }) => node.label],
    cell: ({ node }) => (
      <>
        <Link href={`/nodes/${node.id}`}>{node.label}</Link>{" "}
        <span className={table["quiet"]}>{node.info.platform}</span>
      </>
    ),
  },
  {
    name: "State",
    sort: ["state", ({ node }) => `${node.state} ${node.hold ?? ""}`],
    cell: ({ node }) => <NodeStanding node={node} />,
  },
  {
    name: "Servers",
    number: true,
    sort: ["servers", ({ node }) => node.info.servers],
    cell: ({ busy, node }) => `${count(busy)} of ${count(node.info.servers)}`,
  },
  numberColumn(
    "Busy",
    "busy",
    (sums) => sums.busyShare,
    (share) => <Share of={share} />,
  ),
  numberColumn("Running", "running", ({ running }) => running),
  numberColumn("Submitted", "submitted", ({ running, done, failed }) => running + done + failed),
  numberColumn("Done", "done", ({ done }) => done),
  badColumn("Failed", "failed", ({ failed }) => failed),
  {
    name: "CPU",
    number: true,
    sort: ["cpu", ({ node }) => cpuOf(node)],
    cell: ({ node }) => (node.info.kind === "tab" ? "" : <Share of={cpuOf(node)} />),
  },
  {
    name: "Memory free",
    number: true,
    sort: ["memory", ({ node }) => node.info.load.memoryFreeBytes],
    cell: ({ node }) => freeOf(node, node.info.load.memoryFreeBytes),
  },
  {
    name: "Disk free",
    number: true,
    sort: ["disk", ({ node }) => node.info.load.diskFreeBytes],
    cell: ({ node }) => freeOf(node, node.info.load.diskFreeBytes),
  },
];

export function NodesView(): ReactElement {
  const model = useModel();
  const now = clusterNow(model, useNow());
  const sums = sumsOf(model, now);
  if (sums.length === 0) {
    return (
      <Panel title="Nodes">
        <Nothing>
          None yet. <code>skein node INVITE</code> on another machine adds one, and the link of an invite for tabs adds
          a browser.
        </Nothing>
      </Panel>
    );
  }
  return (
    <div className={view["view"]}>
      <Panel title="Nodes" aside={`${counted(sums.length, "node")}, ${counted(model.servers.size, "server")}`}>
        <Table label="Table of nodes" columns={COLUMNS} rows={sums} rowKey={({ node }) => node.id} sort="name" />
      </Panel>
      <Panel title="Servers">
        <ServerTable model={model} servers={[...model.servers.values()]} now={now} />
      </Panel>
    </div>
  );
}
