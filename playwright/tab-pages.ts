/** The page of `fixtures/tab-page`, built and served, and a client with a scheduler of its own that such pages serve. */
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Client, connect, type PeerHost, silentLogger } from "@skein/node-server";
import { skein } from "@skein/node-server/vite";
import sirv from "sirv";
import { build } from "vite";

export interface TabPages {
  /** Takes `#WORKERS INVITE`. */
  readonly url: string;
  close(): Promise<void>;
}

export async function serveTabPages(): Promise<TabPages> {
  const folder = await mkdtemp(join(tmpdir(), "skein-tab-"));
  await build({
    configFile: false,
    root: fileURLToPath(new URL("./fixtures/tab-page/", import.meta.url)),
    logLevel: "error",
    plugins: [skein()],
    build: { outDir: folder, emptyOutDir: true, target: ["chrome125", "firefox128", "safari18"] },
  });
  const server = createServer(sirv(folder)).listen(0, "127.0.0.1");
  await once(server, "listening");
  // A listening server has an address with a port.
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/`,
    close: async () => {
      server.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** It finds no node by itself: its servers are the tabs that are opened. */
export async function connectForTabs(): Promise<Client<PeerHost>> {
  return await connect(undefined, {
    private: true,
    secret: "a secret of eighty bits or more, for tests",
    listen: ["ws://127.0.0.1:0"],
    nodes: ["127.0.0.1:1"],
    logger: silentLogger,
  });
}

/** The address of a page that joins `client`'s cluster with so many workers. */
export async function tabAddress(pages: TabPages, client: Client<PeerHost>, workers: number): Promise<string> {
  const invite = await client.peer.invite({ roles: ["tab"] });
  return `${pages.url}#${encodeURIComponent(`${workers} ${invite}`)}`;
}
