/** The page: joins by the invite in its address, and draws what `useCluster` knows. */
import { jobProgress, jobsInOrder, serverTotals, useCluster, type WatchingClient } from "@skein/web-console";
import type { ReactElement } from "react";
import { createRoot } from "react-dom/client";
import { connect } from "skein";

function Cluster({ client }: { readonly client: WatchingClient }): ReactElement {
  const cluster = useCluster(client);
  const { all, busy } = serverTotals(cluster);
  if (cluster.connection.phase === "connecting") return <p>connecting</p>;
  return (
    <>
      <p role="status">
        {cluster.connection.phase}: {busy} of {all} servers busy, {cluster.nodes.size} machines
      </p>
      <ul>
        {jobsInOrder(cluster).map((job) => {
          const { finished, ratePerSecond } = jobProgress(job, cluster.lastEventMs);
          return (
            <li key={job.id}>
              {job.name}: {finished} of {job.counters.submitted} tasks, {ratePerSecond.toFixed(1)} a second
            </li>
          );
        })}
      </ul>
    </>
  );
}

const root = createRoot(document.querySelector("#cluster") ?? document.body);
try {
  root.render(<Cluster client={await connect()} />);
} catch (error) {
  root.render(<p>{String(error)}</p>);
}
