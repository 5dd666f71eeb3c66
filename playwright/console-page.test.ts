/** The console's page under its real policy with a made-up cluster: every state, light and dark, desktop and phone. */
import { readFile, rename, rm } from "node:fs/promises";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { PeerId } from "@skein/runtime";
import type { Browser, BrowserContextOptions, Page } from "playwright";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ConsoleServer } from "../packages/node-server/src/console-http/console.ts";
import { buildConsole } from "../tools/build-pages.ts";
import { complaintsOf } from "./browser.ts";
import { launchChromium } from "../tools/engines/chromium.ts";

const AXE = fileURLToPath(import.meta.resolve("axe-core/axe.min.js"));
const DESKTOP: BrowserContextOptions = { viewport: { width: 1280, height: 900 } };
const PHONE: BrowserContextOptions = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true };

let pages: string;
let server: ConsoleServer;
let browser: Browser;

beforeAll(async () => {
  pages = await mkdtemp(join(tmpdir(), "skein-pages-"));
  await buildConsole(pages, "dev.html");
  await rename(join(pages, "dev.html"), join(pages, "index.html"));
  server = await new ConsoleServer({
    port: 0,
    pages,
    sessionKey: new Uint8Array(32),
    // Nobody is behind this console: the page's cluster is made up.
    peer: "" as PeerId,
    addresses: () => [],
    session: () => Promise.reject(new Error("no cluster")),
  }).listen();
  browser = await launchChromium();
});

afterAll(async () => {
  await browser?.close();
  await server?.close();
  await rm(pages, { recursive: true, force: true });
});

async function open(state: string, options: BrowserContextOptions): Promise<{ page: Page; complaints: string[] }> {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const complaints = complaintsOf(page);
  await page.goto(server.loginUrl());
  await page.goto(`${server.url}/?state=${state}`);
  await page.getByRole("heading", { name: "Overview" }).waitFor({ state: "attached" });
  return { page, complaints };
}

/** Screenshots go where `SKEIN_SCREENSHOTS` says, to be looked at. */
async function shoot(page: Page, name: string): Promise<void> {
  const directory = process.env["SKEIN_SCREENSHOTS"];
  if (directory !== undefined) await page.screenshot({ path: join(directory, `${name}.png`), fullPage: true });
}

test.each(["busy", "idle", "empty", "ended", "locked", "connecting"])(
  "the page of a cluster that is %s breaks no rule of policy or accessibility, in any colours and size",
  async (state) => {
    // Each begins in one of the two colours, and changes to the other.
    for (const [size, options, colours] of [
      ["desktop", DESKTOP, ["light", "dark"]],
      ["phone", PHONE, ["dark", "light"]],
    ] as const) {
      const { page, complaints } = await open(state, { ...options, colorScheme: colours[0] });
      await page.evaluate(await readFile(AXE, "utf8"));
      for (const colorScheme of colours) {
        await page.emulateMedia({ colorScheme });
        // Elements are the same in both, so the other rules are kept in both.
        const again = colorScheme === colours[0] ? [] : ["color-contrast", "link-in-text-block"];
        const faults = await page.evaluate(async (rules) => {
          // axe puts itself there; it is loaded by the line above.
          const { axe } = globalThis as unknown as {
            axe: {
              run(options: {
                runOnly?: { type: "rule"; values: readonly string[] };
              }): Promise<{ violations: { id: string; impact: string; nodes: { html: string }[] }[] }>;
            };
          };
          const { violations } = await axe.run(rules.length === 0 ? {} : { runOnly: { type: "rule", values: rules } });
          return violations.map(
            ({ id, impact, nodes }) =>
              `${impact} ${id}: ${nodes
                .map((node) => node.html)
                .join(" ")
                .slice(0, 300)}`,
          );
        }, again);
        const wider = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        await shoot(page, `${state}-${colorScheme}-${size}`);
        expect({ size, colorScheme, faults, complaints, wider: Math.max(0, wider) }).toEqual({
          size,
          colorScheme,
          faults: [],
          complaints: [],
          wider: 0,
        });
      }
      await page.context().close();
    }
  },
);

test("a running job moves: its count grows, and the servers say what they run", async () => {
  const { page } = await open("busy", DESKTOP);
  const job = page.getByRole("progressbar", { name: "concordance of node_modules: tasks finished" });
  const before = Number(await job.getAttribute("aria-valuenow"));
  await expect
    .poll(async () => Number(await job.getAttribute("aria-valuenow")), { timeout: 30_000 })
    .toBeGreaterThan(before);
  const row = page.getByRole("row", { name: /maxi\/1/ });
  await expect.poll(async () => await row.textContent()).toMatch(/tokenise|countWords|longestLine|thumbnail|fitTides/);
  await page.context().close();
});

test("an ended cluster's last state stays, and the page says so", async () => {
  const { page } = await open("ended", DESKTOP);
  expect(await page.getByRole("status").textContent()).toContain("The cluster ended");
  expect(await page.getByRole("row", { name: /maxi\/1/ }).count()).toBe(1);
  expect(await page.title()).toBe("ended · skein");
  await page.context().close();
});

test("colours follow the button, and are remembered", async () => {
  const { page } = await open("idle", { ...DESKTOP, colorScheme: "light" });
  const ground = (): Promise<string> => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const light = await ground();
  await page.getByRole("button", { name: /Change to light/ }).click();
  await page.getByRole("button", { name: /Change to dark/ }).click();
  const dark = await ground();
  expect(dark).not.toBe(light);
  await page.reload();
  expect(await ground()).toBe(dark);
  await page.context().close();
});

test("hostile names of jobs and functions are shown as text", async () => {
  const { page, complaints } = await open("hostile", DESKTOP);
  await page.getByText("<img src=x onerror=alert(1)>").first().waitFor();
  expect(await page.locator("main img").count()).toBe(0);
  expect(complaints).toEqual([]);
  await page.context().close();
});
