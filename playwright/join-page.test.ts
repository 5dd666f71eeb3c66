/** `joinPage()` in Chromium on a plain-http page, where WebCrypto is missing, against a peer in Node. */
import type { Server } from "node:http";
import {
  type Channel,
  channel,
  createRuntime,
  locate,
  type Peer,
  register,
  startPeer,
  type TaskRef,
  unregister,
} from "@skein/node-server";
import type { Browser, Page } from "playwright";
import { afterAll, beforeAll, expect, test } from "vitest";
import { complaintsOf } from "./browser.ts";
import { buildFixture, type FixturePages } from "./fixture-pages.ts";
import { launchChromium } from "../tools/engines/chromium.ts";

const SOON = { timeout: 30_000 };
const board = channel<string>("board");
const heard: string[] = [];
let pages: FixturePages;
let server: Server;
let url: string;
let browser: Browser;
let peer: Peer;

beforeAll(async () => {
  pages = await buildFixture("join-page");
  ({ server, url } = await pages.serve("127.0.0.1"));
  // A name that is not localhost: a page from there is no secure context.
  browser = await launchChromium(["--host-resolver-rules=MAP lan.example 127.0.0.1"]);
  peer = await startPeer({ listen: ["ws://127.0.0.1:0"] });
  register("board", board);
  void (async () => {
    for await (const text of board.values()) heard.push(text);
  })();
});

afterAll(async () => {
  await browser?.close();
  unregister("board");
  await board.close();
  await peer?.close();
  server?.close();
  await pages?.remove();
});

async function open(invite: string): Promise<{ page: Page; complaints: string[] }> {
  const page = await (await browser.newContext()).newPage();
  const complaints = complaintsOf(page);
  await page.goto(`http://lan.example:${new URL(url).port}/#${invite}`);
  return { page, complaints };
}

test("a plain-http page joins, publishes on a channel, and answers by name", async () => {
  const invite = await peer.invite({ roles: ["peer"] });
  const { page, complaints } = await open(invite);
  await expect.poll(() => page.title(), SOON).toBe("joined, secure: false");
  await expect.poll(() => heard, SOON).toContain("hello from the page");
  const echo = await locate<TaskRef<{ text: string; to: Channel<string> }>>("echo", { timeoutMs: 30_000 });
  echo.send({ text: "this", to: board });
  await expect.poll(() => heard, SOON).toContain("page heard this");
  expect(complaints).toEqual([]);
});

test("a program that listens nowhere reaches a page through the peer that both know", async () => {
  const runtime = createRuntime();
  const other = await startPeer({ invite: await peer.invite({ roles: ["peer"] }), runtime });
  try {
    const echo = await other.locate<TaskRef<{ text: string; to: Channel<string> }>>("echo", { timeoutMs: 30_000 });
    await echo.deliver({ text: "that", to: board }, { timeoutMs: 30_000 });
    await expect.poll(() => heard, SOON).toContain("page heard that");
  } finally {
    await other.close();
  }
});

test("a page without a good invite is refused, and says why", async () => {
  const used = await peer.invite({ roles: ["peer"], uses: 1 });
  await open(used);
  await expect.poll(() => peer.peers().length, SOON).toBe(2);
  const { complaints } = await open(used);
  await expect.poll(() => complaints.join(" "), SOON).toMatch(/invite/);
  expect(peer.peers().length).toBe(2);
});

test("when its tab is closed the peer is lost here at once", async () => {
  const lost = (async () => {
    for await (const event of peer.events.values()) if (event.type === "lost") return event.error.code;
    return "";
  })();
  await browser.contexts()[0]?.close();
  expect(await lost).toBe("PEER_LOST");
});
