/** The machines: what they are and how they stand. */
import type { ReactElement } from "react";
import { Link } from "wouter";
import { Share } from "../../components/bar.tsx";
import { Nothing, Panel } from "../../components/panel.tsx";
import { type Column, Table } from "../../components/table.tsx";
import { bytes, count, counted, shortId, timeOfDay } from "../../format.ts";
import type { ClusterModel, NodeRow, ServerRow } from "../../model/cluster-model.ts";
import { busyOfNode, pageTime } from "../../model/select.ts";
import { NodeStanding } from "../nodes/standing.tsx";
import styles from "./overview.module.css";

/** The page of nodes lists all. */
const SHOWN = 12;

export function Nodes({ model }: { readonly model: ClusterModel }): ReactElement {
  const nodes = [...model.nodes.values()];
  return (
    <Panel title="Machines" aside={nodes.length > 0 && <Link href="/nodes">{counted(nodes.length, "node")}</Link>}>
      {nodes.length === 0 ? (
        <Nothing>
          None yet. <code>skein node INVITE</code> adds one.
        </Nothing>
      ) : (
        <Table
          label="Table of machines"
          columns={columnsOf(model)}
          rows={nodes}
          rowKey={({ id }) => id}
          sortName="machines"
          mostRows={SHOWN}
        />
      )}
    </Panel>
  );
}

function columnsOf(model: ClusterModel): readonly Column<NodeRow>[] {
  const serversOf = ({ id }: NodeRow): readonly ServerRow[] =>
    [...model.servers.values()].filter(({ node }) => node === id);
  return [
    {
      name: "Name",
      long: "wrap",
      cell: ({ id, label, info }) => (
        <>
          <Link href={`/nodes/${id}`}>{label}</Link>
          <span className={styles["id"]}>
            {info.platform} · {shortId(info.id)}
            {info.kind === "node" && Object.entries(info.labels).map(([key, value]) => ` · ${key}=${value}`)}
          </span>
        </>
      ),
    },
    {
      name: "State",
      cell: (node) => (
        <>
          <NodeStanding node={node} />
          {node.state === "lost" && ` at ${timeOfDay(pageTime(model, node.sinceMs))}`}
        </>
      ),
    },
    {
      name: "Servers busy",
      cell: (node) => `${count(busyOfNode(model, serversOf(node)))} of ${count(node.info.servers)}`,
    },
    { name: "CPU", cell: (node) => node.info.kind !== "tab" && <Share of={cpuOf(node)} /> },
    { name: "Memory free", number: true, cell: (node) => freeOf(node, node.info.load.memoryFreeBytes) },
  ];
}

/** Share of its processors that is in use, by whomever. */
export const cpuOf = ({ info }: NodeRow): number => Math.max(0, 1 - info.load.cpuIdleShare);

/** Of a tab nothing of that is known. */
export const freeOf = ({ info }: NodeRow, value: number): string => (info.kind === "tab" ? "" : bytes(value));
