/** Servers as a table: of one node, or of all. */
import type { ReactElement } from "react";
import { Share } from "../../components/bar.tsx";
import { badColumn, numberColumn } from "../../components/number-column.ts";
import { Nothing } from "../../components/panel.tsx";
import { ServerLink } from "../../components/place-link.tsx";
import { type Column, Table } from "../../components/table.tsx";
import type { ClusterModel, ServerRow } from "../../model/cluster-model.ts";
import { busyShare, doneOf, failedOf, isBusy, runningOf, runsNow, serverName } from "../../model/select.ts";
import { ServerStanding } from "./standing.tsx";

const BUSY_SECONDS = 60;

export interface ServerTableProps {
  readonly model: ClusterModel;
  readonly servers: readonly ServerRow[];
  readonly now: number;
}

export function ServerTable({ model, servers, now }: ServerTableProps): ReactElement {
  if (servers.length === 0) return <Nothing>None.</Nothing>;
  return (
    <Table
      label="Table of servers"
      columns={columnsOf(model, now)}
      rows={servers}
      rowKey={({ id }) => id}
      sort="name"
      sortName="servers"
    />
  );
}

function columnsOf(model: ClusterModel, now: number): readonly Column<ServerRow>[] {
  const jobOf = ({ job }: ServerRow): string => (job === undefined ? "" : (model.jobs.get(job)?.name ?? ""));
  return [
    {
      name: "Server",
      sort: ["name", ({ id }) => serverName(model, id)],
      cell: (server) => <ServerLink model={model} server={server} />,
    },
    {
      name: "State",
      sort: ["state", (server) => `${server.state} ${server.hold ?? ""} ${isBusy(model, server) ? "busy" : ""}`],
      cell: (server) => <ServerStanding server={server} busy={isBusy(model, server)} />,
    },
    { name: "Runs now", long: "cut", cell: (server) => runsNow(model, server) ?? "" },
    { name: "Job", long: "cut", sort: ["job", jobOf], cell: jobOf },
    numberColumn(
      "Busy",
      "busy",
      (server) => busyShare(server, now, BUSY_SECONDS),
      (share) => <Share of={share} />,
    ),
    numberColumn("Running", "running", runningOf),
    numberColumn("Done", "done", doneOf),
    badColumn("Failed", "failed", failedOf),
    numberColumn("Replaced", "replaced", ({ replaced }) => replaced),
  ];
}
