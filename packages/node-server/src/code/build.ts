/** One run of esbuild: a file, or a small text that imports what is wanted, becomes one ESM file with its map. */
import { existsSync, realpathSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { BuildFailure, BuildOptions, BuildResult, Message, Plugin } from "esbuild";
import { isSkeinError, SkeinError } from "@skein/runtime";
import type { BundleOptions } from "@skein/runtime/host";
import type { PartOfFile } from "./function-finder.ts";

/** Never bundled: the server binds them to its own copy (`module-hooks.ts`). */
export const BOUND_PACKAGES: readonly string[] = ["skein", "skein/*", "@skein/*"];

/** CommonJS inside an ESM file has no `require`; bundles that need one get Node's. */
const REQUIRE_BANNER =
  'import { createRequire as __skeinCreateRequire } from "node:module"; const require = __skeinCreateRequire(import.meta.url);';
const NEEDS_REQUIRE = "Dynamic require of ";

type Result = BuildResult<{ write: false; metafile: true }>;

/** A file; or a text, the folder its imports are relative to, and files of which only a part is taken. */
export type Entry =
  | { readonly path: string }
  | {
      readonly text: string;
      readonly folder: string;
      readonly parts: readonly PartOfFile[];
      /** Bundles that stand beside this one, by what they are imported as. */
      readonly beside?: ReadonlyMap<string, string>;
    };

export interface Built {
  readonly built: Result;
  /** Paths in the bundle and its map are relative to it. */
  readonly root: string;
}

export function outputOf(built: Result, ending: string): string {
  const file = built.outputFiles.find((one) => one.path.endsWith(ending));
  if (file === undefined) throw new TypeError(`esbuild gave no ${ending} file`);
  return file.text;
}

/** @throws {SkeinError} `CODE_NOT_BUNDLABLE` */
export async function build(entry: Entry, root: string, options: BundleOptions, banner = ""): Promise<Built> {
  const { build: esbuild } = await import("esbuild"); // on first use: programs without jobs don't pay for it
  const { packages = [] } = options;
  const settings: BuildOptions & { write: false; metafile: true } = {
    ...("path" in entry
      ? { entryPoints: [entry.path] }
      : {
          stdin: { contents: entry.text, resolveDir: entry.folder, loader: "js" as const },
          plugins: [onlyParts(entry.parts), ...(entry.beside === undefined ? [] : [leave(entry.beside)])],
        }),
    absWorkingDir: root,
    outfile: join(root, "bundle.mjs"), // not written: the map's sources are relative to it
    bundle: true,
    format: "esm",
    platform: "node",
    target: "es2024",
    external: [...BOUND_PACKAGES, ...packages.flatMap((name) => [name, `${name}/*`]), "node:*"],
    conditions: ["import", "module"],
    mainFields: ["module", "main"],
    keepNames: false,
    sourcemap: "external",
    sourcesContent: true,
    legalComments: "none",
    charset: "utf8",
    logLevel: "silent",
    metafile: true,
    write: false,
    ...(banner === "" ? {} : { banner: { js: banner } }),
  };
  try {
    const built = await esbuild(settings);
    const lacks = banner === "" && outputOf(built, ".mjs").includes(NEEDS_REQUIRE);
    return lacks ? await build(entry, root, options, REQUIRE_BANNER) : { built, root };
  } catch (error) {
    if (isSkeinError(error)) throw error;
    const [first] = "path" in entry ? [entry] : entry.parts;
    throw notBundlable(first?.path ?? "the function", error);
  }
}

/** Gives the wanted part of a file in place of the file, also to those that import it in turn. */
function onlyParts(parts: readonly PartOfFile[]): Plugin {
  const byPath = new Map(parts.map((part) => [existsSync(part.path) ? realpathSync(part.path) : part.path, part]));
  return {
    name: "skein-parts",
    setup(building) {
      // A program from standard input has a path, but no file.
      if (parts.some(({ path }) => !existsSync(path))) {
        building.onResolve({ filter: /./ }, ({ path }) => (byPath.has(path) ? { path } : undefined));
      }
      building.onLoad({ filter: /./, namespace: "file" }, ({ path }) => {
        const part = byPath.get(path);
        if (part === undefined) return undefined;
        const map =
          part.map === undefined ? "" : `\n//# sourceMappingURL=data:application/json;base64,${base64(part.map)}`;
        return { contents: part.text + map, loader: "js", resolveDir: dirname(part.path) };
      });
    },
  };
}

/** Imports of bundles beside this one stay imports. */
const leave = (beside: ReadonlyMap<string, string>): Plugin => ({
  name: "skein-beside",
  setup: (building) => {
    building.onResolve({ filter: /./ }, ({ path }) => {
      const file = beside.get(path);
      return file === undefined ? undefined : { path: file, external: true };
    });
  },
});

const base64 = (text: string): string => Buffer.from(text).toString("base64");

function notBundlable(entry: string, error: unknown): SkeinError {
  const messages = isBuildFailure(error) ? error.errors : [];
  const [first] = messages;
  const said = first === undefined ? String(error) : `${placeOf(first)}${first.text}`;
  const more = messages.length > 1 ? ` (and ${messages.length - 1} more)` : "";
  const native = first !== undefined && first.text.includes('".node" files');
  return new SkeinError("CODE_NOT_BUNDLABLE", `${basename(entry)} can't be bundled: ${said}${more}`, {
    hint: native
      ? "native add-ons can't travel: name the package in `packages` and install it at the nodes"
      : "correct the file, or name packages that can't be bundled in `packages` and install them at the nodes",
    cause: error,
  });
}

const isBuildFailure = (error: unknown): error is BuildFailure =>
  error instanceof Error && "errors" in error && Array.isArray(error.errors);

const placeOf = ({ location }: Message): string =>
  location === null ? "" : `${location.file}:${location.line}:${location.column + 1}: `;
