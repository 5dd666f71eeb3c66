/** The console's page under load: 5,000 events a second, 100,000 tasks in the table, 20,000 rectangles in the stream. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { PeerId } from "@skein/node-server";
import type { CDPSession, Page } from "playwright";
import { ConsoleServer } from "../../packages/node-server/src/console-http/console.ts";
import { buildConsole } from "../build-pages.ts";
import { launchChromium } from "../engines/chromium.ts";
import { expectThat, type Gate } from "./gate.ts";

const EVENTS_PER_SECOND = 5000;
const RECTANGLES = 20_000;
const TASKS = 100_000;
const FRAMES_PER_SECOND = 30;
const MEASURED_MS = 10_000;
/** Until histories and rings are full. */
const WARM_MS = 60_000;
const FLAT_MS = 300_000;
/** The heap may end so much above where it was when it had warmed up. */
const FLAT_FACTOR = 1.1;

/** Frames that the page drew in a second, over some seconds. */
const framesPerSecond = async (page: Page): Promise<number> =>
  await page.evaluate(
    async (measuredMs) =>
      await new Promise<number>((resolve) => {
        let frames = 0;
        const startMs = performance.now();
        const frame = (nowMs: number): void => {
          frames += 1;
          if (nowMs - startMs < measuredMs) requestAnimationFrame(frame);
          else resolve((frames * 1000) / (nowMs - startMs));
        };
        requestAnimationFrame(frame);
      }),
    MEASURED_MS,
  );

/** A number that the words below the table of tasks have. */
const numberBelow = async (page: Page, pattern: RegExp): Promise<number> => {
  const words = (await page.getByText("that this page keeps").textContent()) ?? "";
  return Number((pattern.exec(words)?.[1] ?? "").replaceAll(",", ""));
};

async function heapBytes(session: CDPSession): Promise<number> {
  await session.send("HeapProfiler.collectGarbage");
  return (await session.send("Runtime.getHeapUsage")).usedSize;
}

async function underLoad(page: Page, url: string): Promise<void> {
  await page.goto(`${url}/stream?state=load&span=13`);
  await page.waitForFunction(
    (wanted) => Number(document.querySelector("canvas")?.dataset["rectangles"] ?? 0) >= wanted,
    RECTANGLES,
    { timeout: 120_000 },
  );
  const stream = await framesPerSecond(page);
  const rectangles = Number(await page.locator("canvas").first().getAttribute("data-rectangles"));
  console.log(`stream: ${stream.toFixed(1)} frames/s with ${rectangles} rectangles`);
  expectThat(stream >= FRAMES_PER_SECOND, `the stream is drawn ${stream.toFixed(1)} times a second`);

  await page.getByRole("link", { name: "Tasks", exact: true }).click();
  await page.getByRole("checkbox").first().waitFor();
  const heard = /heard of ([\d,]+)/;
  const before = await numberBelow(page, heard);
  const startMs = performance.now();
  const table = await framesPerSecond(page);
  const after = await numberBelow(page, heard);
  const tasks = await numberBelow(page, /^([\d,]+) of/);
  // Each task is an event when it is created, when it begins and when it ends; some are retried, some log.
  const events = (3 * (after - before) * 1000) / (performance.now() - startMs);
  console.log(`tasks: ${table.toFixed(1)} frames/s with ${tasks} tasks, ${events.toFixed(0)} events/s`);
  expectThat(tasks >= TASKS, `the table has ${tasks} tasks`);
  expectThat(events >= EVENTS_PER_SECOND * 0.95, `only ${events.toFixed(0)} events a second were taken`);
  expectThat(table >= FRAMES_PER_SECOND, `the table is drawn ${table.toFixed(1)} times a second`);
}

async function staysFlat(page: Page): Promise<void> {
  const session = await page.context().newCDPSession(page);
  await page.getByRole("link", { name: "Stream", exact: true }).click();
  await delay(WARM_MS);
  const warm = await heapBytes(session);
  await delay(FLAT_MS);
  const end = await heapBytes(session);
  const MB = (bytes: number): string => (bytes / 1e6).toFixed(1);
  console.log(`memory: ${MB(warm)} MB when warm, ${MB(end)} MB after ${FLAT_MS / 60_000} minutes`);
  expectThat(end <= warm * FLAT_FACTOR, `memory grew from ${MB(warm)} to ${MB(end)} MB`);
}

export const gate: Gate = {
  proves: "the console keeps up with 5,000 events a second, 100,000 tasks and 20,000 rectangles, in steady memory",
  limitMs: 12 * 60_000,
  async run() {
    const pages = await mkdtemp(join(tmpdir(), "skein-pages-"));
    await buildConsole(pages, "dev.html");
    const server = await new ConsoleServer({
      port: 0,
      pages,
      sessionKey: new Uint8Array(32),
      // Nobody is behind this console: the page's cluster is made up.
      peer: "" as PeerId,
      addresses: () => [],
      session: () => Promise.reject(new Error("no cluster")),
    }).listen();
    const browser = await launchChromium();
    try {
      // High enough that every lane is in sight.
      const page = await browser.newPage({ viewport: { width: 1280, height: 1400 } });
      await page.goto(server.loginUrl());
      await underLoad(page, server.url);
      await staysFlat(page);
    } finally {
      await browser.close();
      await server.close();
      await rm(pages, { recursive: true, force: true });
    }
  },
};
