/** A page that makes more WebRTC connections in its life than a browser lets it have at a time. */
import { setTimeout as delay } from "node:timers/promises";
import { startBox, transportOf } from "../../playwright/direct-pages.ts";
import { buildFixture } from "../../playwright/fixture-pages.ts";
import { startEngine } from "../../playwright/tabs.ts";
import { expectThat, type Gate } from "./gate.ts";

/** Chromium lets a page have 500, closed ones among them that something still refers to. */
const CONNECTIONS = 530;
const EACH_MS = 60_000;
const POLL_MS = 50;

export const gate: Gate = {
  proves: `a page in Chromium whose WebRTC connection breaks ${CONNECTIONS} times gets another each time`,
  limitMs: 1_800_000,
  run: async () => {
    const pages = await buildFixture("direct-page");
    const engine = await startEngine("chromium");
    const { peer } = await startBox("ws://127.0.0.1:0");
    const { server, url } = await pages.serve("127.0.0.1");
    const heapBytes = process.memoryUsage().heapUsed;
    try {
      const invite = await peer.invite({ roles: ["peer"] });
      const tab = await engine.open(`${url}/#${encodeURIComponent(`page ${invite}`)}`);
      for (let made = 1; made <= CONNECTIONS; made += 1) {
        const endMs = performance.now() + EACH_MS;
        // Each is another one: the page has just cut the one before.
        while (transportOf(peer, "page") !== "webrtc" && performance.now() < endMs) await delay(POLL_MS);
        expectThat(transportOf(peer, "page") === "webrtc", `connection ${made} was not made`);
        if (made % 100 === 0) console.log(`   ${made} connections`);
        await tab.call("cut");
        while (transportOf(peer, "page") === "webrtc" && performance.now() < endMs) await delay(POLL_MS);
      }
      const grownMb = (process.memoryUsage().heapUsed - heapBytes) / 1e6;
      console.log(`   the program's heap grew by ${grownMb.toFixed(1)} MB`);
    } finally {
      await engine.close();
      await peer.close({ cancel: true });
      server.close();
      await pages.remove();
    }
  },
};
