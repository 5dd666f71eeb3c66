/** The console of a real `skein up` in a real Chromium. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { ClusterSnapshot } from "@skein/runtime";
import type { Browser, BrowserContext, Page } from "playwright";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { buildPages } from "../tools/build-pages.ts";
import { type LocalCluster, startLocalCluster } from "../tools/local-cluster.ts";
import { complaintsOf } from "./browser.ts";
import { launchChromium } from "../tools/engines/chromium.ts";

const SERVERS = 2;
/** How long what is expected may take on a busy machine. */
const SOON = { timeout: 30_000 };

let data: string;
let cluster: LocalCluster;
let browser: Browser;
let evil: Server;
const clients = new Set<ChildProcess>();

beforeAll(async () => {
  await buildPages();
  data = await mkdtemp(join(tmpdir(), "skein-e2e-"));
  cluster = await start(["--console-port", "0", "--listen", "127.0.0.1:0", "--listen", "ws://127.0.0.1:0"]);
  // A name that leads to this machine, as DNS rebinding makes one.
  browser = await launchChromium(["--host-resolver-rules=MAP evil.example 127.0.0.1"]);
  evil = createServer((_, response) => {
    response.setHeader("content-type", "text/html");
    response.end("<!doctype html><title>evil</title>");
  }).listen(0, "127.0.0.1");
  await once(evil, "listening");
});

afterEach(async () => {
  for (const client of clients) await ended(client);
  for (const context of browser.contexts()) await context.close();
});

afterAll(async () => {
  await browser?.close();
  await cluster?.close();
  evil?.close();
  await rm(data, { recursive: true, force: true });
});

async function start(args: readonly string[]): Promise<LocalCluster> {
  return await startLocalCluster({ data, args: ["--servers", String(SERVERS), ...args] });
}

async function ended(client: ChildProcess): Promise<void> {
  clients.delete(client);
  if (client.exitCode !== null || client.signalCode !== null) return;
  client.kill("SIGKILL");
  await once(client, "exit");
}

/** A client process with a job; killed when the test ends. */
function runJob(name: string, tasks: number, ms: number, failures = 0): ChildProcess {
  const program = fileURLToPath(new URL("./fixtures/slow-job.ts", import.meta.url));
  const client = spawn(process.execPath, [program, name, ...[tasks, ms, failures].map(String)], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, ...cluster.environment },
  });
  clients.add(client);
  return client;
}

const SKEIN = fileURLToPath(new URL("../packages/skein/bin/skein.mjs", import.meta.url));

/** What a command of skein prints as JSON about the running cluster. */
async function ask(command: string): Promise<unknown> {
  const child = spawn(process.execPath, [SKEIN, command, "--json"], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, ...cluster.environment },
  });
  let text = "";
  child.stdout.on("data", (part: Buffer) => (text += part.toString()));
  await once(child, "close");
  return JSON.parse(text);
}

/** A login link of the running cluster; each opens one browser. */
async function loginLink(): Promise<string> {
  const answer = await ask("console");
  if (typeof answer === "object" && answer !== null && "console" in answer) return String(answer.console);
  throw new Error(`skein console printed ${JSON.stringify(answer)}`);
}

/** `skein status` prints the snapshot as it is. */
const status = async (): Promise<ClusterSnapshot> => (await ask("status")) as ClusterSnapshot;

/** A second machine with one server; killed when the test ends. */
async function startNode(): Promise<ChildProcess> {
  const invite = cluster.node.split(" ").at(-1) ?? "";
  const node = spawn(process.execPath, [SKEIN, "node", invite, "--servers", "1", "--name", "outlives"], {
    stdio: ["ignore", "inherit", "inherit"],
    env: { ...process.env, SKEIN_DATA: join(data, "node") },
  });
  clients.add(node);
  await once(node, "spawn");
  return node;
}

