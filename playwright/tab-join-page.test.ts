/** The join page under its real policy: every state on a desktop and a phone, light and dark; then joining in all engines. */
import { readFileSync } from "node:fs";
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { networkInterfaces, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  type Client,
  connect,
  createClient,
  createRuntime,
  type JoinPageServer,
  type PeerHost,
  serveJoinPage,
  silentLogger,
} from "@skein/node-server";
import { startScheduler } from "@skein/runtime/network";
import type { Browser, BrowserContextOptions, Page } from "playwright";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createNodePeer } from "../packages/node-server/src/create-node-peer.ts";
import { createBundler } from "../packages/node-server/src/code/bundler.ts";
import { buildJoin, type JoinBuild } from "../tools/build-join.ts";
import { launchChromium } from "../tools/engines/chromium.ts";
import { complaintsOf } from "./browser.ts";
import { chromiumTabs, engines, startEngine, type TabEngine } from "./tabs.ts";

const SOON = { timeout: 30_000 };
const TASKS = new URL("./fixtures/tab-tasks.ts", import.meta.url);
const AXE = fileURLToPath(import.meta.resolve("axe-core/axe.min.js"));
const DESKTOP: BrowserContextOptions = { viewport: { width: 1280, height: 900 } };
const PHONE: BrowserContextOptions = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true };
/** Desktops are for people who look: what is checked is the same. */
const SCREENS = [
  ["phone", PHONE],
  ...(process.env["SKEIN_SCREENSHOTS"] === undefined ? [] : ([["desktop", DESKTOP]] as const)),
] as const;
/** Each state with its heading. */
const STATES = {
  none: "Join a cluster with this browser",
  asking: "A cluster asks for this browser’s help",
  joining: "Joining …",
  idle: "Joined, waiting for work",
  working: "Running tasks",
  asked: "Running tasks",
  paused: "Paused",
  battery: "Paused",
  away: "Looking for the cluster",
  used: "This link has been used up",
  expired: "This link is too old",
  wrong: "This link is not for browsers",
  unreachable: "The cluster can’t be reached",
} as const;

let folder: string;
/** The built page. */
let pages: string;
let built: JoinBuild;
let axe: string;
let chromium: Browser;
let client: Client<PeerHost>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "skein-join-"));
  pages = join(folder, "join");
  // With the page of made-up states beside the page itself.
  [axe, chromium, built] = await Promise.all([
    readFile(AXE, "utf8"),
    launchChromium(["--ignore-certificate-errors"]),
    buildJoin(pages, ["index.html", "dev.html"]),
  ]);
  client = await connect(undefined, {
    private: true,
    secret: "a secret of eighty bits or more, for tests",
    listen: ["ws://127.0.0.1:0"],
    nodes: ["127.0.0.1:1"],
    logger: silentLogger,
  });
});
afterAll(async () => {
  await client?.close({ cancel: true });
  await chromium?.close();
  await rm(folder, { recursive: true, force: true });
});

test("a tab that runs tasks has downloaded less than 245 kB", () => {
  expect(built.neededBytes).toBeLessThan(245_000);
});

