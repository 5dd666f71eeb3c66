/**
 * A page as client: served with its bundled tasks by Vite, it runs them on the cluster, at nodes and in other tabs.
 *
 * Run:  npm run example -- 25    (starts a cluster for as long as it runs; it needs the package vite)
 *       and open the address it prints. Ctrl-C ends it.
 * See:  in the page, "78498 primes", and who has counted which part.
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
await new Promise((resolve) => process.once("SIGINT", resolve));
await pages.close();
