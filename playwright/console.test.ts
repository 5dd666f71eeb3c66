/** The console of a real `skein up` in a real Chromium. */
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { engines } from "./tabs.ts";
import { actsOnInsides } from "./console-acted-on.ts";
import { openIn } from "./console-in-engine.ts";
import { invitesAndRecords } from "./console-invites.ts";
import { ConsoleOfUp, live, SERVERS, shoot, SOON } from "./console-of-up.ts";

// A name that leads to this machine, as DNS rebinding makes one.
const up = new ConsoleOfUp(["--host-resolver-rules=MAP evil.example 127.0.0.1"]);
let evil: Server;

beforeAll(async () => {
  await up.start();
  evil = createServer((_, response) => {
    response.setHeader("content-type", "text/html");
    response.end("<!doctype html><title>evil</title>");
  }).listen(0, "127.0.0.1");
  await once(evil, "listening");
});

afterAll(() => evil?.close());

test("a login link opens the page, which joins the cluster and shows its machine and servers", async () => {
  const { page, complaints, url } = await up.open();
  await live(page);
  // The login's key is not left in the address.
  expect(page.url()).toBe(`${url}/`);
  await expect.poll(() => page.locator("tbody canvas").count(), SOON).toBe(SERVERS);
  expect(await page.getByRole("region", { name: "Machines", exact: true }).getByRole("row").count()).toBe(2);
  await page.getByRole("heading", { name: "Nothing has run yet" }).waitFor(SOON);
  await shoot(page, "real-idle");
  expect(await page.evaluate(downloadedBytes)).toBeLessThanOrEqual(200_000);
  expect(complaints).toEqual([]);
});

