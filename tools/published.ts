/** The packages as they are published: entries in `dist`, the runtime's modules bundled into few files. */
import { cpSync, existsSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build as bundle, type BuildOptions } from "esbuild";
import { bundleEntry } from "./bundle-entry.ts";
import { forBrowsers, writeLicences, withPackages } from "./bundle-packages.ts";

const root = fileURLToPath(new URL("..", import.meta.url));

/** Where the runtime's files for Node are. */
const NODE_FOLDER = "dist/node";

type Target = string | { readonly [condition: string]: Target };

/** `./src/x.ts` becomes `{ types: ./dist/x.d.ts, default: ./dist/x.js }`, under whatever conditions it stands. */
function publishedTarget(target: Target): Target {
  if (typeof target !== "string") {
    return Object.fromEntries(Object.entries(target).map(([condition, inner]) => [condition, publishedTarget(inner)]));
  }
  const built = /^\.\/src\/(.+)\.tsx?$/.exec(target)?.[1];
  return built === undefined ? target : { types: `./dist/${built}.d.ts`, default: `./dist/${built}.js` };
}

/** In Node, those of `dist/node`. */
function nodeFirst(target: Target): Target {
  if (typeof target === "string") return target;
  return Object.fromEntries(
    Object.entries(target).flatMap(([condition, inner]): [string, Target][] =>
      condition === "default" && typeof inner === "string"
        ? [
            ["node", inner.replace("./dist/", `./${NODE_FOLDER}/`)],
            ["default", inner],
          ]
        : [[condition, nodeFirst(inner)]],
    ),
  );
}

/** The manifest as it is published: entries in `dist`, no development dependencies, no scripts. */
function publishedManifest(manifest: Record<string, unknown>): Record<string, unknown> & { exports: Target } {
  const { devDependencies: _development, scripts: _scripts, exports, ...rest } = manifest;
  // `exports` of our own package.json files is always a tree of targets
  return {
    ...rest,
    files: ["dist", "src", "bin", "examples", "program", "LICENSES"],
    exports: publishedTarget(exports as Target),
  };
}

/** Puts the package `name`, which has been built, into the new `folder` as it is published. */
export async function stage(name: string, folder: string): Promise<void> {
  const from = join(root, "packages", name);
  mkdirSync(folder, { recursive: true });
  const isSource = (path: string): boolean => !/\.test\.tsx?$|\.tsbuildinfo$|\.d\.ts\.map$/.test(path);
  for (const part of ["dist", "src", "bin", "program"]) {
    if (existsSync(join(from, part)))
      cpSync(join(from, part), join(folder, part), { recursive: true, filter: isSource });
  }
  cpSync(join(root, "LICENSE"), join(folder, "LICENSE"));
  cpSync(join(root, "README.md"), join(folder, "README.md"));
  // A file of ours that says what every package says.
  const manifest = JSON.parse(readFileSync(join(from, "package.json"), "utf8")) as Record<string, unknown>;
  const published = publishedManifest(manifest);
  // A program that only uses tasks loads three files instead of a hundred: 20 MB less memory.
  if (name === "runtime") {
    await bundleEntries(folder, manifest["exports"] as Record<string, string>); // as its package.json has them
    published.exports = nodeFirst(published.exports);
  }
  if (name === "node-server") {
    const dist = join(folder, "dist");
    await bundleEntry(dist, "index.js");
    const network = await bundleEntry(dist, "transports/index.js", withPackages());
    // Its overrides count in this workspace only, so what they give is inside.
    const webRtc = await bundleEntry(dist, "transports/webrtc-werift.js", withPackages(["werift"]));
    writeLicences(folder, [network, webRtc], dist);
    await bundleProgram(dist, "pool/worker-process.js", ["../code/module-hooks.js"]);
    copyExamples(join(folder, "examples"));
  }
  if (name === "browser-worker") {
    // What it names for React Native would be installed with it: 500 MB.
    const dist = join(folder, "dist");
    writeLicences(folder, [await bundleEntry(dist, "network-webrtc.js", forBrowsers())], dist);
  }
  writeFileSync(join(folder, "package.json"), `${JSON.stringify(published, undefined, 2)}\n`);
}

/**
 * A program whose start counts, with all that it imports of ours: the same modules are elsewhere, too. `outside` is loaded
 * on demand.
 */
async function bundleProgram(dist: string, entry: string, outside: readonly string[]): Promise<void> {
  await bundle({
    absWorkingDir: dist,
    entryPoints: [entry],
    outfile: entry,
    allowOverwrite: true,
    bundle: true,
    external: [...outside],
    alias: { "@skein/runtime/worker": join(root, "packages/runtime/dist/worker.js") },
    platform: "node",
    format: "esm",
    target: "es2024",
    sourcemap: true,
    sourcesContent: false,
  });
}

/** Those that `skein examples` offers: they need nothing but skein. */
function copyExamples(folder: string): void {
  for (const name of globSync(["[0-9][0-9]-*.ts", "primes/*.ts"], { cwd: join(root, "examples") })) {
    cpSync(join(root, "examples", name), join(folder, name));
  }
}

/**
 * The entries in `folder` as few files instead of a hundred: for all hosts in `dist`, and with all packages inside, for
 * Node, in `dist/node`. The declarations stay as they are. Only where no file asks for its own address (`import.meta.url`).
 */
async function bundleEntries(folder: string, exports: Readonly<Record<string, string>>): Promise<void> {
  for (const file of globSync("dist/**/*.{js,js.map}", { cwd: folder })) rmSync(join(folder, file));
  const settings: BuildOptions = {
    absWorkingDir: folder,
    entryPoints: Object.values(exports),
    outbase: "src",
    outdir: "dist",
    bundle: true,
    splitting: true,
    packages: "external",
    platform: "neutral",
    format: "esm",
    target: "es2024",
    sourcemap: true,
    sourcesContent: false,
    chunkNames: "parts/[name]-[hash]",
  };
  await bundle(settings);
  const { packages: _external, ...rest } = settings;
  const { metafile } = await bundle({ ...rest, ...withPackages(), outdir: NODE_FOLDER });
  writeLicences(folder, [metafile], folder);
}