describe("its looks", () => {
  let server: JoinPageServer;
  const screens = new Map<string, { readonly page: Page; readonly complaints: string[] }>();
  beforeAll(async () => {
    server = await serveJoinPage(client.peer, { port: 0, pages });
    for (const [name, options] of SCREENS) {
      const page = await (await chromium.newContext({ ...options, reducedMotion: "reduce" })).newPage();
      screens.set(name, { page, complaints: complaintsOf(page) });
    }
  });
  afterAll(async () => {
    for (const { page } of screens.values()) await page.context().close();
    await server?.close();
  });

  async function open(page: Page, state: keyof typeof STATES): Promise<void> {
    await page.goto(new URL(`/dev.html?state=${state}`, server.url).href);
    await page.getByRole("heading", { level: 1, name: STATES[state] }).waitFor();
  }

  test.each(Object.keys(STATES) as (keyof typeof STATES)[])("%s can be read and used by everybody", async (state) => {
    for (const [name, { page, complaints }] of screens) {
      await open(page, state);
      for (const colorScheme of ["light", "dark"] as const) {
        await page.emulateMedia({ colorScheme });
        await shoot(page, `${state}-${name}-${colorScheme}`);
        expect(await page.evaluate(`${colorScheme === "light" ? axe : ""}; ${VIOLATIONS}`)).toEqual([]);
      }
      // Nothing hangs out to the side.
      expect(await page.evaluate("document.documentElement.scrollWidth - innerWidth")).toBeLessThanOrEqual(0);
      expect(complaints).toEqual([]);
    }
  });

  test("nothing is joined before it is agreed, and what is wrong is said where it is", async () => {
    for (const { page } of screens.values()) {
      await open(page, "asking");
      await page.getByText("What you allow besides").click();
      await page.getByLabel("Fetch from the web").check();
      await page.getByRole("button", { name: "Join and run tasks" }).click();
      await expect.poll(() => page.getByRole("alert").textContent(), SOON).toContain("Name at least one site");
      await page.getByLabel("Sites, one on each line").fill("api.example.org");
      await page.getByRole("button", { name: "Join and run tasks" }).click();
      await page.getByRole("heading", { name: "Joined, waiting for work" }).waitFor();
      await page.getByText("Allowed besides: Fetch from the web (").waitFor();
      await page.getByRole("button", { name: "Stop", exact: true }).click();
      await page.getByRole("heading", { name: "Stopped" }).waitFor();
      // The consent stands, with what was chosen.
      await page.getByRole("button", { name: "Join again" }).click();
      await page.getByText("Allowed besides: Fetch from the web (").waitFor();
      await page.getByRole("button", { name: "Stop, and ask me next time" }).click();
      await page.getByRole("button", { name: "Join again" }).click();
      await page.getByRole("heading", { name: STATES.asking }).waitFor();
      // This once: it is asked again, and what was chosen is filled in.
      await page.getByLabel("Pause on battery").uncheck();
      await page.getByLabel("Join again without asking").selectOption("once");
      await page.getByRole("button", { name: "Join and run tasks" }).click();
      await page.getByRole("button", { name: "Stop", exact: true }).click();
      await page.getByRole("button", { name: "Join again" }).click();
      expect(await page.getByLabel("Pause on battery").isChecked()).toBe(false);
      expect(await page.getByLabel("Join again without asking").inputValue()).toBe("once");
    }
  });
});

/** What axe finds wrong, with where. */
const VIOLATIONS =
  "axe.run(document, { iframes: false }).then(({ violations }) => violations.map(({ id, nodes }) => id + ' ' + nodes.map(({ html }) => html).join(' ')))";

/** Screenshots go where `SKEIN_SCREENSHOTS` says, to be looked at. */
async function shoot(page: Page, name: string): Promise<void> {
  const directory = process.env["SKEIN_SCREENSHOTS"];
  if (directory !== undefined) await page.screenshot({ path: join(directory, `join-${name}.png`), fullPage: true });
}

