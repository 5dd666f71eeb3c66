/** Bundles packages of others into published files: a program that uses the network loads a dozen files instead of six hundred. */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";
import type { BuildOptions, Metafile } from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));

/**
 * Settings of esbuild that put what Node gets of all packages inside, but for our own and `outside`. The result is for
 * Node only: many packages have other files for browsers.
 */
export function withPackages(outside: readonly string[] = []): BuildOptions & { readonly metafile: true } {
  return {
    platform: "node",
    external: ["@skein/*", ...outside],
    // What is staged lies elsewhere than the packages it imports.
    nodePaths: [join(root, "node_modules")],
    // CommonJS inside an ESM file has no `require`.
    banner: {
      js: 'import { createRequire as nodeRequire } from "node:module"; const require = nodeRequire(import.meta.url);',
    },
    metafile: true,
  };
}

/** The same with what browsers get of them. */
export function forBrowsers(): BuildOptions {
  return { platform: "browser", external: ["@skein/*"], nodePaths: [join(root, "node_modules")] };
}

/**
 * Writes the licences of the packages that are inside to `LICENSES` in `folder`. The paths in the metafiles are relative to
 * `workingFolder`.
 */
export function writeLicences(folder: string, metafiles: readonly Metafile[], workingFolder: string): void {
  const inputs = metafiles.flatMap((metafile) => Object.keys(metafile.inputs));
  const files = inputs.map((input) => resolve(workingFolder, input));
  // Our own shims of packages have ours.
  const others = files.filter((file) => !file.startsWith(folder) && file.includes(`${sep}node_modules${sep}`));
  const homes = new Set(others.map(packageOf));
  const licences = Array.from(homes, licenceOf).toSorted();
  writeFileSync(join(folder, "LICENSES"), licences.join(`\n${"-".repeat(80)}\n\n`));
}

/** The folder of the installed package that a file belongs to. */
function packageOf(file: string): string {
  const modules = `${sep}node_modules${sep}`;
  const at = file.lastIndexOf(modules) + modules.length;
  const [first = "", second = ""] = file.slice(at).split(sep);
  return file.slice(0, at) + (first.startsWith("@") ? join(first, second) : first);
}

function licenceOf(home: string): string {
  // Every package has one with these.
  const { name, version, license } = JSON.parse(readFileSync(join(home, "package.json"), "utf8")) as Manifest;
  const texts = readdirSync(home)
    .filter((file) => /^licen[cs]e/i.test(file))
    .map((file) => readFileSync(join(home, file), "utf8").trim());
  return `${[`${name} ${version} (${license})`, ...texts].join("\n\n")}\n`;
}

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly license: string;
}
