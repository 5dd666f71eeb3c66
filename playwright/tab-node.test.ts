/** `joinTab()` in all engines, for a client with a scheduler of its own: what runs in a tab, and what becomes of it. */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type Client, type Observed, type PeerHost, spawn, type TaskContext, watchCluster } from "@skein/node-server";
import { skein } from "@skein/node-server/vite";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { lookFromAll } from "../examples/22-many-places/places.ts";
import { render } from "../examples/24-render-farm/farm.ts";
import { png } from "../examples/24-render-farm/png.ts";
import { rows } from "../examples/24-render-farm/tasks.ts";
import { buildFixture } from "./fixture-pages.ts";
import { connectForTabs, serveTabPages, tabAddress, type TabPages } from "./tab-pages.ts";
import { engines, startEngine, type Tab, type TabEngine } from "./tabs.ts";

const SOON = { timeout: 30_000 };
const TASKS = new URL("./fixtures/tab-tasks.ts", import.meta.url);
let pages: TabPages;
let client: Client<PeerHost>;

beforeAll(async () => {
  [pages, client] = await Promise.all([serveTabPages(), connectForTabs()]);
});

afterAll(async () => {
  await client?.close({ cancel: true });
  await pages?.close();
});

async function openTab(engine: TabEngine, workers: number): Promise<Tab> {
  const tab = await engine.open(await tabAddress(pages, client, workers));
  await expect.poll(() => tab.title(), SOON).toBe("serving");
  return tab;
}

async function openJob() {
  const job = await client.openJob();
  const tasks = await job.module<typeof import("./fixtures/tab-tasks.ts")>(TASKS);
  return { job, tasks };
}

const runningIn = async (tab: Tab): Promise<number> =>
  (await tab.call<{ tasks: { running: number }[] }>("status")).tasks.reduce((sum, { running }) => sum + running, 0);

const ignore = (): void => {};

const nodes = async (): Promise<number> => (await client.status()).nodes.length;

