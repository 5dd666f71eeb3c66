/** Many tabs of one browser that serve one program for two minutes: all stay, and what each costs when idle. */
import { readFile } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import type { Browser, BrowserContext } from "playwright";
import { connectForTabs, serveTabPages, tabAddress } from "../../playwright/tab-pages.ts";
import { launchChromium } from "../engines/chromium.ts";
import { expectThat, type Gate } from "./gate.ts";

const TABS = 20;
const IDLE_MS = 120_000;
const SETTLE_MS = 10_000;
const READY_MS = 60_000;

interface Cost {
  readonly bytes: number;
  readonly cpuS: number;
}

/** Of all the browser's processes; shared memory is counted in parts. */
async function costOf(browser: Browser): Promise<Cost> {
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send("SystemInfo.getProcessInfo");
  await session.detach();
  let bytes = 0;
  let cpuS = 0;
  for (const { id, cpuTime } of processInfo) {
    const parts = /^Pss:\s+(\d+) kB/m.exec(await readFile(`/proc/${id}/smaps_rollup`, "utf8"));
    bytes += Number(parts?.[1] ?? 0) * 1024;
    cpuS += cpuTime;
  }
  return { bytes, cpuS };
}

const mb = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;

async function openTabs(context: BrowserContext, address: () => Promise<string>): Promise<void> {
  for (let opened = 0; opened < TABS; opened += 1) {
    const page = await context.newPage();
    await page.goto(await address());
    await page.waitForFunction(() => document.title === "serving", undefined, { timeout: READY_MS });
  }
}

export const gate: Gate = {
  proves: `${TABS} tabs of one browser stay joined for ${IDLE_MS / 1000} s; memory and idle CPU time of each`,
  limitMs: 400_000,
  run: async () => {
    const [pages, client] = await Promise.all([serveTabPages(), connectForTabs()]);
    const browser = await launchChromium();
    try {
      const gone: string[] = [];
      void (async () => {
        for await (const { type } of client.peer.events.values())
          if (type === "lost" || type === "suspected") gone.push(type);
      })();
      const context = await browser.newContext();
      const empty = await context.newPage();
      // A page without ours, for what a tab of the browser costs by itself.
      await empty.goto("data:text/html,<title>empty</title>");
      const none = await costOf(browser);
      const ownCpu = process.cpuUsage();
      await openTabs(context, () => tabAddress(pages, client, 1));
      const job = await client.openJob();
      const tasks = await job.module<typeof import("./programs/tab-tasks.ts")>(
        new URL("./programs/tab-tasks.ts", import.meta.url),
      );
      const worked = async (): Promise<number> => {
        const { nodes } = await client.status();
        const asked = nodes.map(({ id }, n) => tasks.waits.run([n, 100], { kind: "io", at: id }));
        return (await Promise.all(asked)).filter((result, n) => result === n * 2).length;
      };
      expectThat((await worked()) === TABS, `not all of ${TABS} tabs did a task`);
      await job.close();
      await delay(SETTLE_MS);
      const begun = await costOf(browser);
      const startCpu = process.cpuUsage(ownCpu);
      await delay(IDLE_MS);
      const ended = await costOf(browser);
      const endCpu = process.cpuUsage(ownCpu);
      const { nodes } = await client.status();
      const idle = (ended.cpuS - begun.cpuS) / (IDLE_MS / 1000) / TABS;
      const program = (endCpu.user + endCpu.system - startCpu.user - startCpu.system) / 1000 / IDLE_MS;
      console.log(
        `   memory: ${mb((ended.bytes - none.bytes) / TABS)} each, ${mb((ended.bytes - begun.bytes) / TABS)} more than at the start`,
      );
      console.log(
        `   idle: ${(idle * 100).toFixed(2)} % of a core each, the program they joined ${(program * 100).toFixed(2)} %`,
      );
      expectThat(nodes.length === TABS && gone.length === 0, `${nodes.length} of ${TABS} stayed; ${gone.join(", ")}`);
      console.log(`   all ${TABS} stayed`);
    } finally {
      await browser.close();
      await client.close({ cancel: true });
      await pages.close();
    }
  },
};
