/**
 * A fresh server process for each task: nothing that an earlier task has left in its process is there any more.
 *
 * Run:  npm run example -- 18    (starts a cluster for as long as it runs)
 * See:
 *   in one process: the next task sees what the one before has left
 *   in fresh ones: 6 tasks ran in 6 processes, and each found nothing
 */
import { connect, type RemoteTaskContext } from "skein";

/** The module's own variable: it lives as long as its process. */
const left: number[] = [];

/** Leaves something behind, as libraries do that were not made for several uses. */
function leave(_task: RemoteTaskContext, n: number): { readonly pid: number; readonly found: number } {
  left.push(n);
  return { pid: process.pid, found: left.length - 1 };
}

await using client = await connect();
{
  await using job = await client.openJob({ name: "one process", functions: [leave] });
  const first = job.run(leave, [1], { kind: "io" });
  await first;
  const { found } = await job.run(leave, [2], { kind: "io" });
  console.log(`in one process: the next task sees ${found === 1 ? "what the one before has left" : "NOTHING"}`);
}
{
  await using job = await client.openJob({ name: "fresh", functions: [leave], restartServers: true });
  const running = Array.from({ length: 6 }, (_, n) => job.run(leave, [n]));
  const pids = new Set<number>();
  let clean = true;
  for (const task of running) {
    const { pid, found } = await task;
    pids.add(pid);
    clean &&= found === 0;
  }
  console.log(
    `in fresh ones: ${running.length} tasks ran in ${pids.size} processes, and each found ${clean ? "nothing" : "SOMETHING"}`,
  );
}