/** A port of this machine that nobody listens at now. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  // A listening server has an address with a port.
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

async function open(): Promise<{ context: BrowserContext; page: Page; complaints: string[]; url: string }> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
  const page = await context.newPage();
  const complaints = complaintsOf(page);
  const link = await loginLink();
  await page.goto(link);
  return { context, page, complaints, url: new URL(link).origin };
}

const live = (page: Page): Promise<void> => page.getByText("Live", { exact: true }).waitFor(SOON);

async function shoot(page: Page, name: string): Promise<void> {
  const directory = process.env["SKEIN_SCREENSHOTS"];
  if (directory !== undefined) await page.screenshot({ path: join(directory, `${name}.png`), fullPage: true });
}

test("a login link opens the page, which joins the cluster and shows its machine and servers", async () => {
  const { page, complaints, url } = await open();
  await live(page);
  // The login's key is not left in the address.
  expect(page.url()).toBe(`${url}/`);
  await expect.poll(() => page.locator("tbody canvas").count(), SOON).toBe(SERVERS);
  expect(await page.getByRole("region", { name: "Machines", exact: true }).getByRole("row").count()).toBe(2);
  await page.getByRole("heading", { name: "Nothing has run yet" }).waitFor(SOON);
  await shoot(page, "real-idle");
  expect(complaints).toEqual([]);
});

test("two browsers see a job's progress, what its servers run, its failures and its end", async () => {
  const [first, second] = [await open(), await open()];
  await Promise.all([live(first.page), live(second.page)]);
  const job = runJob("squares", 150, 60, 2);
  for (const { page } of [first, second]) {
    const bar = page.getByRole("progressbar", { name: "squares: tasks finished" });
    await bar.waitFor(SOON);
    await expect.poll(async () => Number(await bar.getAttribute("aria-valuenow")), SOON).toBeGreaterThan(20);
    await expect.poll(() => page.getByRole("row", { name: /compute/ }).count(), SOON).toBe(SERVERS);
  }
  await shoot(first.page, "real-running");
  await expect.poll(() => first.page.getByText("failure 0").count(), SOON).toBeGreaterThan(0);
  await once(job, "exit");
  for (const { page, complaints } of [first, second]) {
    await page.getByRole("list", { name: "Ended jobs" }).getByText("squares").waitFor(SOON);
    expect(await page.getByRole("list", { name: "Ended jobs" }).textContent()).toContain("152 tasks");
    expect(complaints).toEqual([]);
  }
  await shoot(first.page, "real-done");
  const late = await open();
  await late.page.getByRole("list", { name: "Ended jobs" }).getByText("squares").waitFor(SOON);
  await expect.poll(() => late.page.getByText("failure 0").count(), SOON).toBe(1);
});

test("a page that is opened while long tasks compute shows which servers run them, and since when", async () => {
  const job = runJob("long ago", SERVERS, 12_000);
  await expect
    .poll(async () => (await status()).servers.filter(({ counters }) => counters.running > 0).length, SOON)
    .toBe(SERVERS);
  const { page } = await open();
  await live(page);
  await expect.poll(() => page.getByRole("row", { name: /compute/ }).count(), SOON).toBe(SERVERS);
  await page.getByText(`holds ${SERVERS} servers, all busy`).waitFor(SOON);
  await page.getByText(`${SERVERS} held by jobs`).waitFor(SOON);
  // Longer than the page is open: the lane begins where the task did.
  await expect.poll(() => page.getByRole("img", { name: /^[1-9]\d* % busy/ }).count(), SOON).toBe(SERVERS);
  await shoot(page, "real-long");
  await once(job, "exit");
  await page.getByRole("list", { name: "Ended jobs" }).getByText("long ago").waitFor(SOON);
});

test("after kill -9 of skein up its last state stays; when it is back, the page shows the new cluster only", async () => {
  // A machine that outlives the scheduler holds a job's servers, and tells the next scheduler so.
  const port = await freePort();
  await cluster.close();
  cluster = await start(["--console-port", "0", "--listen", `127.0.0.1:${port}`, "--listen", "ws://127.0.0.1:0"]);
  const node = await startNode();
  const { page, url } = await open();
  await live(page);
  await expect.poll(() => page.locator("tbody canvas").count(), SOON).toBe(SERVERS + 1);
  const client = runJob("of the old cluster", 30, 8000, 2);
  await page.getByRole("progressbar", { name: "of the old cluster: tasks finished" }).waitFor(SOON);
  await expect.poll(() => page.getByRole("row", { name: /compute/ }).count(), SOON).toBe(SERVERS + 1);
  // Its client neither ends nor answers, so the next scheduler knows of the job by the machine's word only.
  client.kill("SIGSTOP");
  const exited = once(cluster.process, "exit");
  cluster.process.kill("SIGKILL");
  await exited;
  const banner = page.getByText("The cluster ended, or can’t be reached.");
  await banner.waitFor(SOON);
  expect(await page.locator("tbody canvas").count()).toBe(SERVERS + 1);
  await page.getByText("of the old cluster").first().waitFor(SOON);
  expect(await page.getByRole("status").textContent()).not.toContain("fetch");
  await shoot(page, "real-ended");
  cluster = await start([
    "--console-port",
    new URL(url).port,
    "--listen",
    `127.0.0.1:${port}`,
    "--listen",
    "ws://127.0.0.1:0",
  ]);
  await live(page);
  await page.getByText(/The cluster was restarted at \d\d:\d\d:\d\d/).waitFor(SOON);
  // The machine is back, with the lease of a job whose client is not.
  await expect.poll(() => page.locator("tbody canvas").count(), SOON).toBe(SERVERS + 1);
  expect((await status()).servers.filter((server) => server.state === "assigned").length).toBe(1);
  for (const shown of [page, (await open()).page]) {
    await live(shown);
    await shown.getByRole("heading", { name: "Nothing has run yet" }).waitFor(SOON);
    expect(await shown.getByRole("heading", { level: 3 }).allTextContents()).toEqual(["Nothing has run yet"]);
    expect(await shown.locator("main").textContent()).not.toContain("of the old cluster");
    expect(await shown.getByText("Nothing went wrong since this page was opened.").count()).toBe(1);
  }
  await shoot(page, "real-restarted");
  client.kill("SIGCONT");
  await page.getByRole("progressbar", { name: "of the old cluster: tasks finished" }).waitFor(SOON);
  runJob("after the restart", 40, 60);
  await page.getByRole("progressbar", { name: "after the restart: tasks finished" }).waitFor(SOON);
  await ended(node);
});

test("a browser that did not log in gets nothing: no page, no session, no way in", async () => {
  const { url, context } = await open();
  await context.close();
  const stranger = await (await browser.newContext()).newPage();
  const answer = await stranger.goto(url);
  expect([answer?.status(), await stranger.title()]).toEqual([401, "skein: This console is locked"]);
  const refused = await stranger.evaluate(async () => ({
    session: await fetch("/session", { method: "POST", headers: { "x-skein": "1" } }).then(
      (response) => response.status,
      () => "policy",
    ),
    socket: await new Promise((resolve) => {
      try {
        const socket = new WebSocket(location.origin.replace("http", "ws"));
        socket.addEventListener("open", () => resolve("open"));
        socket.addEventListener("error", () => resolve("refused"));
      } catch {
        resolve("refused");
      }
    }),
  }));
  expect(refused).toEqual({ session: "policy", socket: "refused" });
});

/** What a page of another site tries against the console of a browser that is logged in there. */
const attack = async ({ url }: { readonly url: string }): Promise<Record<string, unknown>> => {
  const tried = async (act: () => Promise<unknown>): Promise<unknown> => {
    try {
      return await act();
    } catch (error) {
      return `refused: ${error instanceof Error ? error.name : ""}`;
    }
  };
  return {
    post: await tried(async () =>
      (await fetch(`${url}/session`, { method: "POST", credentials: "include", headers: { "x-skein": "1" } })).text(),
    ),
    simplePost: await tried(
      async () => (await fetch(`${url}/session`, { method: "POST", mode: "no-cors", credentials: "include" })).type,
    ),
    page: await tried(async () => (await fetch(url, { credentials: "include" })).text()),
    socket: await new Promise((resolve) => {
      const socket = new WebSocket(url.replace("http", "ws"));
      socket.addEventListener("open", () => resolve("open"));
      socket.addEventListener("error", () => resolve("refused"));
    }),
    frame: await new Promise((resolve) => {
      const frame = document.createElement("iframe");
      const titleOf = (): string => {
        try {
          return frame.contentDocument?.title ?? "hidden";
        } catch {
          return "hidden";
        }
      };
      frame.addEventListener("load", () => resolve(titleOf()));
      frame.src = url;
      document.body.append(frame);
    }),
  };
};

test("another site, and a name rebound to this machine, reach nothing while the console goes on", async () => {
  const { page, context, url } = await open();
  await live(page);
  // A listening server has an address with a port.
  const { port } = evil.address() as AddressInfo;
  const other = await context.newPage();
  for (const site of [`http://evil.example:${port}/`, `http://127.0.0.1:${port}/`]) {
    await other.goto(site);
    expect(await other.evaluate(attack, { url })).toEqual({
      post: "refused: TypeError",
      simplePost: "refused: TypeError",
      page: "refused: TypeError",
      socket: "refused",
      frame: "hidden",
    });
  }
  const rebound = `http://evil.example:${new URL(url).port}`;
  const answer = await other.goto(`${rebound}/`);
  expect([answer?.status(), await answer?.text()]).toEqual([403, "refused: host\n"]);
  expect(
    await other
      .evaluate(async () => (await fetch("/session", { method: "POST", headers: { "x-skein": "1" } })).text())
      .catch(() => "policy"),
  ).not.toContain("invite");
  await page.reload();
  await live(page);
});
