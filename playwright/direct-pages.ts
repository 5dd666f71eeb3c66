/** The page of `fixtures/direct-page`, built once and served, and a program that it talks to. */
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createRuntime, type Peer, spawn, startPeer, type TaskContext } from "@skein/node-server";
import sirv from "sirv";
import { build } from "vite";

export interface Tls {
  readonly cert: string;
  readonly key: string;
}

export interface DirectPages {
  /** Serves them; `url` takes `#NAME INVITE`. */
  serve(host: string, tls?: Tls): Promise<{ readonly server: Server; readonly url: string }>;
  /** Removes what was built. */
  remove(): Promise<void>;
}

export async function buildDirectPages(): Promise<DirectPages> {
  const folder = await mkdtemp(join(tmpdir(), "skein-direct-"));
  await build({
    configFile: false,
    root: fileURLToPath(new URL("./fixtures/direct-page/", import.meta.url)),
    logLevel: "error",
    build: { outDir: folder, emptyOutDir: true, target: ["chrome125", "firefox128", "safari18"] },
  });
  return {
    serve: async (host, tls) => {
      const files = sirv(folder);
      const server = tls === undefined ? createServer(files) : createSecureServer(tls, files);
      await once(server.listen(0, host), "listening");
      // A listening server has an address with a port.
      const { port } = server.address() as AddressInfo;
      return { server, url: `${tls === undefined ? "http" : "https"}://${host}:${port}` };
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

/** What a page that is gone is waited for: long enough for a busy machine, short enough for a test. */
const LINGER_MS = 3000;

/** A program with a box that keeps the numbers it gets. */
export async function startBox(
  listen: string,
  options: Parameters<typeof startPeer>[0] = {},
): Promise<{ readonly peer: Peer; readonly got: readonly number[] }> {
  const runtime = createRuntime();
  const peer = await startPeer({ name: "program", runtime, listen: [listen], lingerMs: LINGER_MS, ...options });
  const got: number[] = [];
  const task = spawn(
    function* box(self: TaskContext<number>) {
      for (;;) got.push(yield* self.receive());
    },
    [],
    { runtime, background: true },
  );
  peer.register("box of program", task);
  return { peer, got };
}

/** What carries the connection to the peer of this name. */
export const transportOf = (peer: Peer, name: string): string | undefined =>
  peer.peers().find((one) => one.name === name)?.transport;
