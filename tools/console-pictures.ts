/**
 * `npm run pictures`: makes the pictures of the console in `docs/images` anew, of a real cluster with two machines, two tabs
 * and jobs. `npm run pictures -- FOLDER`: every view there, light and dark, on a desktop and a phone, to be looked at.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Browser, BrowserContextOptions, Page } from "playwright";
import { launchChromium } from "./engines/chromium.ts";
import { startLocalCluster } from "./local-cluster.ts";

const here = (path: string): string => fileURLToPath(new URL(`../${path}`, import.meta.url));
const SKEIN = here("packages/skein/bin/skein.mjs");
/** Until the stream and the histories have something to show. */
const SCENE_MS = 45_000;
/** What a view asks the places for is here by then. */
const SETTLED_MS = 2500;
/** Until plots have taken the other colours. */
const RECOLOURED_MS = 800;

const SIZES: Readonly<Record<string, BrowserContextOptions>> = {
  desktop: { viewport: { width: 1440, height: 900 } },
  phone: { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true },
};

/** A view: its name, how to get there from the navigation, and what is done before it is shown. */
type Shot = readonly [name: string, path: string, prepare?: (page: Page) => Promise<void>];

const firstLink = (region: string) => async (page: Page) =>
  await page.getByRole("region", { name: region }).getByRole("link").first().click();
const press = (name: string | RegExp) => async (page: Page) => await page.getByRole("button", { name }).first().click();

const SHOTS: readonly Shot[] = [
  ["overview", "/"],
  ["stream", "/stream"],
  ["jobs", "/jobs"],
  ["tasks", "/tasks"],
  [
    "task-running",
    "/tasks?q=fn:station",
    async (page) => await page.getByRole("link", { name: "station" }).first().click(),
  ],
  ["task-failed", "/tasks?q=state:failed", async (page) => await page.locator("tbody a").first().click()],
  ["channels", "/channels", press("readings")],
  ["supervision", "/supervision"],
  ["code", "/code"],
  ["logs", "/logs"],
  ["topology", "/topology"],
  ["nodes", "/nodes"],
  ["node", "/nodes", firstLink("Table of nodes")],
  ["server", "/nodes", firstLink("Table of servers")],
  ["invite", "/invite", press("Create")],
  ["record", "/record"],
  ["confirm", "/jobs", press(/^Cancel concordance/)],
  ["keys", "/", async (page) => await page.keyboard.press("?")],
];

/** Those of the docs: the view, its colours, and what of it is shown. */
const DOCS: readonly (readonly [view: string, file: string, colours: "light" | "dark"])[] = [
  ["overview", "overview", "light"],
  ["stream", "stream", "dark"],
  ["topology", "topology", "light"],
];

const field = (answer: unknown, name: string): string => String(Object(answer)[name]);

/** Shows a view, and makes a picture of it in each of the colours; `full`: all of it, however long. */
async function shoot(
  page: Page,
  [, path, prepare]: Shot,
  files: Readonly<Partial<Record<"light" | "dark", string>>>,
  full: boolean,
): Promise<void> {
  await page.evaluate((to) => history.pushState(null, "", to), path);
  await page.waitForTimeout(700);
  await prepare?.(page);
  await page.waitForTimeout(SETTLED_MS);
  for (const colorScheme of ["light", "dark"] as const) {
    const file = files[colorScheme];
    if (file === undefined) continue;
    await page.emulateMedia({ colorScheme });
    await page.waitForTimeout(RECOLOURED_MS);
    await page.screenshot({ path: file, fullPage: full });
  }
  if (path === "/invite") await page.getByRole("button", { name: "Close", exact: true }).click();
  await page.keyboard.press("Escape");
}

async function shootAll(browser: Browser, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const [size, options] of Object.entries(SIZES)) {
    const page = await open(browser, options);
    for (const shot of SHOTS) {
      const fileOf = (colours: string): string => join(folder, `${shot[0]}-${colours}-${size}.png`);
      await shoot(page, shot, { light: fileOf("light"), dark: fileOf("dark") }, true);
    }
    await page.context().close();
  }
}

async function open(browser: Browser, options: BrowserContextOptions): Promise<Page> {
  const page = await (await browser.newContext(options)).newPage();
  await page.goto(field(await cluster.ask("console"), "console"));
  await page.getByText("Live", { exact: true }).waitFor();
  return page;
}

async function shootDocs(browser: Browser): Promise<void> {
  const page = await open(browser, { viewport: { width: 1280, height: 960 } });
  // It has seen a minute by itself.
  await page.waitForTimeout(SCENE_MS);
  for (const [view, file, colours] of DOCS) {
    const shot = SHOTS.find(([name]) => name === view);
    if (shot !== undefined) await shoot(page, shot, { [colours]: picture(file) }, false);
    // Most views have less to show than the overview.
    await page.setViewportSize({ width: 1280, height: 720 });
  }
  await page.getByRole("link", { name: "Record", exact: true }).click();
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: "Save the recording" }).click(),
  ]);
  const recording = join(data, download.suggestedFilename());
  await download.saveAs(recording);
  await page.getByLabel(/^A file that was saved/).setInputFiles(recording);
  await page.getByRole("slider", { name: "Time shown" }).press("PageDown");
  await shoot(page, ["recording", "/stream"], { light: picture("recording") }, false);
}

const picture = (name: string): string => here(`docs/images/${name}.png`);

const [folder] = process.argv.slice(2);
const data = await mkdtemp(join(tmpdir(), "skein-pictures-"));
const children: ChildProcess[] = [];
const start = (words: readonly string[], env: NodeJS.ProcessEnv): void =>
  void children.push(
    spawn(process.execPath, words, { stdio: ["ignore", "ignore", "inherit"], env: { ...process.env, ...env } }),
  );
const cluster = await startLocalCluster({
  data,
  args: [
    "--name",
    "maxi",
    "--servers",
    "4",
    "--console-port",
    "0",
    "--join-port",
    "0",
    "--listen",
    "127.0.0.1:0",
    "--listen",
    "ws://127.0.0.1:0",
  ],
});
const browser = await launchChromium();
try {
  const invite = cluster.node.split(" ").at(-1) ?? "";
  start([SKEIN, "node", invite, "--servers", "2", "--name", "workbench"], { SKEIN_DATA: join(data, "node") });
  const link = field(await cluster.ask("invite", "--role", "tab", "--uses", "2"), "link");
  for (const _ of [1, 2]) {
    const page = await (await browser.newContext()).newPage();
    await page.goto(link);
    await page.getByRole("button", { name: "Join and run tasks" }).click();
  }
  start([here("playwright/fixtures/scene.ts")], cluster.environment);
  await new Promise((resolve) => setTimeout(resolve, SCENE_MS));
  await (folder === undefined ? shootDocs(browser) : shootAll(browser, folder));
} finally {
  await browser.close();
  for (const child of children) child.kill("SIGKILL");
  await cluster.close();
  await rm(data, { recursive: true, force: true });
}
