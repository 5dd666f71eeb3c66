/** Servers as a table: of one node, or of all. */
import type { ReactElement } from "react";
import { Link } from "wouter";
import { Share } from "../../components/bar.tsx";
import { Nothing } from "../../components/panel.tsx";
import { type Column, Table } from "../../components/table.tsx";
import table from "../../components/table.module.css";
import { count } from "../../format.ts";
import type { ClusterModel, ServerRow } from "../../model/cluster-model.ts";
import { busyShare, doneOf, failedOf, isBusy, runningOf, runsNow, serverName } from "../../model/select.ts";
import { ServerStanding } from "./standing.tsx";

const BUSY_SECONDS = 60;

export interface ServerTableProps {
  readonly model: ClusterModel;
  readonly servers: readonly ServerRow[];
  readonly now: number;
  /** What the address calls the order, where another table is on the page. */
  readonly sortName?: string;
}

export function ServerTable({ model, servers, now, sortName = "servers" }: ServerTableProps): ReactElement {
  if (servers.length === 0) return <Nothing>None.</Nothing>;
  return (
    <Table
      label="Table of servers"
      columns={columnsOf(model, now)}
      rows={servers}
      rowKey={({ id }) => id}
      sort="name"
      sortName={sortName}
    />
  );
}

function columnsOf(model: ClusterModel, now: number): readonly Column<ServerRow>[] {
  const jobOf = ({ job }: ServerRow): string => (job === undefined ? "" : (model.jobs.get(job)?.name ?? ""));
  const shareOf = (server: ServerRow): number => busyShare(server, now, BUSY_SECONDS);
  return [
    {
      name: "Server",
      sort: ["name", ({ id }) => serverName(model, id)],
      cell: ({ id, kind }) => (
        <>
          <Link href={`/servers/${id}`}>{serverName(model, id)}</Link>
          {kind === "io" && <span className={table["quiet"]}> I/O</span>}
        </>
      ),
    },
    {
      name: "State",
      sort: ["state", (server) => `${server.state} ${server.hold ?? ""} ${isBusy(model, server) ? "busy" : ""}`],
      cell: (server) => <ServerStanding server={server} busy={isBusy(model, server)} />,
    },
    { name: "Runs now", long: "cut", cell: (server) => runsNow(model, server) ?? "" },
    { name: "Job", long: "cut", sort: ["job", jobOf], cell: jobOf },
    { name: "Busy", number: true, sort: ["busy", shareOf], cell: (server) => <Share of={shareOf(server)} /> },
    { name: "Running", number: true, sort: ["running", runningOf], cell: (server) => count(runningOf(server)) },
    { name: "Done", number: true, sort: ["done", doneOf], cell: (server) => count(doneOf(server)) },
    {
      name: "Failed",
      number: true,
      sort: ["failed", failedOf],
      bad: (server) => failedOf(server) > 0,
      cell: (server) => count(failedOf(server)),
    },
    {
      name: "Replaced",
      number: true,
      sort: ["replaced", ({ replaced }) => replaced],
      cell: ({ replaced }) => count(replaced),
    },
  ];
}
