/** `npm run pack`: makes the tarballs that would be published, in `packs/`, and checks them with publint and attw. */
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "./build.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const packs = join(root, "packs");
const published = ["runtime", "node-server", "browser-worker", "web-console", "skein"] as const;

type Target = string | { readonly [condition: string]: Target };

/** `./src/x.ts` becomes `{ types: ./dist/x.d.ts, default: ./dist/x.js }`, under whatever conditions it stands. */
function publishedTarget(target: Target): Target {
  if (typeof target !== "string") {
    return Object.fromEntries(Object.entries(target).map(([condition, inner]) => [condition, publishedTarget(inner)]));
  }
  const built = /^\.\/src\/(.+)\.tsx?$/.exec(target)?.[1];
  return built === undefined ? target : { types: `./dist/${built}.d.ts`, default: `./dist/${built}.js` };
}

/** The manifest as it is published: entries in `dist`, no development dependencies, no scripts. */
export function publishedManifest(manifest: Record<string, unknown>): Record<string, unknown> {
  const { devDependencies: _development, scripts: _scripts, exports, ...rest } = manifest;
  // `exports` of our own package.json files is always a tree of targets
  return { ...rest, exports: publishedTarget(exports as Target) };
}

/** Packs every package; returns the tarballs' paths. */
export async function pack(): Promise<string[]> {
  await build();
  rmSync(packs, { recursive: true, force: true });
  mkdirSync(packs);
  const staging = mkdtempSync(join(tmpdir(), "skein-pack-"));
  try {
    return published.map((name) => packOne(name, join(staging, name)));
  } finally {
    rmSync(staging, { recursive: true });
  }
}

function packOne(name: string, folder: string): string {
  const from = join(root, "packages", name);
  mkdirSync(folder);
  const isSource = (path: string): boolean => !/\.test\.tsx?$|\.tsbuildinfo$|\.d\.ts\.map$/.test(path);
  for (const part of ["dist", "src", "bin"]) {
    if (existsSync(join(from, part)))
      cpSync(join(from, part), join(folder, part), { recursive: true, filter: isSource });
  }
  cpSync(join(root, "LICENSE"), join(folder, "LICENSE"));
  cpSync(join(root, "README.md"), join(folder, "README.md"));
  const manifest = publishedManifest(JSON.parse(readFileSync(join(from, "package.json"), "utf8")));
  writeFileSync(
    join(folder, "package.json"),
    `${JSON.stringify({ ...manifest, files: ["dist", "src", "bin"] }, undefined, 2)}\n`,
  );
  const before = new Set(readdirSync(packs));
  const shell = process.platform === "win32";
  execFileSync("npm", ["pack", "--pack-destination", packs, "--loglevel=error"], {
    cwd: folder,
    stdio: ["ignore", "ignore", "inherit"],
    shell,
  });
  const tarball = readdirSync(packs).find((file) => !before.has(file));
  if (tarball === undefined) throw new Error(`npm pack made no tarball of ${name}`);
  const path = join(packs, tarball);
  execFileSync("publint", ["run", path, "--strict"], { stdio: "inherit", shell });
  execFileSync("attw", [path, "--profile", "esm-only"], { stdio: "inherit", shell });
  return path;
}

if (import.meta.main) {
  for (const path of await pack()) console.log(path);
}
