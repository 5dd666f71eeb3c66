/** `tab-join`: from opening a page in Chromium to the result of the first I/O task that runs there. Beside a page that opens a bare libp2p stream and gets an answer. */
import { connectForTabs, serveTabPages, tabAddress } from "../playwright/tab-pages.ts";
import { launchChromium } from "../tools/engines/chromium.ts";
import { runBench } from "./harness.ts";
import { openPageSides } from "./page-sides.ts";

const TASKS = new URL("../tools/gates/programs/tab-tasks.ts", import.meta.url);

export async function run(): Promise<void> {
  const [pages, client, sides, browser] = await Promise.all([
    serveTabPages(),
    connectForTabs(),
    openPageSides(["bare ws"]),
    launchChromium(),
  ]);
  try {
    const job = await client.openJob();
    const tasks = await job.module<typeof import("../tools/gates/programs/tab-tasks.ts")>(TASKS);
    await runBench({
      bench: "tab-join",
      ours: async () => {
        const address = await tabAddress(pages, client, 0);
        const result = tasks.waits.run([21, 0], { kind: "io", at: "tab" });
        const startMs = performance.now();
        const page = await browser.newPage();
        await page.goto(address);
        if ((await result) !== 42) throw new Error("the first result was wrong");
        const tookMs = performance.now() - startMs;
        await page.evaluate("tests.stop()");
        await page.context().close();
        return tookMs;
      },
      peer: () => sides.untilFirst("bare ws"),
      peerName: "bare libp2p stream (ws), an answer in a page",
      unit: "ms",
    });
    await job.close();
  } finally {
    await browser.close();
    await client.close({ cancel: true });
    await sides.close();
    await pages.close();
  }
}
