/** `npm run pack`: makes the tarballs that would be published, in `packs/`, and checks them with publint and attw. */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "./build.ts";
import { stage } from "./published.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const packs = join(root, "packs");
const published = ["runtime", "node-server", "browser-worker", "web-console", "skein"] as const;

/** Packs every package; returns the tarballs' paths. */
export async function pack(): Promise<string[]> {
  await build();
  rmSync(packs, { recursive: true, force: true });
  mkdirSync(packs);
  const staging = mkdtempSync(join(tmpdir(), "skein-pack-"));
  try {
    const packed: string[] = [];
    for (const name of published) packed.push(await packOne(name, join(staging, name)));
    return packed;
  } finally {
    rmSync(staging, { recursive: true });
  }
}

async function packOne(name: string, folder: string): Promise<string> {
  await stage(name, folder);
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
