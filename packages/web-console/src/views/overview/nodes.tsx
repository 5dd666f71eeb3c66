/** The machines: what they are and how they stand. */
import type { ReactElement } from "react";
import { Link } from "wouter";
import { Nothing, Panel } from "../../components/panel.tsx";
import { bytes, count, shortId, timeOfDay } from "../../format.ts";
import type { ClusterModel, NodeRow } from "../../model/cluster-model.ts";
import { isBusy, pageTime } from "../../model/select.ts";
import { NodeStanding } from "../nodes/standing.tsx";
import styles from "./nodes.module.css";

export function Nodes({ model }: { readonly model: ClusterModel }): ReactElement {
  const nodes = [...model.nodes.values()];
  return (
    <Panel title="Machines">
      {nodes.length === 0 ? (
        <Nothing>
          None yet. <code>skein node INVITE</code> adds one.
        </Nothing>
      ) : (
        <div className={styles["scroll"]} tabIndex={0} role="region" aria-label="Table of machines">
          <table className={styles["table"]}>
            <thead>
              <tr>
                <th scope="col">Name</th>
                <th scope="col">State</th>
                <th scope="col">Servers busy</th>
                <th scope="col">CPU</th>
                <th scope="col">Memory free</th>
                <th scope="col">Disk free</th>
              </tr>
            </thead>
            <tbody>
              {nodes.map((node) => (
                <Node key={node.id} model={model} node={node} />
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Panel>
  );
}

function Node({ model, node }: { readonly model: ClusterModel; readonly node: NodeRow }): ReactElement {
  const { info } = node;
  const servers = [...model.servers.values()].filter((server) => server.node === node.id);
  const busyCpu = 1 - info.load.cpuIdleShare;
  return (
    <tr>
      <th scope="row">
        <Link href={`/nodes/${node.id}`}>{node.label}</Link>
        <span className={styles["id"]}>
          {info.platform} · {shortId(info.id)}
          {Object.entries(info.labels).map(([key, value]) => ` · ${key}=${value}`)}
        </span>
      </th>
      <td>
        <NodeStanding node={node} />
        {node.state === "lost" && ` at ${timeOfDay(pageTime(model, node.sinceMs))}`}
      </td>
      <td data-name="Servers busy">
        {count(servers.filter((server) => isBusy(model, server)).length)} of {count(info.servers)}
      </td>
      <td data-name="CPU">
        <span className={styles["cpu"]}>
          <svg viewBox="0 0 1 1" preserveAspectRatio="none" aria-hidden="true">
            <rect width={Math.min(1, Math.max(0, busyCpu))} height="1" />
          </svg>
          {Math.round(busyCpu * 100)} %
        </span>
      </td>
      <td data-name="Memory free">{bytes(info.load.memoryFreeBytes)}</td>
      <td data-name="Disk free">{bytes(info.load.diskFreeBytes)}</td>
    </tr>
  );
}
