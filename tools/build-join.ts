/** Builds the join page: its document, its chunks, and of the same chunks the program that its servers run. */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync } from "node:zlib";
import zopfli from "@gfx/zopfli";
import { build } from "vite";
import {
  type Chunk,
  chunkOf,
  compressPage,
  keyEnding,
  type Manifest,
  takeManifest,
  withImports,
} from "./page-manifest.ts";
import { filesBelow, inProduction } from "./page-parts.ts";

const WORKER = fileURLToPath(new URL("../packages/browser-worker/", import.meta.url));
/** As the manifest names them: relative to the page's folder. */
const PROGRAM = "../server/main.ts";
const NO_NETWORK = "../server/no-network.ts";
const LATE = "../server/late.ts";

export interface JoinBuild {
  /** What a browser downloads until its first server runs, compressed. */
  readonly neededBytes: number;
}

/** Builds the join page into `outDir`; `dev.html` is the page with made-up states. */
export async function buildJoin(outDir: string, pages: readonly ("index.html" | "dev.html")[]): Promise<JoinBuild> {
  const input = [...pages, PROGRAM, NO_NETWORK, LATE].map((file) => join(WORKER, "src/page", file));
  await inProduction(async () => {
    await build({
      configFile: join(WORKER, "vite.config.ts"),
      mode: "production",
      logLevel: "warn",
      build: { outDir, emptyOutDir: true, rolldownOptions: { input } },
    });
  });
  const manifest = await takeManifest(outDir);
  const document = join(outDir, "index.html");
  const html = await readFile(document, "utf8");
  const meta = `<meta name="skein-program" content="${JSON.stringify(programParts(manifest)).replaceAll('"', "&quot;")}" />`;
  await writeFile(
    document,
    html.replace("</title>", () => `</title>\n    ${meta}`),
  );
  return { neededBytes: await compressPage(outDir, manifest, neededChunks(manifest)) };
}

/** Beside each text, what https pages get of it: an eighth less than by gzip, for a second of work. */
export async function addBrotli(outDir: string): Promise<void> {
  for (const file of await filesBelow(join(outDir, "assets"))) {
    if (/\.(?:js|css)$/.test(file)) await writeFile(`${file}.br`, brotliCompressSync(await readFile(file)));
  }
}

/** Makes each `.gz` again by Zopfli: four hundredths less to download, for seconds of work. For what is published. */
export async function squeezeGzip(outDir: string): Promise<void> {
  for (const file of await filesBelow(join(outDir, "assets"))) {
    if (!file.endsWith(".gz")) continue;
    const text = await readFile(file.slice(0, -".gz".length));
    await writeFile(file, await zopfli.gzipAsync(text, { numiterations: 1 }));
  }
}

/** What is loaded until a tab runs a task: the others wait until somebody wants what they do. */
function neededChunks(manifest: Manifest): readonly string[] {
  const ended = ["@libp2p/websockets/dist/src/index.js", "runtime/src/peer/libp2p-host.ts"];
  const started = ["index.html", "../tab-node/tab-work.ts", "../io/serve.ts", PROGRAM, NO_NETWORK];
  return [...started, ...ended.map((end) => keyEnding(manifest, end))];
}

/** Of what the program is made, for the page that puts it together: see `shared-program.ts` of browser-worker. */
export function programParts(manifest: Manifest): {
  readonly modules: readonly string[];
  readonly more: readonly string[];
  readonly instead: Readonly<Record<string, string>>;
} {
  const ordered = withImports(manifest, [NO_NETWORK, PROGRAM]);
  const instead = nameOf(chunkOf(manifest, NO_NETWORK));
  const fileOf = (key: string): string => `./${chunkOf(manifest, key).file}`;
  const more = withImports(manifest, [LATE]).filter((key) => !ordered.includes(key));
  const absent = ordered.flatMap((key) => chunkOf(manifest, key).dynamicImports ?? []);
  return {
    modules: ordered.map(fileOf),
    more: more.map(fileOf),
    instead: Object.fromEntries(absent.map((key) => [nameOf(chunkOf(manifest, key)), instead])),
  };
}

const nameOf = ({ file }: Chunk): string => file.slice(file.lastIndexOf("/") + 1);
