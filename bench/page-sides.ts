/** First process of the browser benches: a page in Chromium, and the programs that it sends to. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Page } from "playwright";
import sirv from "sirv";
import { build } from "vite";
import { launchChromium } from "../tools/engines/chromium.ts";
import { firstLine } from "./first-line.ts";
import type { PagePeer, PagePeerKind } from "./page-peer.ts";

export interface PageSides {
  bulk(name: PageSide, bytes: number): Promise<number>;
  roundTrips(name: PageSide, count: number, inFlight: number): Promise<number>;
  /** Opens one more page of that side, which keeps nothing of others, and gives the milliseconds until its first answer. */
  untilFirst(name: PageSide): Promise<number>;
  close(): Promise<void>;
}

/** Ours and the bare stream, each by WebSocket and by WebRTC with werift; and the bare one with the native stack. */
const SIDES = {
  "ours ws": ["ours", false],
  "bare ws": ["bare", false],
  "ours webrtc": ["ours", true],
  "bare webrtc": ["bare", true],
  "bare native": ["native", true],
} as const satisfies Record<string, readonly [PagePeerKind, boolean]>;
export type PageSide = keyof typeof SIDES;

export async function openPageSides(names: readonly PageSide[]): Promise<PageSides> {
  const folder = await mkdtemp(join(tmpdir(), "skein-bench-page-"));
  const root = fileURLToPath(new URL("./tab-page/", import.meta.url));
  const outDir = { outDir: folder, emptyOutDir: true, target: "chrome125" };
  await build({ configFile: false, root, logLevel: "error", build: outDir });
  const server = createServer(sirv(folder)).listen(0, "127.0.0.1");
  await once(server, "listening");
  const browser = await launchChromium();
  // A listening server has an address with a port.
  const { port } = server.address() as AddressInfo;
  const children: ChildProcess[] = [];
  // A page for each, as each has a process of its own.
  const pages = new Map<PageSide, Page>();
  const peers = new Map<PageSide, PagePeer & { readonly direct: boolean }>();
  const open = async (name: PageSide): Promise<Page> => {
    const page = await browser.newPage();
    await page.goto(`http://127.0.0.1:${port}/`);
    await page.waitForFunction(() => document.title === "ready");
    await page.evaluate(`tests.open(${JSON.stringify(name)}, ${JSON.stringify(peers.get(name))})`);
    return page;
  };
  for (const name of names) {
    const [kind, direct] = SIDES[name];
    const script = new URL("./page-peer.ts", import.meta.url).pathname;
    const child = spawn(process.execPath, [script, kind, ...(direct ? ["direct"] : [])], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    children.push(child);
    const there: PagePeer = JSON.parse(await firstLine(child));
    peers.set(name, { ...there, direct });
    pages.set(name, await open(name));
  }
  const call = async (side: PageSide, name: string, ...args: readonly number[]): Promise<void> => {
    await pages.get(side)?.evaluate(`tests.${name}(${[side, ...args].map((one) => JSON.stringify(one)).join(", ")})`);
  };
  return {
    bulk: async (name, bytes) => {
      await call(name, "bulk", bytes);
      return bytes;
    },
    roundTrips: async (name, count, inFlight) => {
      await call(name, "roundTrips", count, inFlight);
      return count;
    },
    untilFirst: async (name) => {
      const startMs = performance.now();
      const page = await open(name);
      await page.evaluate(`tests.roundTrips(${JSON.stringify(name)}, 1, 1)`);
      const tookMs = performance.now() - startMs;
      // Its context goes with it.
      await page.context().close();
      return tookMs;
    },
    close: async () => {
      await browser.close();
      server.close();
      for (const child of children) child.stdin?.end();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
