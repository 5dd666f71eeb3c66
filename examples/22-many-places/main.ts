/**
 * One address, fetched from many places: each tab that has joined and may fetch asks for it through its page.
 *
 * Run:  npm run example -- 22 https://api.github.com/zen    (starts a cluster for as long as it runs)
 *       and open the link it prints in as many browsers as you like; allow "Fetch from the web" there, for that site.
 * See:  every 5 s, a line for each tab: what the server said to it, and how long that took. Ctrl-C ends it.
 */
import { setTimeout } from "node:timers/promises";
import { connect, serveJoinPage } from "skein";
import { lookFromAll } from "./places.ts";

const [url = "https://api.github.com/zen"] = process.argv.slice(2);
await using client = await connect();
await using page = await serveJoinPage(client.peer, { port: 0 });
const invite = await client.peer.invite({ roles: ["tab"], uses: 100 });
console.log(`join by ${page.link(invite)} and allow fetching from ${new URL(url).origin}`);

const stop = new AbortController();
process.once("SIGINT", () => stop.abort());
while (!stop.signal.aborted) {
  for (const { place, outcome, tookMs } of await lookFromAll(client, url)) {
    console.log(`${place}: ${outcome}, ${tookMs} ms`);
  }
  await setTimeout(5000, undefined, { signal: stop.signal }).catch(() => undefined);
}