describe("joining", () => {
  let server: JoinPageServer;
  beforeAll(async () => {
    server = await serveJoinPage(client.peer, { port: 0, pages });
  });
  afterAll(async () => {
    await server?.close();
  });

  test("a page that was built anew finishes what runs and joins again by itself", async () => {
    const own = join(folder, "updated");
    await cp(pages, own, { recursive: true });
    const first = await serveJoinPage(client.peer, { port: 0, pages: own });
    const tab = await chromiumTabs(chromium).open(first.link(await client.peer.invite({ roles: ["tab"] })));
    await expect.poll(() => tab.title(), SOON).toBe("Join a cluster? – skein");
    await tab.evaluate(`document.querySelector("#term").value = "once"; ${press("Join and run tasks")}`);
    await expect.poll(nodes, SOON).toBe(1);
    const before = (await client.status()).nodes[0]?.id;
    // The cluster knows of it a moment before its page shows that.
    await expect.poll(() => tab.title(), SOON).toMatch(/^Joined/);
    await tab.evaluate(press("Pause"));
    // The new build: the same script by another name, served by a server that was restarted.
    const html = await readFile(join(own, "index.html"), "utf8");
    const script = /assets\/(index-[\w-]+)\.js/.exec(html)?.[1] ?? "";
    const code = join(own, "assets", script);
    await cp(`${code}.js`, `${code}-new.js`);
    await writeFile(join(own, "index.html"), html.replace(`${script}.js`, `${script}-new.js`));
    const port = Number(new URL(first.url).port);
    await first.close();
    const second = await serveJoinPage(client.peer, { port, pages: own });
    await tab.evaluate("globalThis.before = true; dispatchEvent(new Event('online'))");
    const again = "globalThis.before ? '' : document.querySelector('h1')?.innerText";
    // What its owner has paused stays so until he says otherwise.
    await expect.poll(() => tab.evaluate(again), SOON).toBe("Paused");
    await tab.evaluate(press("Go on"));
    await expect.poll(() => tab.evaluate(again), SOON).toMatch(/^Joined/);
    await expect.poll(async () => (await client.status()).nodes.map(({ id }) => id), SOON).toEqual([before]);
    expect(await tab.evaluate("document.querySelector('script').src")).toContain("-new.js");
    await tab.evaluate(press("Stop"));
    await expect.poll(nodes, SOON).toBe(0);
    await tab.close();
    await second.close();
  });

  test("a page that is not served whole says so, and joins nothing", async () => {
    const own = join(folder, "lacking");
    await cp(pages, own, { recursive: true });
    for (const file of await readdir(join(own, "assets"))) {
      if (file.startsWith("main-")) await rm(join(own, "assets", file));
    }
    const lacking = await serveJoinPage(client.peer, { port: 0, pages: own });
    const tab = await chromiumTabs(chromium).open(lacking.link(await client.peer.invite({ roles: ["tab"] })));
    await tab.evaluate(press("Join and run tasks"));
    await expect.poll(() => tab.title(), SOON).toBe("A part of this page is missing – skein");
    expect(await nodes()).toBe(0);
    await tab.close();
    await lacking.close();
  });

  const nodes = async (): Promise<number> => (await client.status()).nodes.length;

  test("what a person grants works under the page's own policy: views, camera, graphics card", async () => {
    const tab = await chromiumTabs(chromium).open(server.link(await client.peer.invite({ roles: ["tab"] })));
    await expect.poll(() => tab.title(), SOON).toBe("Join a cluster? – skein");
    await tab.evaluate(
      "for (const label of document.querySelectorAll('label')) if (/Show something|camera|graphics/.test(label.textContent)) label.control.click()",
    );
    await tab.evaluate(press("Join and run tasks"));
    await expect.poll(nodes, SOON).toBe(1);
    const job = await client.openJob();
    const tasks = await job.module<typeof import("./fixtures/tab-tasks.ts")>(TASKS);
    const shows = tasks.seesAndShows.run([], { kind: "io", needs: { abilities: ["show", "camera", "gpu"] } });
    await tab.clickIn?.(`iframe[title="a task's view"]`, "button");
    expect(await shows).toEqual([{ type: "click", name: "go", value: "1" }, 320, 42]);
    await job.close();
    await tab.evaluate(press("Stop"));
    await expect.poll(nodes, SOON).toBe(0);
    await tab.close();
  });

  describe.each(engines)("in %s", (name) => {
    let engine: TabEngine;
    beforeAll(async () => {
      engine = name === "chromium" ? chromiumTabs(chromium) : await startEngine(name);
    });
    afterAll(async () => (name === "chromium" ? undefined : engine?.close()));

    test("a person agrees, tasks run, a reload joins again as the same peer, and Stop ends it", async () => {
      // For one tab: the reload uses nothing up.
      const tab = await engine.open(server.link(await client.peer.invite({ roles: ["tab"], about: "a test" })));
      await expect.poll(() => tab.title(), SOON).toBe("Join a cluster? – skein");
      expect(await tab.evaluate("document.body.innerText")).toContain("a test");
      expect(await nodes()).toBe(0);
      await tab.evaluate(press("Join and run tasks"));
      await expect.poll(() => tab.title(), SOON).toBe("Joined, waiting – skein");
      await expect.poll(nodes, SOON).toBe(1);
      const before = (await client.status()).nodes[0]?.id;
      const job = await client.openJob();
      const tasks = await job.module<typeof import("./fixtures/tab-tasks.ts")>(TASKS);
      expect(await tasks.square.call([6])).toBe(36);
      expect(await tasks.sumOfSquares.call([4])).toBe(14);
      expect(await tasks.whereAmI.run([], { kind: "io", at: "tab" })).toBe(`tab tab-${name} io null`);

      await tab.evaluate("globalThis.before = true; void setTimeout(() => location.reload())");
      await expect
        .poll(() => tab.evaluate("globalThis.before ? '' : document.querySelector('h1')?.innerText"), SOON)
        .toMatch(/^Joined|^Running/);
      expect(await tasks.square.call([7])).toBe(49);
      expect((await client.status()).nodes.map(({ id }) => id)).toEqual([before]);

      const lost = tasks.loops.run([]);
      await expect.poll(() => tab.title(), SOON).toBe("● 1 running – skein");
      expect(await tab.evaluate(`${press("Stop")}; document.querySelectorAll("iframe").length`)).toBe(0);
      expect((await lost.exit()).type).toBe("lost");
      await expect.poll(nodes, SOON).toBe(0);
      expect(await tab.evaluate("document.querySelector('h1').innerText")).toBe("Stopped");
      // By the same link, for one tab, and the consent that stands.
      await tab.evaluate(press("Join again"));
      await expect.poll(() => tab.title(), SOON).toBe("Joined, waiting – skein");
      await expect.poll(async () => (await client.status()).nodes.map(({ id }) => id), SOON).toEqual([before]);
      await tab.evaluate(press("Stop"));
      await expect.poll(nodes, SOON).toBe(0);
      await job.close({ cancel: true });
      await tab.close();
    });
  });
});

