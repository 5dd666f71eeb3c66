/** All nodes and their servers: what they are, what they have done, and how loaded they are. */
import type { ReactElement, ReactNode } from "react";
import { Link } from "wouter";
import { Nothing, Panel } from "../../components/panel.tsx";
import { SortHead } from "../../components/sort-head.tsx";
import table from "../../components/table.module.css";
import { useNow } from "../../components/use-now.ts";
import view from "../../components/view.module.css";
import { bytes, count, counted } from "../../format.ts";
import type { ClusterModel, NodeRow, ServerRow } from "../../model/cluster-model.ts";
import { busyShare, clusterNow, doneOf, failedOf, isBusy, runningOf } from "../../model/select.ts";
import { useSort } from "../../page/url-state.ts";
import { useModel } from "../../use-cluster.ts";
import { NodeStanding } from "./standing.tsx";
import { ServerTable } from "./server-table.tsx";

const BUSY_SECONDS = 60;

/** A node with the sums of its servers. */
interface NodeSums {
  readonly node: NodeRow;
  readonly servers: readonly ServerRow[];
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
      servers,
      busy: servers.filter((server) => isBusy(model, server)).length,
      running: sum(runningOf),
      done: sum(doneOf),
      failed: sum(failedOf),
      busyShare: servers.length === 0 ? 0 : sum((server) => busyShare(server, now, BUSY_SECONDS)) / servers.length,
    };
  });
}

const KEYS: Readonly<Record<string, (sums: NodeSums) => number | string>> = {
  name: ({ node }) => node.label,
  state: ({ node }) => `${node.state} ${node.hold ?? ""}`,
  busy: (sums) => sums.busyShare,
  running: (sums) => sums.running,
  submitted: (sums) => sums.running + sums.done + sums.failed,
  done: (sums) => sums.done,
  failed: (sums) => sums.failed,
  cpu: ({ node }) => 1 - node.info.load.cpuIdleShare,
  memory: ({ node }) => node.info.load.memoryFreeBytes,
  disk: ({ node }) => node.info.load.diskFreeBytes,
};

export function NodesView(): ReactElement {
  const model = useModel();
  const now = clusterNow(model, useNow());
  const sort = useSort("name");
  const keyOf = KEYS[sort.column] ?? KEYS["name"];
  const order = sumsOf(model, now).toSorted((a, b) => {
    const [x = "", y = ""] = [keyOf?.(a), keyOf?.(b)];
    const less =
      typeof x === "number" && typeof y === "number"
        ? x - y
        : String(x).localeCompare(String(y), "en", { numeric: true });
    return sort.down ? -less : less;
  });
  if (order.length === 0) {
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
      <Panel title="Nodes" aside={`${counted(order.length, "node")}, ${counted(model.servers.size, "server")}`}>
        <div className={table["scroll"]} tabIndex={0} role="region" aria-label="Table of nodes">
          <table className={table["table"]}>
            <thead>
              <tr>
                <SortHead name="Node" column="name" sort={sort} />
                <SortHead name="State" column="state" sort={sort} />
                <th scope="col" data-number>
                  Servers
                </th>
                <SortHead name="Busy" column="busy" sort={sort} number />
                <SortHead name="Running" column="running" sort={sort} number />
                <SortHead name="Submitted" column="submitted" sort={sort} number />
                <SortHead name="Done" column="done" sort={sort} number />
                <SortHead name="Failed" column="failed" sort={sort} number />
                <SortHead name="CPU" column="cpu" sort={sort} number />
                <SortHead name="Memory free" column="memory" sort={sort} number />
                <SortHead name="Disk free" column="disk" sort={sort} number />
              </tr>
            </thead>
            <tbody>
              {order.map((sums) => (
                <NodeLine key={sums.node.id} sums={sums} />
              ))}
            </tbody>
          </table>
        </div>
      </Panel>
      <Panel title="Servers">
        <ServerTable model={model} servers={order.flatMap(({ servers }) => servers)} now={now} />
      </Panel>
    </div>
  );
}

function NodeLine({ sums }: { readonly sums: NodeSums }): ReactElement {
  const { node, busy, running, done, failed } = sums;
  const { info } = node;
  return (
    <tr>
      <th scope="row">
        <Link href={`/nodes/${node.id}`}>{node.label}</Link> <span className={table["quiet"]}>{info.platform}</span>
      </th>
      <td>
        <NodeStanding node={node} />
      </td>
      <Cell>
        {count(busy)} of {count(info.servers)}
      </Cell>
      <Cell>{Math.round(sums.busyShare * 100)} %</Cell>
      <Cell>{count(running)}</Cell>
      <Cell>{count(running + done + failed)}</Cell>
      <Cell>{count(done)}</Cell>
      <Cell>{count(failed)}</Cell>
      <Cell>{Math.round((1 - info.load.cpuIdleShare) * 100)} %</Cell>
      <Cell>{bytes(info.load.memoryFreeBytes)}</Cell>
      <Cell>{bytes(info.load.diskFreeBytes)}</Cell>
    </tr>
  );
}

const Cell = ({ children }: { readonly children: ReactNode }): ReactElement => <td data-number>{children}</td>;