/** What this page has loaded, as it came: compressed. */
function downloadedBytes(): number {
  const entries = [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")];
  return entries.reduce((sum, one) => sum + (one instanceof PerformanceResourceTiming ? one.encodedBodySize : 0), 0);
}

test("two browsers see a job's progress, what its servers run, its failures and its end", async () => {
  const [first, second] = [await up.open(), await up.open()];
  await Promise.all([live(first.page), live(second.page)]);
  const ended = once(up.runJob("squares", 150, 100, 2), "exit");
  // Side by side: the job ends whether both have been looked at or not.
  await Promise.all(
    [first, second].map(async ({ page }) => {
      const bar = page.getByRole("progressbar", { name: "squares: tasks finished" });
      await bar.waitFor(SOON);
      await expect.poll(() => page.getByRole("row", { name: /compute/ }).count(), SOON).toBe(SERVERS);
      await expect.poll(async () => Number(await bar.getAttribute("aria-valuenow")), SOON).toBeGreaterThan(20);
    }),
  );
  await shoot(first.page, "real-running");
  await expect.poll(() => first.page.getByText("failure 0").count(), SOON).toBeGreaterThan(0);
  await ended;
  for (const { page, complaints } of [first, second]) {
    await page.getByRole("list", { name: "Ended jobs" }).getByText("squares").waitFor(SOON);
    expect(await page.getByRole("list", { name: "Ended jobs" }).textContent()).toContain("152 tasks");
    expect(complaints).toEqual([]);
  }
  await shoot(first.page, "real-done");
  const late = await up.open();
  await late.page.getByRole("list", { name: "Ended jobs" }).getByText("squares").waitFor(SOON);
  await expect.poll(() => late.page.getByText("failure 0").count(), SOON).toBe(1);
});

test("a page that is opened while long tasks run shows which servers run them, and since when", async () => {
  const ended = once(up.runJob("long ago", SERVERS, 600_000), "exit");
  await expect
    .poll(async () => (await up.status()).servers.filter(({ counters }) => counters.running > 0).length, SOON)
    .toBe(SERVERS);
  const { page } = await up.open();
  await live(page);
  await expect.poll(() => page.getByRole("row", { name: /compute/ }).count(), SOON).toBe(SERVERS);
  await page.getByText(`holds ${SERVERS} servers, all busy`).waitFor(SOON);
  await page.getByText(`${SERVERS} held by jobs`).waitFor(SOON);
  // Longer than the page is open: the lane begins where the task did.
  await expect.poll(() => page.getByRole("img", { name: /^[1-9]\d* % busy/ }).count(), SOON).toBe(SERVERS);
  await shoot(page, "real-long");
  await up.cancel("long ago");
  await ended;
  await page.getByRole("list", { name: "Ended jobs" }).getByText("long ago").waitFor(SOON);
});

test("an operator's page steers a job, a task and a node, and says what came of it", async () => {
  const ended = once(up.runJob("steered", SERVERS + 1, 600_000), "exit");
  const { page, complaints } = await up.open();
  await live(page);
  const view = async (name: string): Promise<void> => await page.getByRole("link", { name, exact: true }).click();
  const done = (words: string): Promise<void> =>
    page.getByRole("log", { name: "What was done" }).getByText(words).waitFor(SOON);

  await view("Jobs");
  const weight = page.getByRole("spinbutton", { name: "Weight of steered" });
  // The browser says why this is none.
  await weight.fill("-3");
  await weight.press("Enter");
  expect(await weight.evaluate((field) => document.activeElement === field && field.matches(":invalid"))).toBe(true);
  await weight.fill("3");
  await weight.press("Enter");
  await done("steered has weight 3.");
  await page.getByText("weight 3, 100 %").waitFor(SOON);
  await page.getByRole("button", { name: "Pause steered" }).click();
  await page.getByRole("button", { name: "Resume steered" }).click();
  await page.getByRole("button", { name: "Pause steered" }).waitFor(SOON);

  await view("Tasks");
  await page.getByRole("searchbox").fill("state:running job:steered");
  await expect.poll(() => page.getByRole("row", { name: /compute/ }).count(), SOON).toBe(SERVERS);
  await page.getByRole("link", { name: "compute" }).first().click();
  // What the task shows of itself where it runs.
  await page.getByText("It waits for").waitFor(SOON);
  await page.getByRole("button", { name: "Send a message …" }).click();
  await page.getByRole("textbox").fill('{"hello":[1]}');
  await page.getByRole("button", { name: "Send", exact: true }).click();
  await done("Sent to compute.");
  await page.getByText("1 message", { exact: true }).waitFor(SOON);
  await page.getByRole("button", { name: "Cancel", exact: true }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Cancel task" }).click();
  await done("compute is cancelled.");
  await page.getByRole("listitem").getByText("cancelled", { exact: true }).waitFor(SOON);

  await view("Nodes");
  await page.getByRole("region", { name: "Table of nodes" }).getByRole("link").click();
  await page.getByRole("button", { name: /^Pause / }).click();
  await page.getByText("paused", { exact: true }).waitFor(SOON);
  await page.getByRole("button", { name: /^Resume / }).click();
  await page.getByText("ready", { exact: true }).first().waitFor(SOON);

  await view("Jobs");
  await page.getByRole("button", { name: "Cancel steered" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Cancel job" }).click();
  await ended;
  await page.getByRole("region", { name: "Table of ended jobs" }).getByText("steered").waitFor(SOON);
  expect(complaints).toEqual([]);
});

test.each(engines.filter((name) => name !== "chromium"))(
  "in %s every view is drawn, and an act is done",
  async (name) => {
    await using page = await openIn(name, await up.link());
    await page.run(`await until("life", () => document.body.innerText.includes("Live"));`);
    const views = await page.run(
      `return [...document.querySelectorAll("nav#views a")].map((a) => a.getAttribute("href"));`,
    );
    if (!Array.isArray(views)) throw new Error("the page has no views");
    for (const path of views) {
      const drawn = `main[data-path="${String(path)}"] :is(section, canvas, table, [role=log])`;
      const failed = await page.run(`
      history.pushState(null, "", ${JSON.stringify(path)});
      await until(${JSON.stringify(path)}, () => document.querySelector(${JSON.stringify(drawn)}));
      const text = document.querySelector("main").innerText; return text.includes("This view failed") ? text.slice(0, 300) : "";`);
      expect([path, failed]).toEqual([path, ""]);
    }
    await page.run(`
    history.pushState(null, "", "/jobs");
    (await until("act", () => button("Pause intake"))).click();
    (await until("question", () => document.querySelector("dialog[open] button:last-child"))).click();
    (await until("pause", () => button("Resume intake"))).click();
    await until("end of the pause", () => button("Pause intake"));`);
  },
);

test("a browser that did not log in gets nothing: no page, no session, no way in", async () => {
  const { url, context } = await up.open();
  await context.close();
  const stranger = await (await up.browser.newContext()).newPage();
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
    // What comes by links and pictures carries the cookie in a lax browser.
    picture: await new Promise((resolve) => {
      const picture = new Image();
      picture.addEventListener("load", () => resolve("shown"));
      picture.addEventListener("error", () => resolve("refused"));
      picture.src = `${url}/favicon.svg`;
    }),
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
  const { page, context, url } = await up.open();
  await live(page);
  // A listening server has an address with a port.
  const { port } = evil.address() as AddressInfo;
  const other = await context.newPage();
  for (const site of [`http://evil.example:${port}/`, `http://127.0.0.1:${port}/`]) {
    await other.goto(site);
    expect(await other.evaluate(attack, { url })).toEqual({
      post: "refused: TypeError",
      simplePost: "refused: TypeError",
      picture: "refused",
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
  // A page of that name without our policy, as its own server would have sent it before the name was rebound.
  const bare = await (await up.browser.newContext({ bypassCSP: true })).newPage();
  await bare.goto(`${rebound}/`);
  for (const method of ["GET", "POST", "DELETE"]) {
    const tried = async (given: string): Promise<string> => (await fetch("/session", { method: given })).text();
    expect([method, await bare.evaluate(tried, method)]).toEqual([method, "refused: host\n"]);
  }
  const rebinding = await bare.evaluate(
    () =>
      new Promise((resolve) => {
        const socket = new WebSocket(location.origin.replace("http", "ws"));
        socket.addEventListener("open", () => resolve("open"));
        socket.addEventListener("error", () => resolve("refused"));
      }),
  );
  expect(rebinding).toBe("refused");
  await page.reload();
  await live(page);
});

test("a console that is served for a viewer's invite shows the cluster", async () => {
  const { page, complaints } = await up.openElsewhere("viewer");
  await live(page);
  await expect.poll(() => page.locator("tbody canvas").count(), SOON).toBe(SERVERS);
  expect(complaints).toEqual([]);
});

test("makes and ends an invite, shows who is connected, and opens what it has recorded", async () => {
  await invitesAndRecords(await up.open(), (file) => up.openRecording(file));
});

test("restarts a child, takes a subscriber off a channel, and gives a running task other code", async () => {
  const program = up.startPrinting("acts-job.ts");
  await actsOnInsides(await up.open(), program);
});
