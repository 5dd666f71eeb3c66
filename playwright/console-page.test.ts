/** The console's page under its real policy with a made-up cluster: every state, light and dark, desktop and phone. */
import { readFile, rm } from "node:fs/promises";
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

/** How long what is expected may take on a busy machine. */
const SOON = { timeout: 30_000 };

let pages: string;
let server: ConsoleServer;
let browser: Browser;

beforeAll(async () => {
  pages = await mkdtemp(join(tmpdir(), "skein-pages-"));
  await buildConsole(pages, "dev.html");
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

const STATES = ["idle", "empty", "ended", "locked", "connecting", "viewer"];
const NODE = `12D3KooWSimu${"A".repeat(40)}`;
/** Pages that the navigation does not lead to. */
const BELOW = [`/nodes/${NODE}`, `/servers/${NODE}/1`, `/tasks/t_${"3000".padStart(26, "0")}`, "/nowhere"];

/** What is wrong with the page as it is; on a phone in one of the two colours, as they have nothing to do with its size. */
async function faultsOf(page: Page, name: string, size: string): Promise<unknown[]> {
  const found: unknown[] = [];
  for (const [at, colorScheme] of (size === "phone" ? (["dark"] as const) : (["light", "dark"] as const)).entries()) {
    await page.emulateMedia({ colorScheme });
    // Elements are the same in both, so the other rules are kept in both.
    const again = at === 0 ? [] : ["color-contrast", "link-in-text-block"];
    const faults = await page.evaluate(async (rules) => {
      // axe puts itself there; whoever calls this has loaded it.
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
    await shoot(page, `${name}-${colorScheme}-${size}`);
    if (faults.length > 0 || wider > 0) found.push({ name, size, colorScheme, faults, wider });
  }
  return found;
}

const SIZES = [
  ["desktop", DESKTOP],
  ["phone", PHONE],
] as const;

test.each(SIZES)(
  "no state of the cluster makes the page break a rule of policy or accessibility, on a %s",
  async (size, options) => {
    const { page, complaints } = await open("idle", options);
    const found: unknown[] = [];
    for (const state of STATES) {
      if (state !== "idle") await page.goto(`${server.url}/?state=${state}`);
      await page.getByRole("heading", { name: "Overview" }).waitFor({ state: "attached" });
      await page.evaluate(await readFile(AXE, "utf8"));
      found.push(...(await faultsOf(page, state, size)));
    }
    expect({ found, complaints }).toEqual({ found: [], complaints: [] });
    await page.context().close();
  },
);

test.each(SIZES)("no view breaks a rule of policy or accessibility, on a %s", async (size, options) => {
  const { page, complaints } = await open("busy", options);
  await page.evaluate(await readFile(AXE, "utf8"));
  const links = page.locator("nav#views a");
  const views = await links.evaluateAll((all) => all.map((link) => link.getAttribute("href") ?? ""));
  expect(views.length).toBeGreaterThan(5);
  const found: unknown[] = [];
  for (const path of [...views, ...BELOW]) {
    // As a link of the page leads there: nothing is loaded again but the view.
    await page.evaluate((to) => {
      history.pushState(null, "", to);
    }, path);
    await page.locator(`main[data-path="${path}"] :is(section, canvas, table, [role=log])`).first().waitFor();
    found.push(...(await faultsOf(page, `view${path.replaceAll(/[^a-z]+/gi, "-")}`.slice(0, 24), size)));
  }
  expect({ found, complaints }).toEqual({ found: [], complaints: [] });
  await page.context().close();
});

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

test("tasks are found by words and keys, and cancelled after one question", async () => {
  const { page, complaints } = await open("busy", DESKTOP);
  await page.keyboard.press("g");
  await page.keyboard.press("t");
  await page.getByRole("checkbox").first().waitFor();
  await page.keyboard.press("/");
  await page.keyboard.type("state:waiting fn:tokenise");
  await page.waitForURL(/q=state%3Awaiting\+fn%3Atokenise/);
  await expect.poll(() => page.getByRole("link", { name: "countWords" }).count(), SOON).toBe(0);
  await page.keyboard.press("Escape");
  await page.keyboard.press("j");
  await page.keyboard.press("x");
  await page.getByText("1 task selected").waitFor();
  await page.getByRole("button", { name: "Select all" }).click();
  await page.getByRole("button", { name: /^Cancel \d/ }).click();
  const question = page.getByRole("dialog", { name: /^Cancel \d+ tasks\?$/ });
  expect(await question.textContent()).toContain("Those that wait never start");
  // The keys are the question's while it is open.
  await page.keyboard.press("g");
  await page.keyboard.press("n");
  expect(new URL(page.url()).pathname).toBe("/tasks");
  await question.getByRole("button", { name: /^Cancel \d/ }).click();
  await page
    .getByRole("log", { name: "What was done" })
    .getByText(/tasks cancelled/)
    .waitFor();
  await page.goBack();
  await page.getByRole("heading", { name: "Overview" }).waitFor({ state: "attached" });
  expect(complaints).toEqual([]);
  await page.context().close();
});

test("the stream holds still where it is told to, its address shows others the same, and a rectangle opens its task", async () => {
  const { page, complaints } = await open("busy", DESKTOP);
  await page.getByRole("link", { name: "Stream" }).click();
  await page.getByRole("button", { name: "Hold still" }).click();
  await page.getByRole("button", { name: "Closer" }).click();
  await page.waitForURL(({ searchParams }) => searchParams.get("span") === "30" && searchParams.has("until"));
  await page.reload();
  await page.getByRole("button", { name: "Follow" }).waitFor();
  const stream = page.getByRole("application", { name: /^Tasks of 9 servers/ });
  await stream.focus();
  await page.keyboard.press("0");
  await page.getByRole("button", { name: "Hold still" }).waitFor();
  await expect
    .poll(async () => {
      await stream.click({ position: { x: 500, y: 60 } });
      return page.url();
    }, SOON)
    .toMatch(/\/tasks\/t_/);
  await page.getByRole("heading", { name: "Life" }).waitFor();
  expect(complaints).toEqual([]);
  await page.context().close();
});

test("an ended cluster's last state stays, and the page says so", async () => {
  const { page } = await open("ended", DESKTOP);
  expect(await page.getByRole("status").textContent()).toContain("The cluster ended");
  expect(await page.getByRole("row", { name: /maxi\/1/ }).count()).toBe(1);
  expect(await page.title()).toBe("ended · skein");
  await page.context().close();
});

test("a long table shows its first rows, then as many more as are asked for, and its address says how many", async () => {
  const { page, complaints } = await open("many", DESKTOP);
  await page.evaluate(() => history.pushState(null, "", "/nodes"));
  const table = page.getByRole("region", { name: "Table of nodes" });
  const rows = async (): Promise<number> => await table.getByRole("row").count();
  await expect.poll(rows, SOON).toBe(201);
  await page.getByRole("button", { name: "Show 200 of them" }).first().click();
  await expect.poll(rows, SOON).toBe(401);
  expect(page.url()).toMatch(/[?&]rows=400/);
  expect(await page.getByRole("button", { name: "Show 50 of them" }).count()).toBeGreaterThan(0);
  expect(complaints).toEqual([]);
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
