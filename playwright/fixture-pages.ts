/** A page of `fixtures/`, built once and served, for tests, gates and benches. */
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import sirv from "sirv";
import { build, type PluginOption } from "vite";

export interface Tls {
  readonly cert: string;
  readonly key: string;
}

export interface FixturePages {
  /** Where it was built; more may be put there before it is served. */
  readonly folder: string;
  /** `url` is an origin: the page is at its root. */
  serve(host: string, tls?: Tls): Promise<{ readonly server: Server; readonly url: string }>;
  /** Removes what was built. */
  remove(): Promise<void>;
}

/** `name` is a folder of `fixtures/`, or a path from there. */
export async function buildFixture(name: string, plugins: PluginOption[] = []): Promise<FixturePages> {
  const folder = await mkdtemp(join(tmpdir(), `skein-${basename(name)}-`));
  await build({
    configFile: false,
    root: fileURLToPath(new URL(`./fixtures/${name}/`, import.meta.url)),
    logLevel: "error",
    plugins,
    build: { outDir: folder, emptyOutDir: true, target: ["chrome125", "firefox128", "safari18"] },
  });
  return {
    folder,
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
