/** Servers as a table: of one node, or of all. */
import type { ReactElement } from "react";
import { Link } from "wouter";
import { Nothing } from "../../components/panel.tsx";
import table from "../../components/table.module.css";
import { count, counted } from "../../format.ts";
import type { ClusterModel, ServerRow } from "../../model/cluster-model.ts";
import { busyShare, doneOf, failedOf, isBusy, runningOf, runsNow, serverName } from "../../model/select.ts";
import { ServerStanding } from "./standing.tsx";

/** More would be slow to draw twice a second; the way to them is the table of their node. */
const SHOWN = 200;
const BUSY_SECONDS = 60;

export interface ServerTableProps {
  readonly model: ClusterModel;
  readonly servers: readonly ServerRow[];
  readonly now: number;
}

export function ServerTable({ model, servers, now }: ServerTableProps): ReactElement {
  if (servers.length === 0) return <Nothing>None.</Nothing>;
  return (
    <>
      <div className={table["scroll"]} tabIndex={0} role="region" aria-label="Table of servers">
        <table className={table["table"]}>
          <thead>
            <tr>
              <th scope="col">Server</th>
              <th scope="col">State</th>
              <th scope="col">Runs now</th>
              <th scope="col">Job</th>
              <th scope="col" data-number>
                Busy
              </th>
              <th scope="col" data-number>
                Running
              </th>
              <th scope="col" data-number>
                Done
              </th>
              <th scope="col" data-number>
                Failed
              </th>
              <th scope="col" data-number>
                Replaced
              </th>
            </tr>
          </thead>
          <tbody>
            {servers.slice(0, SHOWN).map((server) => (
              <tr key={server.id}>
                <th scope="row">
                  <Link href={`/servers/${server.id}`}>{serverName(model, server.id)}</Link>
                  {server.kind === "io" && <span className={table["quiet"]}> I/O</span>}
                </th>
                <td>
                  <ServerStanding server={server} busy={isBusy(model, server)} />
                </td>
                <td className={table["text"]}>{runsNow(model, server) ?? ""}</td>
                <td className={table["text"]}>
                  {server.job === undefined ? "" : (model.jobs.get(server.job)?.name ?? "")}
                </td>
                <td data-number>{Math.round(busyShare(server, now, BUSY_SECONDS) * 100)} %</td>
                <td data-number>{count(runningOf(server))}</td>
                <td data-number>{count(doneOf(server))}</td>
                <td data-number>{count(failedOf(server))}</td>
                <td data-number>{count(server.replaced)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {servers.length > SHOWN && <Nothing>and {counted(servers.length - SHOWN, "more server")}</Nothing>}
    </>
  );
}
