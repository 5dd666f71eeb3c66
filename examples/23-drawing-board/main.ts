/**
 * A drawing board that pages share by a channel: what is drawn in one appears in all, and in this program.
 *
 * Run:  npm run example -- 23    (it needs the package vite)
 *       and open the address it prints in several windows. Ctrl-C ends it.
 * See:  in each page, what all of them draw; here, how many strokes there are.
 */
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { startPeer } from "skein";
import { createServer } from "vite";
import { openBoard } from "./board.ts";

await using peer = await startPeer({ name: "board", listen: ["127.0.0.1:0", "ws://127.0.0.1:0"] });
const strokes = openBoard();
const pages = await createServer({
  configFile: false,
  root: fileURLToPath(new URL("./page/", import.meta.url)),
  logLevel: "error",
});
await pages.listen();
const invite = await peer.invite({ roles: ["peer"], uses: 100 });
console.log(`open ${pages.resolvedUrls?.local[0]}#${invite}`);

const stop = new AbortController();
process.once("SIGINT", () => stop.abort());
for (let told = 0; !stop.signal.aborted;) {
  if (strokes.length !== told) console.log(`${(told = strokes.length)} strokes`);
  await setTimeout(1000, undefined, { signal: stop.signal }).catch(() => undefined);
}
await pages.close();
