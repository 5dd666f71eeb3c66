/** What a job has in the cluster: the servers that it holds, and the files that its nodes get. */
import type { JobFileInfo } from "@skein/runtime";
import type { ReactElement } from "react";
import { numberColumn } from "../../components/number-column.ts";
import { ServerLink } from "../../components/place-link.tsx";
import { type Column, Table } from "../../components/table.tsx";
import { bytes, counted, duration } from "../../format.ts";
import type { ClusterModel, JobRow, ServerRow } from "../../model/cluster-model.ts";
import { isBusy, runsNow, serverName } from "../../model/select.ts";
import { ServerStanding } from "../nodes/standing.tsx";
import styles from "./jobs.module.css";

/** Rows of one table of a job; the views of servers have all. */
const MOST_ROWS = 12;
const DIGEST_SHOWN = 12;

interface JobLeasesProps {
  readonly model: ClusterModel;
  readonly job: JobRow;
  readonly servers: readonly ServerRow[];
  readonly now: number;
}

export function JobLeases({ model, job, servers, now }: JobLeasesProps): ReactElement {
  if (servers.length === 0) return <></>;
  return (
    <details className={styles["part"]}>
      <summary>{counted(servers.length, "lease")}</summary>
      <Table
        label={`Table of leases of ${job.name}`}
        columns={leaseColumns(model, now)}
        rows={servers}
        rowKey={({ id }) => id}
        sort="server"
        sortName="leases"
        mostRows={MOST_ROWS}
      />
    </details>
  );
}

function leaseColumns(model: ClusterModel, now: number): readonly Column<ServerRow>[] {
  return [
    {
      name: "Server",
      sort: ["server", ({ id }) => serverName(model, id)],
      cell: (server) => <ServerLink model={model} server={server} />,
    },
    {
      name: "State",
      cell: (server) => <ServerStanding server={server} busy={isBusy(model, server)} />,
    },
    { name: "Runs now", long: "cut", cell: (server) => runsNow(model, server) ?? "" },
    numberColumn("Held for", "held", ({ jobSinceMs }) => Math.max(0, now - jobSinceMs), duration),
  ];
}

export function JobFiles({
  job,
  files,
}: {
  readonly job: JobRow;
  readonly files: readonly JobFileInfo[];
}): ReactElement {
  if (files.length === 0) return <></>;
  const sum = files.reduce((all, file) => all + file.bytes, 0);
  return (
    <details className={styles["part"]}>
      <summary>
        {counted(files.length, "file")}, {bytes(sum)}
      </summary>
      <Table
        label={`Table of files of ${job.name}`}
        columns={FILE_COLUMNS}
        rows={files}
        rowKey={({ path }) => path}
        sort="path"
        sortName="files"
        mostRows={MOST_ROWS}
      />
    </details>
  );
}

const FILE_COLUMNS: readonly Column<JobFileInfo>[] = [
  { name: "File", long: "cut", sort: ["path", ({ path }) => path], cell: ({ path }) => path },
  numberColumn("Size", "size", (file) => file.bytes, bytes),
  numberColumn("At nodes", "there", ({ there }) => there),
  numberColumn("Under way to", "sending", ({ sending }) => sending),
  {
    name: "Digest",
    cell: ({ digest = "" }) => <code title={digest}>{digest.slice(0, DIGEST_SHOWN)}</code>,
  },
];
