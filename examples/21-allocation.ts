/**
 * Rules of one's own for which nodes a job may use, and how much of each; several programs share the cluster's scheduler.
 *
 * Run:  npm run example -- 21    (starts a cluster for as long as it runs)
 * See:
 *   by a function: 1 server of each node that has more than one
 *   by a rule: all but one of this machine's
 *   where no node fits, the job waits and says so
 *   with one more rule it runs
 */
import { connect, type NodeInfo, type PlacementRule, type RemoteTaskContext } from "skein";

async function where(task: RemoteTaskContext): Promise<string> {
  await task.sleep(20);
  return task.server.id;
}

/** Asked here, once for each node: so many servers, 0 for none, `undefined` to ask the next rule. */
const oneOfMany = ({ servers }: NodeInfo): number | undefined => (servers > 1 ? 1 : undefined);

await using client = await connect();
const { nodes } = await client.status();
const total = nodes.reduce((sum, { servers }) => sum + servers, 0);

/** How many servers run the tasks of a job with these rules. */
async function serversFor(name: string, rules: readonly PlacementRule[]): Promise<number> {
  await using job = await client.openJob({ name, where: rules });
  const running = Array.from({ length: 4 * total }, () => job.run(where));
  const used = new Set<string>();
  for (const task of running) used.add(await task);
  return used.size;
}

const many = await serversFor("one of many", [oneOfMany, {}]);
console.log(
  `by a function: ${many === nodes.length ? "1 server" : `${many} SERVERS`} of each node that has more than one`,
);
const most = await serversFor("all but one", [{ platform: /^(linux|darwin|win32)-/, take: -1 }]);
console.log(`by a rule: ${most === Math.max(1, total - nodes.length) ? "all but one" : `${most}`} of this machine's`);

await using job = await client.openJob({ name: "picky", where: [{ labels: { gpu: "yes" } }] });
const waiting = job.run(where);
for await (const event of job.events.values()) {
  if (event.type !== "job.waiting" && event.type !== "node.skipped") continue;
  console.log("where no node fits, the job waits and says so");
  break;
}
job.allocate({ take: 1 });
await waiting;
console.log("with one more rule it runs");
