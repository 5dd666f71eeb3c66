/** Tabs that are closed, crash, freeze and lose the network while they work: every task gives its result. */
import { setTimeout as delay } from "node:timers/promises";
import type { ClusterEvent } from "@skein/node-server";
import type { Browser, Page } from "playwright";
import { connectForTabs, serveTabPages, tabAddress } from "../../playwright/tab-pages.ts";
import { launchChromium } from "../engines/chromium.ts";
import { expectThat, type Gate } from "./gate.ts";

const TASKS = 2000;
const LOSSES = 100;
const TABS = 8;
const OPEN_TASKS = 48;
/** Every so manieth task computes in a tab's worker; the others wait, at any tab. */
const COMPUTES_EACH = 4;
const COMPUTE_MS = 100;
const WAIT_MS = 1500;
/** What each tab is given between two losses. */
const QUIET_MS = 4000;
/** Short of what a tab is missed after, and, every fourth time, far beyond it. */
const AWAY_MS = 6000;
const LONG_AWAY_MS = 50_000;
const READY_MS = 60_000;
const RETRIES = 50;

type Loss = "closed" | "crashed" | "frozen" | "offline";
const LOSS_KINDS: readonly Loss[] = ["closed", "crashed", "frozen", "offline"];

/** Where one tab after another is open: a browser of its own, so that its processes are those of the tab. */
class Place {
  readonly #browser: Browser;
  readonly #address: () => Promise<string>;
  #page: Page | undefined;

  constructor(browser: Browser, address: () => Promise<string>) {
    this.#browser = browser;
    this.#address = address;
  }

  async open(): Promise<void> {
    const page = await this.#browser.newPage();
    this.#page = page;
    await page.goto(await this.#address());
    await page.waitForFunction(() => document.title === "serving", undefined, { timeout: READY_MS });
  }

  async lose(loss: Loss, awayMs: number): Promise<void> {
    const page = this.#page;
    if (page === undefined) throw new Error("no tab is open here");
    if (loss === "offline") {
      await page.context().setOffline(true);
      await delay(awayMs);
      await page.context().setOffline(false);
      return;
    }
    if (loss === "frozen") {
      const pids = await this.#renderers();
      for (const pid of pids) process.kill(pid, "SIGSTOP");
      await delay(awayMs);
      for (const pid of pids) process.kill(pid, "SIGCONT");
      return;
    }
    if (loss === "crashed") {
      const crashed = new Promise<void>((resolve) => page.once("crash", () => resolve()));
      const session = await page.context().newCDPSession(page);
      // It is gone before it answers.
      session.send("Page.crash").catch(() => undefined);
      await crashed;
    }
    await page.context().close();
    await this.open();
  }

  async close(): Promise<void> {
    await this.#browser.close();
  }

  async #renderers(): Promise<readonly number[]> {
    const session = await this.#browser.newBrowserCDPSession();
    const { processInfo } = await session.send("SystemInfo.getProcessInfo");
    await session.detach();
    return processInfo.filter(({ type }) => type === "renderer").map(({ id }) => id);
  }
}

export const gate: Gate = {
  proves: `${TASKS} tasks at tabs give their results while tabs are closed, crash, freeze and go offline ${LOSSES} times`,
  limitMs: 1_200_000,
  run: async () => {
    const [pages, client] = await Promise.all([serveTabPages(), connectForTabs()]);
    const browsers = await Promise.all(Array.from({ length: TABS }, () => launchChromium()));
    const places = browsers.map((browser) => new Place(browser, () => tabAddress(pages, client, 1)));
    const failed = new AbortController();
    try {
      await Promise.all(places.map((place) => place.open()));
      const job = await client.openJob({ name: "tab-losses" });
      const tasks = await job.module<typeof import("./programs/tab-tasks.ts")>(
        new URL("./programs/tab-tasks.ts", import.meta.url),
      );
      const counts = new Map<ClusterEvent["type"], number>();
      void (async () => {
        for await (const { type } of job.events.values()) counts.set(type, (counts.get(type) ?? 0) + 1);
      })();
      let losses = 0;
      let done = 0;
      const losing = places.map(async (place, index) => {
        for (let turn = index; losses < LOSSES; turn += 1) {
          losses += 1;
          const loss = LOSS_KINDS[turn % LOSS_KINDS.length] ?? "closed";
          const awayMs = losses % 4 === 0 ? LONG_AWAY_MS : AWAY_MS;
          await place.lose(loss, awayMs);
          await delay(QUIET_MS);
        }
      });
      const isEarly = (n: number): boolean => n / TASKS > (losses + 1) / LOSSES;
      let next = 0;
      const working = Array.from({ length: OPEN_TASKS }, async () => {
        while (next < TASKS) {
          const n = next;
          next += 1;
          // As many tasks between two losses as there are for each of them.
          while (isEarly(n) && !failed.signal.aborted) await delay(20);
          const options = { retries: RETRIES };
          const result =
            n % COMPUTES_EACH === 0
              ? await tasks.computes.call([n, COMPUTE_MS], options)
              : await tasks.waits.run([n, WAIT_MS], { ...options, kind: "io", at: "tab" });
          expectThat(result === n * 2, `task ${n} gave ${result}`);
          done += 1;
          if (done % 200 === 0) console.log(`   ${done} tasks, ${losses} losses`);
        }
      });
      await Promise.all([...working, ...losing]);
      expectThat(done === TASKS && losses === LOSSES, `${done} tasks were done in ${losses} losses`);
      const seen = (type: ClusterEvent["type"]): number => counts.get(type) ?? 0;
      console.log(`   ${done} of ${TASKS} right; ${seen("task.retried")} ran again, after ${losses} losses`);
      console.log(`   tabs: ${seen("node.closed")} left, ${seen("node.lost")} lost, ${seen("node.suspected")} missed`);
      await job.close();
    } finally {
      failed.abort();
      await Promise.all(places.map((place) => place.close()));
      await client.close({ cancel: true });
      await pages.close();
    }
  },
};
