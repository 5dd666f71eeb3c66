/** Builds the browser pages when their sources changed since the last time: `node tools/build-pages.ts [--force] [--quiet]`. */
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "vite";
import { buildServerProgram } from "./server-program.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const CONSOLE = join(ROOT, "packages/web-console");
const PAGES = join(CONSOLE, ".pages");
const OUTPUT = join(PAGES, "console");
/** Digest of the sources that the pages were built from. */
const DIGEST = join(PAGES, "console.sources");

/** What goes into a page. The lock file stands for every dependency. */
const SOURCES = [
  "package-lock.json",
  "packages/runtime/src",
  "packages/browser-worker/src",
  "packages/web-console/src",
  "packages/web-console/public",
  "packages/web-console/index.html",
  "packages/web-console/vite.config.ts",
  "packages/web-console/ed25519-only.ts",
  "packages/web-console/no-eval.ts",
  "packages/web-console/unused-parts.ts",
];

export interface BuildPagesOptions {
  /** Build though nothing changed. */
  readonly force?: boolean;
}

/** Builds the console's pages into `packages/web-console/.pages/console`; a build under way is never seen half done. */
export async function buildPages(options: BuildPagesOptions = {}): Promise<"built" | "fresh"> {
  const digest = await digestOf(SOURCES);
  const before = await readFile(DIGEST, "utf8").catch(() => "");
  if (options.force !== true && before === digest && existsSync(join(OUTPUT, "index.html"))) return "fresh";
  await mkdir(PAGES, { recursive: true });
  const fresh = join(PAGES, `console-${process.pid}`);
  const old = `${fresh}-old`;
  try {
    await buildConsole(fresh, "index.html");
    await rm(DIGEST, { force: true });
    if (existsSync(OUTPUT)) await rename(OUTPUT, old);
    await rename(fresh, OUTPUT);
    await writeFile(DIGEST, digest);
  } finally {
    await rm(fresh, { recursive: true, force: true });
    await rm(old, { recursive: true, force: true });
  }
  return "built";
}

/** Builds one page of the console's package into `outDir`, for production whatever this process is for. */
export async function buildConsole(outDir: string, page: "index.html" | "dev.html"): Promise<void> {
  await inProduction(async () => {
    await build({
      configFile: join(CONSOLE, "vite.config.ts"),
      mode: "production",
      logLevel: "warn",
      build: { outDir, emptyOutDir: true, rolldownOptions: { input: join(CONSOLE, page) } },
    });
  });
}

/** Does `work` with the environment of a build for production, whatever this process is for. */
async function inProduction(work: () => Promise<void>): Promise<void> {
  const before = process.env["NODE_ENV"];
  process.env["NODE_ENV"] = "production";
  try {
    await work();
  } finally {
    if (before === undefined) delete process.env["NODE_ENV"];
    else process.env["NODE_ENV"] = before;
  }
}

/** Bytes of everything a page loads, as it is sent and compressed. */
export async function pageSizes(): Promise<
  readonly { readonly file: string; readonly bytes: number; readonly gzipBytes: number }[]
> {
  const files = await filesBelow(OUTPUT);
  return await Promise.all(
    files.map(async (file) => {
      const content = await readFile(file);
      return { file: relative(OUTPUT, file), bytes: content.length, gzipBytes: gzipSync(content).length };
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

/** The file itself, or all below the directory, in a fixed order. */
async function filesBelow(path: string): Promise<readonly string[]> {
  const entries = await readdir(path, { withFileTypes: true, recursive: true }).catch(() => undefined);
  if (entries === undefined) return [path];
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted();
}

const WORKER = join(ROOT, "packages/browser-worker");

/** Builds the join page into `outDir`, or its page with made-up states. */
export async function buildJoin(outDir: string, page: "index.html" | "dev.html"): Promise<void> {
  await buildServerProgram();
  await inProduction(async () => {
    await build({
      configFile: join(WORKER, "vite.config.ts"),
      mode: "production",
      logLevel: "warn",
      build: { outDir, emptyOutDir: true, rolldownOptions: { input: join(WORKER, "src/page", page) } },
    });
  });
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