/** This machine as others on its network see it. */
const lan = Object.values(networkInterfaces())
  .flat()
  .find((one) => one?.family === "IPv4" && !one.internal)?.address;
const certificates = new URL("../packages/node-server/test/certificates/", import.meta.url);
const certificate = {
  cert: readFileSync(new URL("server.pem", certificates), "utf8"),
  key: readFileSync(new URL("server.key", certificates), "utf8"),
};

test.each([
  ...(lan === undefined ? [] : [{ place: "a plain-http address of the LAN", host: lan, secure: false }]),
  { place: "https, with a given certificate", host: "127.0.0.1", secure: true },
])("a browser joins from $place", async ({ host, secure }) => {
  const tls = secure ? { tls: certificate } : {};
  // A cluster of its own, beside the one above.
  const peer = await createNodePeer({
    runtime: createRuntime(),
    listen: [`${secure ? "wss" : "ws"}://${host}:0`],
    ...tls,
  });
  const scheduler = startScheduler(peer, {});
  const server = await serveJoinPage(peer, { port: 0, pages, host, ...tls });
  expect(server.url).toMatch(`${secure ? "https" : "http"}://${host}:`);
  const user = createClient(peer, { scheduler: peer.location, bundler: createBundler() });
  const tab = await chromiumTabs(chromium).open(server.link(await peer.invite({ roles: ["tab"] })));
  try {
    await expect.poll(() => tab.title(), SOON).toBe("Join a cluster? – skein");
    expect(await tab.evaluate("[isSecureContext, 'subtle' in crypto].join()")).toBe(`${secure},${secure}`);
    await tab.evaluate(press("Join and run tasks"));
    const job = await user.openJob();
    const tasks = await job.module<typeof import("./fixtures/tab-tasks.ts")>(TASKS);
    expect(await tasks.square.call([6], { at: "tab" })).toBe(36);
    await job.close({ cancel: true });
  } finally {
    await tab.close();
    await user.close({ cancel: true });
    await server.close();
    scheduler.close();
    await peer.close({ cancel: true });
  }
});

/** Presses the button that says so. */
const press = (text: string): string =>
  `[...document.querySelectorAll("button")].find(({ textContent }) => textContent === ${JSON.stringify(text)}).click()`;
