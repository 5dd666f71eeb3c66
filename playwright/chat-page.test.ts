/** A chat between two pages and a program, all by one channel of this process; and a service called in a page. */
import type { Server } from "node:http";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { channel, locate, register, type Service, startPeer } from "@skein/node-server";
import type { Browser, Page } from "playwright";
import { build } from "vite";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openBoard } from "../examples/23-drawing-board/board.ts";
import { runProgram } from "../packages/node-server/test/run-program.ts";
import { launchChromium } from "../tools/engines/chromium.ts";
import { complaintsOf } from "./browser.ts";
import { buildFixture, type FixturePages } from "./fixture-pages.ts";

interface Said {
  readonly by: string;
  readonly text: string;
}

const SOON = { timeout: 30_000 };
let pages: FixturePages;
let server: Server;
let url: string;
let browser: Browser;

beforeAll(async () => {
  pages = await buildFixture("chat-page");
  await build({
    configFile: false,
    root: fileURLToPath(new URL("../examples/23-drawing-board/page/", import.meta.url)),
    base: "./",
    logLevel: "error",
    build: { outDir: join(pages.folder, "board"), target: "chrome125" },
  });
  ({ server, url } = await pages.serve("127.0.0.1"));
  browser = await launchChromium();
});

afterAll(async () => {
  await browser?.close();
  server?.close();
  await pages?.remove();
});

async function openChat(name: string, invite: string): Promise<{ page: Page; complaints: string[] }> {
  const page = await (await browser.newContext()).newPage();
  const complaints = complaintsOf(page);
  await page.goto(`${url}/#${encodeURIComponent(`${name} ${invite}`)}`);
  await page.locator("input:enabled").waitFor(SOON);
  return { page, complaints };
}

const say = async (page: Page, text: string): Promise<void> => {
  await page.locator("input").fill(text);
  await page.locator("input").press("Enter");
};
const linesOf = (page: Page): Promise<string[]> => page.locator("li").allTextContents();

test("what is typed in one page appears in the other and at a program, what is shouted does not", async () => {
  await using peer = await startPeer({ name: "chat", listen: ["127.0.0.1:0", "ws://127.0.0.1:0"] });
  register(
    "chat",
    channel<Said>("chat", { transform: (said) => (said.text === said.text.toUpperCase() ? undefined : said) }),
  );
  const invite = await peer.invite({ roles: ["peer"], uses: 10 });
  await using cas = runProgram("chat-channel", "client", invite, "cas");
  await cas.says("here");
  const [ann, bob] = [await openChat("ann", invite), await openChat("bob", invite)];
  await say(ann.page, "hello");
  for (const { page } of [ann, bob]) await expect.poll(() => linesOf(page), SOON).toEqual(["ann: hello"]);
  await cas.says("ann: hello");
  await say(bob.page, "LISTEN");
  await say(bob.page, "sorry");
  cas.types("never mind");
  const all = ["ann: hello", "bob: sorry", "cas: never mind"];
  for (const { page } of [ann, bob]) {
    await expect.poll(async () => (await linesOf(page)).toSorted(), SOON).toEqual(all);
  }
  await cas.says("bob: sorry");
  expect(cas.lines.join(" ")).not.toContain("LISTEN");

  // A service in a page is called from here, and what it emits is streamed.
  const shown = await locate<Service<[], number, string>>("shown by ann", { timeoutMs: 30_000 });
  const stream = shown.stream();
  const lines: string[] = [];
  for await (const line of stream) lines.push(line);
  expect(lines.toSorted()).toEqual(all);
  expect(await stream.result).toBe(3);
  for (const { complaints } of [ann, bob]) expect(complaints).toEqual([]);
});

test("what is drawn in one page of example 23 appears in the other, and in one that comes later", async () => {
  await using peer = await startPeer({ name: "board", listen: ["127.0.0.1:0", "ws://127.0.0.1:0"] });
  const strokes = openBoard();
  const invite = await peer.invite({ roles: ["peer"], uses: 10 });
  const openPage = async (): Promise<Page> => {
    const page = await (await browser.newContext()).newPage();
    await page.goto(`${url}/board/#${invite}`);
    await expect.poll(() => page.locator("p").textContent(), SOON).toBe("draw");
    return page;
  };
  /** How opaque the board is in the middle. */
  const middle = async (page: Page): Promise<number> =>
    await page.locator("canvas").evaluate((canvas) => {
      // It is one.
      const context = (canvas as HTMLCanvasElement).getContext("2d");
      return context?.getImageData(320, 240, 1, 1).data[3] ?? 0;
    });
  const [one, other] = [await openPage(), await openPage()];
  expect(await middle(other)).toBe(0);
  const box = await one.locator("canvas").boundingBox();
  if (box === null) throw new Error("there is no board");
  const { x, y, width, height } = box;
  await one.mouse.move(x + width / 4, y + height / 4);
  await one.mouse.down();
  await one.mouse.move(x + (width * 3) / 4, y + (height * 3) / 4, { steps: 4 });
  await one.mouse.up();
  for (const page of [one, other]) await expect.poll(() => middle(page), SOON).toBe(255);
  await expect.poll(() => strokes.length, SOON).toBeGreaterThan(0);
  const late = await openPage();
  await expect.poll(() => middle(late), SOON).toBe(255);
});
