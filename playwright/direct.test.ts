/** Pages become directly connected by WebRTC, to a program and to each other; what is sent meanwhile arrives once and in order. */
import { readFileSync } from "node:fs";
import { networkInterfaces } from "node:os";
import { createRuntime, startPeer } from "@skein/node-server";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { leanLibp2p } from "../packages/web-console/lean-libp2p.ts";
import { BreakableProxy, unusedPort } from "../packages/node-server/test/breakable-proxy.ts";
import { startBox, transportOf } from "./direct-pages.ts";
import { buildFixture, type FixturePages } from "./fixture-pages.ts";
import { type EngineName, engines, startEngine, type Tab, type TabEngine } from "./tabs.ts";

const SOON = { timeout: 30_000 };
const MIB = 1024 * 1024;
/** This machine as others on its network see it: a page from there is no secure context. */
const lan = Object.values(networkInterfaces())
  .flat()
  .find((one) => one?.family === "IPv4" && !one.internal)?.address;
const certificate = (name: string): string =>
  readFileSync(new URL(`../packages/node-server/test/certificates/${name}`, import.meta.url), "utf8");

let pages: FixturePages;
const started = new Map<EngineName, Promise<TabEngine>>();
const engineOf = async (name: EngineName): Promise<TabEngine> => {
  const engine = started.get(name) ?? startEngine(name);
  started.set(name, engine);
  return await engine;
};

beforeAll(async () => {
  // With as little of libp2p as our own pages have.
  pages = await buildFixture("direct-page", [leanLibp2p()]);
});

afterAll(async () => {
  for (const engine of started.values()) await (await engine).close();
  await pages?.remove();
});

async function openPage(engine: EngineName, url: string, name: string, invite: string): Promise<Tab> {
  const tab = await (await engineOf(engine)).open(`${url}/#${encodeURIComponent(`${name} ${invite}`)}`);
  await expect.poll(() => tab.title(), SOON).toBe("joined");
  return tab;
}

const direct: readonly EngineName[] = engines.filter((name) => name !== "webkit");
const places: readonly (readonly [string, string, boolean])[] = [
  ["localhost", "127.0.0.1", false],
  ...(lan === undefined ? [] : [["a plain-http address of the LAN", lan, false] as const]),
  ["https, with given certificates", "127.0.0.1", true],
];

describe.each(places)("a page from %s", (_place, host, secure) => {
  test.each(engines)("of %s joins, and is connected by the best it has", async (engine) => {
    const tls = secure ? { cert: certificate("server.pem"), key: certificate("server.key") } : undefined;
    const { peer } = await startBox(`${secure ? "wss" : "ws"}://${host}:0`, tls === undefined ? {} : { tls });
    const { server, url } = await pages.serve(host, tls);
    try {
      const tab = await openPage(engine, url, "page", await peer.invite({ roles: ["peer"] }));
      expect(await tab.call("secure")).toBe(secure || host === "127.0.0.1");
      const best = direct.includes(engine) ? "webrtc" : secure ? "wss" : "ws";
      await expect.poll(() => tab.call("transport", "program"), SOON).toBe(best);
      // Who listens doesn't see what its listener took off.
      await expect.poll(() => transportOf(peer, "page"), SOON).toBe(best === "wss" ? "ws" : best);
      await tab.close();
      // Each has to be lost sometime; once an engine is enough to wait for it.
      if (host === "127.0.0.1" && !secure) await expect.poll(() => peer.peers().length, SOON).toBe(0);
    } finally {
      await peer.close({ cancel: true });
      server.close();
    }
  });
});

test.each(direct)(
  "what a page of %s sends while its connection breaks again and again arrives once and in order",
  async (engine) => {
    const { peer, got } = await startBox("ws://127.0.0.1:0");
    const { server, url } = await pages.serve("127.0.0.1");
    try {
      const tab = await openPage(engine, url, "page", await peer.invite({ roles: ["peer"] }));
      const sending = tab.call("send", "program", 2000, 0);
      for (let times = 0; times < 3; times += 1) {
        await expect.poll(() => transportOf(peer, "page"), SOON).toBe("webrtc");
        // What the page has cut, the other side may not have heard of yet: then there is nothing to cut.
        await expect.poll(() => tab.call("cut"), SOON).toBe(1);
      }
      await sending;
      await expect.poll(() => got.length, SOON).toBe(2000);
      expect(got.every((n, index) => n === index + 1)).toBe(true);
      await tab.close();
    } finally {
      await peer.close({ cancel: true });
      server.close();
    }
  },
);

const pairs = direct.flatMap((one, index) => direct.slice(index).map((other) => [one, other] as const));

test.each(pairs)(
  "a page of %s and one of %s talk directly, and go on when who brought them together is gone",
  async (one, other) => {
    const port = await unusedPort();
    const proxy = await BreakableProxy.start(() => port);
    const runtime = createRuntime();
    const listen = [`ws://127.0.0.1:${port}`];
    const relay = await startPeer({ name: "relay", runtime, listen, announce: [`ws://127.0.0.1:${proxy.port}`] });
    const { server, url } = await pages.serve("127.0.0.1");
    try {
      const invite = await relay.invite({ roles: ["peer"], uses: 2 });
      const [ann, bob] = [await openPage(one, url, "ann", invite), await openPage(other, url, "bob", invite)];
      await ann.call("meet", "bob");
      await expect.poll(() => ann.call("transport", "bob"), SOON).toBe("webrtc");
      await expect.poll(() => bob.call("transport", "ann"), SOON).toBe("webrtc");
      const before = proxy.carried;
      await ann.call("send", "bob", 20, MIB);
      expect(await bob.call("got")).toMatchObject({ letters: 20, bytes: 20 * MIB });
      expect(proxy.carried - before).toBeLessThan(64 * 1024);
      await relay.close({ cancel: true });
      await ann.call("send", "bob", 2, MIB);
      expect(await bob.call("got")).toMatchObject({ letters: 22 });
      await ann.close();
      await bob.close();
    } finally {
      await relay.close({ cancel: true });
      await proxy.close();
      server.close();
    }
  },
);
