/** Builds the browser pages when their sources changed since the last time: `node tools/build-pages.ts [--force] [--quiet]`. */
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "vite";
import { addBrotli, buildJoin } from "./build-join.ts";
import { compressPage, keyEnding, takeManifest } from "./page-manifest.ts";
import { filesBelow, inProduction } from "./page-parts.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const CONSOLE = join(ROOT, "packages/web-console");
const WORKER = join(ROOT, "packages/browser-worker");

/** What goes into a page. The lock file stands for every dependency. */
const SHARED = [
  "package-lock.json",
  "packages/runtime/src",
  "packages/browser-worker/src",
  "packages/web-console/ed25519-only.ts",
  "packages/web-console/lean",
  "packages/web-console/lean-libp2p.ts",
  "packages/web-console/lean-peer.ts",
  "packages/web-console/unused-parts.ts",
  "tools/build-join.ts",
  "tools/page-manifest.ts",
];
const CONSOLE_SOURCES = [
  "packages/web-console/src",
  "packages/web-console/public",
  "packages/web-console/index.html",
  "packages/web-console/vite.config.ts",
  "packages/web-console/own-locale.ts",
];

export interface BuildPagesOptions {
  /** Build though nothing changed. */
  readonly force?: boolean;
}

/** A page: its files, what it is made of, and how it is built. */
interface BuiltPage {
  readonly output: string;
  readonly sources: readonly string[];
  readonly build: (outDir: string) => Promise<unknown>;
}

const BUILT: readonly BuiltPage[] = [
  {
    output: join(CONSOLE, ".pages/console"),
    sources: [...SHARED, ...CONSOLE_SOURCES],
    build: async (outDir) => {
      await buildConsole(outDir, "index.html");
      await addBrotli(outDir);
    },
  },
  {
    output: join(WORKER, ".pages/join"),
    sources: [...SHARED, "packages/browser-worker/vite.config.ts", "packages/browser-worker/late-parts.ts"],
    build: async (outDir) => {
      await buildJoin(outDir, ["index.html"]);
      await addBrotli(outDir);
    },
  },
];

/** Builds the console's page and the join page into their packages' `.pages`; a build under way is never seen half done. */
export async function buildPages(options: BuildPagesOptions = {}): Promise<"built" | "fresh"> {
  let result: "built" | "fresh" = "fresh";
  for (const page of BUILT) if ((await buildPage(page, options)) === "built") result = "built";
  return result;
}

async function buildPage({ output, sources, build: make }: BuiltPage, { force }: BuildPagesOptions) {
  // Beside it: the digest of the sources that it was built from.
  const kept = `${output}.sources`;
  const digest = await digestOf(sources);
  const before = await readFile(kept, "utf8").catch(() => "");
  if (force !== true && before === digest && existsSync(join(output, "index.html"))) return "fresh";
  await mkdir(dirname(output), { recursive: true });
  const fresh = `${output}-${process.pid}`;
  const old = `${fresh}-old`;
  try {
    await make(fresh);
    await rm(kept, { force: true });
    if (existsSync(output)) await rename(output, old);
    await rename(fresh, output);
    await writeFile(kept, digest);
  } finally {
    await rm(fresh, { recursive: true, force: true });
    await rm(old, { recursive: true, force: true });
  }
  return "built";
}

export interface ConsoleBuild {
  /** What a browser downloads until the overview shows a cluster, compressed. */
  readonly neededBytes: number;
}

/** Builds one page of the console's package into `outDir`, for production whatever this process is for, as `index.html`. */
export async function buildConsole(outDir: string, page: "index.html" | "dev.html"): Promise<ConsoleBuild> {
  await inProduction(async () => {
    await build({
      configFile: join(CONSOLE, "vite.config.ts"),
      mode: "production",
      logLevel: "warn",
      build: { outDir, emptyOutDir: true, manifest: true, rolldownOptions: { input: join(CONSOLE, page) } },
    });
  });
  const manifest = await takeManifest(outDir);
  if (page === "dev.html") await rename(join(outDir, page), join(outDir, "index.html"));
  const network = page === "dev.html" ? [] : NETWORK.map((end) => keyEnding(manifest, end));
  return { neededBytes: await compressPage(outDir, manifest, [page, ...network]) };
}

/** Loaded once the frame is shown: by it the page joins its cluster. */
const NETWORK = [
  "src/page/follow-cluster.ts",
  "runtime/src/cluster/network-half.ts",
  "runtime/src/peer/libp2p-host.ts",
  "@libp2p/websockets/dist/src/index.js",
];

/** Bytes of everything a page loads, as it is sent and compressed. */
export async function pageSizes(): Promise<
  readonly { readonly file: string; readonly bytes: number; readonly gzipBytes: number }[]
> {
  const files = (await Promise.all(BUILT.map(({ output }) => filesBelow(output)))).flat();
  return await Promise.all(
    files
      .filter((file) => !/\.(?:gz|br)$/.test(file))
      .map(async (file) => {
        const content = await readFile(file);
        return {
          file: relative(join(ROOT, "packages"), file),
          bytes: content.length,
          gzipBytes: gzipSync(content).length,
        };
      }),
  );
}

async function digestOf(sources: readonly string[]): Promise<string> {
  const hash = createHash("sha256");
  for (const source of sources) {
    for (const file of await filesBelow(join(ROOT, source))) {
      if (/\.test\.tsx?$/.test(file)) continue;
      const content = await readFile(file);
      hash.update(`${relative(ROOT, file)}\n${content.length}\n`).update(content);
    }
  }
  return hash.digest("hex");
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const result = await buildPages({ force: process.argv.includes("--force") });
  const sizes = await pageSizes();
  const kB = (bytes: number): string => `${(bytes / 1000).toFixed(1)} kB`;
  const gzipBytes = sizes.reduce((sum, size) => sum + size.gzipBytes, 0);
  const total = `pages ${result}: ${sizes.length} files, ${kB(gzipBytes)} compressed`;
  if (process.argv.includes("--quiet")) {
    // Before a program whose output is its own.
    if (result === "built") console.error(total);
  } else {
    console.log(total);
    for (const size of sizes) console.log(`  ${size.file}  ${kB(size.bytes)}, ${kB(size.gzipBytes)} compressed`);
  }
}
