/** `Bundler` by esbuild: one ESM file of a module, or of live functions, and its imports; the same bytes wherever it is made. */
import { hash } from "node:crypto";
import { existsSync } from "node:fs";
import { createRequire, SourceMap } from "node:module";
import { basename, dirname, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { type CodeDigest, SkeinError } from "@skein/runtime";
import {
  type Bundle,
  BUNDLE_LIMIT_BYTES,
  type BundleOptions,
  type Bundler,
  type FoundFunction,
  type FunctionsBundle,
  type LiveFunction,
  type Origins,
} from "@skein/runtime/host";
import { build, type Built, type Entry, outputOf } from "./build.ts";
import type { ExportedClass, FunctionFinder, FunctionParts, SharedPart, SharingParts } from "./function-finder.ts";
import type { SharedGroup } from "./shared.ts";
import { tabLacks } from "./tab-lacks.ts";
import { originIn, payloadOf } from "./source-file.ts";

/** Our parser and the inspector are loaded with the first function, at once: what it lacks is told before anything starts. */
const require = createRequire(import.meta.url);
/** `.ts` while developing, `.js` when published. */
const FINDER = `./function-finder${import.meta.url.endsWith(".ts") ? ".ts" : ".js"}`;

/** A bundle of a function, or of what functions share. */
interface BundleOfParts extends FunctionsBundle {
  /** Files that it has a part or all of, those of packages left out. */
  readonly files: ReadonlySet<string>;
}

/** A function's bundle, and those that it imports from beside it as `./DIGEST.mjs`. */
export interface SharingBundle extends BundleOfParts {
  /** What they import in turn comes before them. */
  readonly beside: readonly BundleOfParts[];
}

/** What Node's bundler can do besides. */
export interface NodeBundler extends Required<Bundler> {
  /** The classes with a base that a function sees around itself, and that its bundles export. */
  readonly classesIn: (fn: LiveFunction, made: SharingBundle) => readonly ExportedClass[];
  /**
   * Refuses a function that uses what others change, unless one of `given` changes it as well.
   * @throws {SkeinError} `FUNCTION_NOT_SELF_CONTAINED`
   */
  readonly checkChanges: (found: FoundFunction, given: readonly FoundFunction[]) => void;
  /**
   * Refuses a function whose bundle has a copy of what one of `given` changes.
   * @throws {SkeinError} `FUNCTION_NOT_SELF_CONTAINED`
   */
  readonly checkCopies: (found: FoundFunction, made: SharingBundle, given: readonly FoundFunction[]) => void;
  /**
   * Bundles one function with all that it uses. Of those that use what functions of their file change, in a process that
   * loads several from one folder what the file declares and imports is there once: as if it had been loaded.
   */
  readonly bundleSharing: (found: FoundFunction, options?: BundleOptions) => Promise<SharingBundle>;
}

/**
 * Makes a bundler.
 *
 * Errors: `CODE_NOT_BUNDLABLE` with file, line and what esbuild says; `MESSAGE_TOO_LARGE` above `BUNDLE_LIMIT_BYTES`;
 * `FUNCTION_NOT_SELF_CONTAINED` with name, file and line.
 *
 * @example
 * const { digest, code } = await createBundler().bundle(new URL("./tasks.ts", import.meta.url));
 */
export function createBundler(): NodeBundler {
  let itsFinder: FunctionFinder | undefined;
  const finder = (): FunctionFinder => (itsFinder ??= newFinder());
  const sharing = new SharingBundles();
  return {
    bundle: async (module, options = {}) => {
      const path = pathOf(module);
      return await finish(await build({ path }, packageRoot(dirname(path)), options), basename(path));
    },
    find: (fn) => finder().find(fn),
    bundleFunctions: async (found, options = {}) => await bundleFunctions(finder(), found, options),
    classesIn: (fn, made) =>
      made.beside.length + made.names.length > 1 ? finder().classesIn(fn, [...made.beside, made]) : [],
    checkChanges: (found, given) => finder().checkChanges(found, given),
    checkCopies: (found, made, given) =>
      finder().checkCopies(found, new Set(filesOf(made).flatMap((files) => [...files])), given),
    bundleSharing: async (found, { packages = [] } = {}) => {
      const made = await sharing.bundle(finder().sharingParts(found, packages), { packages });
      if (made.beside.length > 0) finder().checkTwice(found, filesOf(made));
      return made;
    },
    originsOf,
  };
}

const filesOf = (made: SharingBundle): ReadonlySet<string>[] => [...made.beside, made].map(({ files }) => files);

function newFinder(): FunctionFinder {
  // The file of this name is that module.
  const module = require(FINDER) as typeof import("./function-finder.ts");
  return new module.FunctionFinder();
}

/** What functions share is bundled once. */
class SharingBundles {
  readonly #made = new Map<SharedGroup, Promise<SharingBundle>>();

  async bundle(parts: SharingParts, options: BundleOptions): Promise<SharingBundle> {
    const shared = await Promise.all(parts.shared.map((one) => this.#part(one, options)));
    const files = new Map(parts.shared.map(({ specifier }, at) => [specifier, `./${shared[at]?.digest ?? ""}.mjs`]));
    const beside = new Set(shared.flatMap((one) => [...one.beside, one]));
    return { ...(await bundleParts(parts, options, files)), beside: [...beside] };
  }

  #part(part: SharedPart, options: BundleOptions): Promise<SharingBundle> {
    const { group } = part;
    let made = this.#made.get(group);
    if (made === undefined) {
      made = (async () => await this.bundle(part.parts(), options))();
      this.#made.set(group, made);
      made.catch(() => this.#made.delete(group)); // told to who waits for it
    }
    return made;
  }
}

async function bundleFunctions(
  finder: FunctionFinder,
  found: readonly FoundFunction[],
  options: BundleOptions,
): Promise<FunctionsBundle> {
  return await bundleParts(finder.parts(found), options);
}

async function bundleParts(
  { files, imports, folder }: FunctionParts,
  options: BundleOptions,
  beside?: ReadonlyMap<string, string>,
): Promise<BundleOfParts> {
  const [first] = files;
  const root = packageRoot(first === undefined ? (folder ?? process.cwd()) : dirname(first.path));
  const text = imports
    .map(({ from, key, name }) => `export { ${key} as ${name} } from ${JSON.stringify(from)};`)
    .join("\n");
  const names = imports.map(({ name }) => name);
  const place = first === undefined ? (folder ?? root) : dirname(first.path);
  const entry: Entry = { text, folder: place, parts: files, ...(beside && { beside }) };
  const built = await build(entry, root, options);
  return { ...(await finish(built, names.join(", "))), names, files: ownFiles(built) };
}

/** Those of packages left out, and what is no file. */
function ownFiles({ built, root }: Built): Set<string> {
  const paths = Object.keys(built.metafile.inputs).map((path) => resolve(root, path));
  return new Set(paths.filter((path) => existsSync(path) && !/[\\/]node_modules[\\/]/.test(path)));
}

async function finish({ built, root }: Built, what: string): Promise<Bundle> {
  const code = Buffer.from(withoutPathComments(outputOf(built, ".mjs"), Object.keys(built.metafile.inputs)));
  if (code.length > BUNDLE_LIMIT_BYTES) {
    throw new SkeinError(
      "MESSAGE_TOO_LARGE",
      `the bundle of ${what} has ${code.length} bytes, ${BUNDLE_LIMIT_BYTES} are allowed`,
      {
        hint: "import only what the tasks need from large packages, or send data as files or arguments",
      },
    );
  }
  const output = Object.values(built.metafile.outputs).find((one) => one.entryPoint !== undefined);
  return {
    // A SHA-256 in hexadecimal is what a CodeDigest is.
    digest: hash("sha256", code, "hex") as CodeDigest,
    code,
    exports: output?.exports ?? [],
    lacks: tabLacks(outputOf(built, ".mjs"), output?.imports ?? []),
    sourceMap: absoluteSources(outputOf(built, ".map"), root),
  };
}

/** Positions of a bundle in the user's files, by the bundle's map; both counted from 1. */
function originsOf(sourceMap: string): Origins {
  const map = new SourceMap(payloadOf(sourceMap));
  return (line, column) => {
    const found = originIn(map, { line: line - 1, column: column - 1 });
    return found && { file: found.source, line: found.line + 1, column: found.column + 1 };
  };
}

function pathOf(module: URL): string {
  if (module.protocol !== "file:") {
    throw new SkeinError("CODE_NOT_BUNDLABLE", `only files can be bundled, not ${module.protocol}`, {
      hint: 'name the module with new URL("./tasks.ts", import.meta.url)',
    });
  }
  return fileURLToPath(module);
}

/** The nearest folder with a package.json: what paths in the bundle are relative to, so that the caller's folder plays no part. */
function packageRoot(start: string): string {
  let folder = start;
  while (!existsSync(join(folder, "package.json"))) {
    const above = dirname(folder);
    if (above === folder) return start;
    folder = above;
  }
  return folder;
}

/** esbuild writes `// path` above each module; where packages lie must not change the digest. Lines stay, for the map. */
function withoutPathComments(code: string, inputs: readonly string[]): string {
  const comments = new Set(inputs.map((path) => `// ${path}`));
  return code
    .split("\n")
    .map((line) => (comments.has(line) ? "" : line))
    .join("\n");
}

/** The map's `sources` as file URLs, so that a mapped stack can be clicked wherever the client runs. */
function absoluteSources(map: string, root: string): string {
  const parsed: unknown = JSON.parse(map);
  if (typeof parsed !== "object" || parsed === null || !("sources" in parsed) || !Array.isArray(parsed.sources))
    return map;
  const sources = parsed.sources.map((source) => pathToFileURL(resolve(root, decoded(String(source)))).href);
  return JSON.stringify({ ...parsed, sources });
}

/** esbuild writes paths in maps as parts of URLs. */
function decoded(source: string): string {
  try {
    return decodeURIComponent(source);
  } catch {
    return source;
  }
}
