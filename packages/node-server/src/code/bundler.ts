/** `Bundler` by esbuild: one ESM file of a module and its imports, the same bytes wherever it is made. */
import { hash } from "node:crypto";
import { existsSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { BuildFailure, BuildOptions, BuildResult, Message } from "esbuild";
import { type CodeDigest, SkeinError } from "@skein/runtime";
import { type Bundle, BUNDLE_LIMIT_BYTES, type Bundler } from "@skein/runtime/host";

/** Never bundled: the server binds them to its own copy (`module-hooks.ts`). */
export const BOUND_PACKAGES: readonly string[] = ["skein", "skein/*", "@skein/*"];

/** CommonJS inside an ESM file has no `require`; bundles that need one get Node's. */
const REQUIRE_BANNER =
  'import { createRequire as __skeinCreateRequire } from "node:module"; const require = __skeinCreateRequire(import.meta.url);';
const NEEDS_REQUIRE = "Dynamic require of ";

type Built = BuildResult<{ write: false; metafile: true }>;

/**
 * Makes a bundler.
 *
 * Errors: `CODE_NOT_BUNDLABLE` with file, line and what esbuild says; `MESSAGE_TOO_LARGE` above `BUNDLE_LIMIT_BYTES`.
 *
 * @example
 * const { digest, code } = await createBundler().bundle(new URL("./tasks.ts", import.meta.url));
 */
export function createBundler(): Bundler {
  return { bundle };
}

async function bundle(module: URL): Promise<Bundle> {
  const entry = pathOf(module);
  const root = packageRoot(entry);
  let built = await build(entry, root, "");
  if (codeOf(built).includes(NEEDS_REQUIRE)) built = await build(entry, root, REQUIRE_BANNER);
  const code = Buffer.from(withoutPathComments(codeOf(built), Object.keys(built.metafile.inputs)));
  if (code.length > BUNDLE_LIMIT_BYTES) {
    throw new SkeinError(
      "MESSAGE_TOO_LARGE",
      `the bundle of ${entry} has ${code.length} bytes, ${BUNDLE_LIMIT_BYTES} are allowed`,
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
    sourceMap: absoluteSources(outputOf(built, ".map"), root),
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

/** The folder of the nearest package.json: what paths in the bundle are relative to, so that the caller's folder plays no part. */
function packageRoot(entry: string): string {
  let folder = dirname(entry);
  while (!existsSync(join(folder, "package.json"))) {
    const above = dirname(folder);
    if (above === folder) return dirname(entry);
    folder = above;
  }
  return folder;
}

async function build(entry: string, root: string, banner: string): Promise<Built> {
  const { build: esbuild } = await import("esbuild"); // on first use: programs without jobs don't pay for it
  const options: BuildOptions & { write: false; metafile: true } = {
    entryPoints: [entry],
    absWorkingDir: root,
    outfile: join(root, "bundle.mjs"), // not written: the map's sources are relative to it
    bundle: true,
    format: "esm",
    platform: "node",
    target: "es2024",
    external: [...BOUND_PACKAGES, "node:*"],
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
    return await esbuild(options);
  } catch (error) {
    throw notBundlable(entry, error);
  }
}

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

const codeOf = (built: Built): string => outputOf(built, ".mjs");

function outputOf(built: Built, ending: string): string {
  const file = built.outputFiles.find((one) => one.path.endsWith(ending));
  if (file === undefined) throw new TypeError(`esbuild gave no ${ending} file`);
  return file.text;
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
  const sources = parsed.sources.map((source) => pathToFileURL(resolve(root, String(source))).href);
  return JSON.stringify({ ...parsed, sources });
}
