/**
 * A React page of your own that watches a cluster: its jobs, servers and machines by `useCluster(client)`.
 *
 * Run:  npm run example -- 26    (starts a cluster for as long as it runs; it needs the packages vite and react)
 *       and open the address it prints. Ctrl-C ends it.
 * See:  in the page, how many servers there are and how many are busy, and a line for each job as it comes.
 */
import { fileURLToPath } from "node:url";
import { connect } from "skein";
import { skein } from "skein/vite";
import { createServer } from "vite";

await using client = await connect();
const pages = await createServer({
  configFile: false,
  root: fileURLToPath(new URL("./page/", import.meta.url)),
  plugins: [skein()],
  logLevel: "error",
  build: { target: ["chrome125", "firefox128", "safari18"] },
});
await pages.listen();
const invite = await client.peer.invite({ roles: ["client"], uses: 20 });
console.log(`open ${pages.resolvedUrls?.local[0]}#${invite}`);
await using job = await client.openJob({ name: "something to see" });
const stop = new Promise<"stop">((resolve) => process.once("SIGINT", () => resolve("stop")));
for (let round = 1; ; round += 1) {
  const done = Promise.all(Array.from({ length: 8 }, (_, part) => job.run(work, [round * part])));
  if ((await Promise.race([done, stop])) === "stop") break;
}
await job.close({ cancel: true });
await pages.close();

function work(_task: unknown, seed: number): number {
  let value = seed;
  for (let at = 0; at < 2e8; at += 1) value = (value * 31 + at) % 1_000_003;
  return value;
}