describe.each(engines)("in %s", (name) => {
  let engine: TabEngine;
  beforeAll(async () => {
    engine = await startEngine(name);
  });
  afterAll(async () => engine?.close());

  test("tasks that wait and tasks that compute run within the walls of a tab, and answer", async () => {
    const tab = await openTab(engine, 1);
    expect(await tab.call("status")).toMatchObject({ state: "working", pausedBy: [], done: 0 });
    const { job, tasks } = await openJob();
    expect(await tasks.whereAmI.run([], { kind: "io", at: "tab" })).toBe(`tab tab-${name} io null`);
    expect(await tasks.whereAmI.run([])).toBe(`tab tab-${name} cpu null`);
    expect(await tasks.square.call([7])).toBe(49);
    // Who looks sees what the tab's page shows, and what its workers do.
    const shown: Observed[] = [];
    const onObserved = (observed: readonly Observed[]): void => void shown.push(...observed);
    const { scheduler } = client;
    const topics = ["links", "code"] as const;
    using _watch = watchCluster(client.peer, { scheduler, topics, onObserved, onSnapshot: ignore, onEvents: ignore });
    const roles = (): unknown[] => shown.map((one) => !one.gone && one.topic === "links" && one.role);
    await expect.poll(roles, SOON).toContain("tab");
    const loaded = (): unknown[] =>
      shown.map((one) => !one.gone && one.topic === "code" && one.at.server > 0 && one.bundles[0]?.state);
    await expect.poll(loaded, SOON).toContain("loaded");
    const page = await (await fetch(pages.url)).text();
    const refused = "ABILITY_NOT_GRANTED";
    expect(await tasks.asksPage.run([pages.url], { kind: "io", at: "tab" })).toEqual([
      200,
      String(page.length),
      refused,
      refused,
    ]);
    await expect(tasks.fails.call([])).rejects.toThrow("wrong in the tab");

    const said: string[] = [];
    const listener = spawn(
      function* hears(self: TaskContext<string>) {
        for (;;) said.push(yield* self.receive());
      },
      [],
      { background: true },
    );
    const echo = tasks.echo.run([], { kind: "io", at: "tab" });
    echo.send({ text: "hello", to: listener.ref });
    await echo.deliver({ text: "enough", to: listener.ref });
    expect(await echo).toBe(2);
    await expect.poll(() => said, SOON).toEqual(["tab heard hello", "tab heard enough"]);
    void listener.cancel();
    const counted = async () => {
      const { done, failed } = await tab.call<{ done: number; failed: number }>("status");
      return [done, failed];
    };
    await expect.poll(counted, SOON).toEqual([5, 1]);
    await job.close();
    expect(await tab.call("status")).toMatchObject({ state: "working", workers: 1, done: 5, failed: 1 });
    await tab.call("stop");
    await tab.close();
  });

  test("a page that serves is a client, too: modules that it names are bundled, its own functions are refused", async () => {
    const invite = await client.peer.invite({ roles: ["tab", "client"] });
    const tab = await engine.open(`${pages.url}#${encodeURIComponent(`1 ${invite}`)}`);
    await expect.poll(() => tab.title(), SOON).toBe("serving");
    expect(await tab.call("asClient")).toEqual([[1, 4, 9], "tab", "CODE_UNKNOWN", [16, 25, 36], 49]);
    await tab.call("stop");
    await tab.close();
  });

  test.runIf(name === "chromium")("a task shows a view, and hears, sees and computes through its page", async () => {
    const tab = await openTab(engine, 0);
    const { job, tasks } = await openJob();
    const shows = tasks.seesAndShows.run([], {
      at: "tab",
      kind: "io",
      needs: { abilities: ["show", "camera", "gpu"] },
    });
    const frame = `iframe[title="a task's view"]`;
    await tab.clickIn?.(frame, "button");
    expect(await shows).toEqual([{ type: "click", name: "go", value: "1" }, 320, 42]);
    // Example 22.
    const { length } = await (await fetch(pages.url)).text();
    expect(await lookFromAll(client, pages.url)).toMatchObject([
      { place: "tab (tab-chromium)", outcome: `200, ${length} bytes` },
    ]);
    // It has ended with its task.
    await expect.poll(() => tab.evaluate(`document.querySelectorAll(${JSON.stringify(frame)}).length`), SOON).toBe(0);
    await job.close();
    await tab.call("stop");
    await tab.close();
  });

  test.runIf(name === "chromium")("the page of the examples that is a client runs its tasks at a tab", async () => {
    const example = await buildFixture("../../examples/25-page-client/page", [skein()]);
    const { server, url } = await example.serve("127.0.0.1");
    const tab = await openTab(engine, 2);
    const page = await engine.open(`${url}/#${await client.peer.invite({ roles: ["client"] })}`);
    const text = async (): Promise<unknown> => await page.evaluate("document.querySelector('p').textContent");
    await expect.poll(text, SOON).toBe("78498 primes; a function of the page itself is CODE_UNKNOWN");
    await page.close();
    await tab.call("stop");
    await tab.close();
    server.close();
    await example.remove();
  });

  test.runIf(name === "chromium")("the React page of the examples watches the cluster of its client", async () => {
    const example = await buildFixture("../../examples/26-watch-page/page", [skein()]);
    const { server, url } = await example.serve("127.0.0.1");
    const page = await engine.open(`${url}/#${await client.peer.invite({ roles: ["client"] })}`);
    const { job } = await openJob();
    const text = async (): Promise<unknown> => await page.evaluate("document.querySelector('#cluster').textContent");
    await expect.poll(text, SOON).toMatch(/live: \d+ of \d+ servers busy, \d+ machines.*: 0 of 0 tasks/);
    await job.close();
    await page.close();
    server.close();
    await example.remove();
  });

  test.runIf(name === "chromium")(
    "the render farm of the examples makes its picture at tabs, as a node would",
    async () => {
      const tab = await openTab(engine, 1);
      const { picture, stripes, atTabs } = await render(client, 64);
      expect([stripes, atTabs]).toEqual([8, 8]);
      expect(Buffer.compare(picture, png(64, [rows(0, 64, 64)]))).toBe(0);
      await tab.call("stop");
      await tab.close();
    },
  );

  test("a task that loops is ended with its worker after the grace, and the next one runs", async () => {
    const tab = await openTab(engine, 1);
    const { job, tasks } = await openJob();
    const loop = tasks.loops.run([]);
    await expect.poll(() => runningIn(tab), SOON).toBe(1);
    await loop.cancel("enough", { graceMs: 200 });
    expect((await loop.exit()).type).toBe("cancelled");
    expect(await tasks.square.call([3])).toBe(9);
    await job.close({ cancel: true });
    await tab.call("stop");
    await tab.close();
  });

  // Other engines end a page's connections before its last words have left: then it takes until it is missed.
  test.runIf(name === "chromium")("what runs in a tab that is left begins again in another one", async () => {
    const first = await openTab(engine, 1);
    const id = (await client.status()).nodes[0]?.id ?? "";
    const { job, tasks } = await openJob();
    // One that does not begin again fails with the reason why.
    const once = { retries: 1, timeoutMs: 120_000 };
    const cpu = tasks.notAt.run([id], once);
    const io = tasks.notAt.run([id], { ...once, kind: "io", at: "tab" });
    await expect.poll(() => runningIn(first), SOON).toBe(2);
    // A page that leaves need not answer any more.
    const left = first.call("leave").then(undefined, () => undefined);
    // At once by its last words; on a machine that is busy they may not have left in time, and it is missed.
    await expect.poll(nodes, SOON).toBe(0);
    // Nothing here waits for the browser to be done with it.
    void left.then(() => first.close()).then(undefined, () => undefined);
    const second = await openTab(engine, 1);
    const places = await Promise.all([cpu, io]);
    expect(new Set(places).size).toBe(1);
    expect(places[0]).not.toBe(id);
    await job.close();
    await second.call("stop");
    await second.close();
  });

  test("its owner says how many workers it gives, pauses it, and stops it", async () => {
    const tab = await openTab(engine, 0);
    const { job, tasks } = await openJob();
    const waiting = tasks.square.call([4]);
    await tab.call("setWorkers", 2);
    expect(await waiting).toBe(16);
    const held = tasks.notAt.run(["nobody"], { kind: "io", at: "tab" });
    await held;
    await tab.call("setWorkers", 1);
    expect((await client.status()).nodes.map(({ kind, servers }) => [kind, servers])).toEqual([["tab", 1]]);
    await tab.call("pause");
    const later = tasks.square.call([5]);
    await expect.poll(async () => (await tab.call<{ state: string }>("status")).state, SOON).toBe("paused");
    await tab.call("resume");
    expect(await later).toBe(25);
    const lost = tasks.loops.run([]);
    await expect.poll(() => runningIn(tab), SOON).toBe(1);
    expect(await tab.call("stop")).toMatchObject({ frames: 0 });
    expect((await lost.exit()).type).toBe("lost");
    await job.close({ cancel: true });
    await tab.close();
  });

  test("others' code reaches neither the network nor what the page keeps", async () => {
    const hits: string[] = [];
    const counted = (path: string): void => void hits.push(path);
    const lan = createServer((request, response) => {
      counted(request.url ?? "");
      response.setHeader("access-control-allow-origin", "*");
      response.end("");
    });
    lan.on("upgrade", (request, socket) => {
      counted(request.url ?? "");
      socket.destroy();
    });
    await once(lan.listen(0, "127.0.0.1"), "listening");
    try {
      // A listening server has an address with a port.
      const origin = `http://127.0.0.1:${(lan.address() as AddressInfo).port}`;
      const page = await engine.open(`${pages.url}?${name}`);
      await expect.poll(() => page.title(), SOON).toBe("ready");
      const within = await page.call<Record<string, string>>("probe", true, origin);
      expect(hits).toEqual([]);
      const { eval: evaluated, wasm, broadcast, RTCPeerConnection: rtc, SharedWorker: shared, ...reached } = within;
      expect([evaluated, wasm, broadcast, rtc, shared]).toEqual([
        "42",
        "compiled",
        "nothing",
        "undefined",
        "undefined",
      ]);
      expect(Object.entries(reached).filter(([, outcome]) => !["blocked", "nothing"].includes(outcome))).toEqual([]);

      // The same without walls shows that the probe finds what is there.
      const without = await page.call<Record<string, string>>("probe", false, origin);
      expect(without["indexedDB"]).toBe("open");
      expect(without["broadcast"]).toBe("received");
      expect(hits.length).toBeGreaterThan(4);
      await page.close();
    } finally {
      lan.close();
    }
  });
});
