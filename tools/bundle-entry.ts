/** Bundles what only one entry of a compiled package needs into that entry. */
import { readFileSync, globSync, rmSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { build, type BuildOptions, type Metafile } from "esbuild";

interface Module {
  /** Modules of this package that it imports, and those it loads on demand. */
  readonly imports: readonly string[];
  readonly loads: readonly string[];
  /** It asks for its own address, so it stays where it is. */
  readonly placed: boolean;
}

/**
 * Rewrites `entry` (a `.js` file below `dist`) so that it holds what it imports, and removes those files. What others
 * import too, what is loaded on demand and what asks for its own address stay files of their own: no module is there twice.
 * Packages stay outside unless `settings` say otherwise. Paths in the metafile are relative to `dist`.
 */
export async function bundleEntry(
  dist: string,
  entry: string,
  settings: BuildOptions = { packages: "external", platform: "neutral" },
): Promise<Metafile> {
  const modules = new Map(
    globSync("**/*.js", { cwd: dist }).map((file) => [join(dist, file), readModule(join(dist, file))]),
  );
  const start = join(dist, entry);
  const reached = reach(modules, [start]);
  const wanted = Array.from(modules).flatMap(([file, { imports, loads }]) =>
    reached.has(file) ? loads : [...imports, ...loads],
  );
  const own = Array.from(reached).filter((file) => modules.get(file)?.placed === true);
  // Whoever imports the entry itself gets it with all that is in it.
  const others = new Map(Array.from(modules).filter(([file]) => file !== start));
  const kept = reach(others, [...wanted, ...own]);
  const { metafile } = await build({
    ...settings,
    absWorkingDir: dist,
    entryPoints: [start],
    outfile: start,
    allowOverwrite: true,
    bundle: true,
    metafile: true,
    format: "esm",
    target: "es2024",
    sourcemap: true,
    sourcesContent: false,
    plugins: [
      {
        name: "kept files",
        setup: (plugin) => {
          plugin.onResolve({ filter: /^\./ }, ({ path, resolveDir }) => {
            const file = resolve(resolveDir, path);
            if (!kept.has(file)) return undefined;
            return { path: `./${relative(dirname(start), file).replaceAll("\\", "/")}`, external: true };
          });
        },
      },
    ],
  });
  for (const file of reached) {
    if (file === start || kept.has(file)) continue;
    rmSync(file);
    rmSync(`${file}.map`, { force: true });
  }
  return metafile;
}

function readModule(file: string): Module {
  const text = readFileSync(file, "utf8");
  const targets = (pattern: RegExp): string[] =>
    Array.from(text.matchAll(pattern), ([, path = ""]) => resolve(dirname(file), path));
  return {
    imports: targets(/^(?:import|export|\}) ?[^;"]*?(?:from )?"(\.[^"]+)"/gm),
    loads: targets(/import\("(\.[^"]+)"\)/g),
    placed: text.includes("import.meta"),
  };
}

/** `from` and all that they import. */
function reach(modules: ReadonlyMap<string, Module>, from: readonly string[]): Set<string> {
  const found = new Set<string>();
  const queue = [...from];
  for (let file = queue.pop(); file !== undefined; file = queue.pop()) {
    const module = modules.get(file);
    if (module === undefined || found.has(file)) continue;
    found.add(file);
    queue.push(...module.imports);
  }
  return found;
}
