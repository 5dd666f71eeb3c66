/** The page of `fixtures/tab-page`, served, and a client with a scheduler of its own that such pages serve. */
import { type Client, connect, type PeerHost, silentLogger } from "@skein/node-server";
import { skein } from "@skein/node-server/vite";
import { buildFixture } from "./fixture-pages.ts";

export interface TabPages {
  /** Takes `#WORKERS INVITE`. */
  readonly url: string;
  close(): Promise<void>;
}

export async function serveTabPages(): Promise<TabPages> {
  const pages = await buildFixture("tab-page", [skein()]);
  const { server, url } = await pages.serve("127.0.0.1");
  return {
    url: `${url}/`,
    close: async () => {
      server.close();
      await pages.remove();
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
