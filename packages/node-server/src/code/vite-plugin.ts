/** The plugin of `skein/vite`: bundles the modules of tasks that a page's program names, while the page is built or served. */
import { dirname, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { Bundle } from "@skein/runtime/host";
import { createBundler } from "./bundler.ts";
import { type NamedModule, namedModules } from "./named-modules.ts";

/** What Vite asks of a plugin, as far as this one answers. */
export interface SkeinPlugin {
  readonly name: string;
  resolveId(id: string, importer?: string): string | undefined;
  load(this: { addWatchFile(file: string): void }, id: string): Promise<string | undefined>;
  transform(
    this: { parse(code: string): unknown },
    code: string,
    id: string,
    options?: { readonly ssr?: boolean | undefined },
  ): { readonly code: string; readonly map: null } | undefined;
}

/** What a program has that names a module of tasks. */
const MAY_NAME = /\bmodules?\b[^]*import\.meta\.url/;
const SCRIPT = /\.(?:[cm]?[jt]sx?|vue|svelte)(?:\?|$)/;
/** What imports of this plugin's own begin with, and what they are once they are resolved (Vite leaves those alone). */
const MODULE = "virtual:skein-module:";
const CODE = "virtual:skein-code:";
const resolved = (id: string): string => `\0${id}`;

/**
 * Bundles modules of tasks for pages that are clients: `job.module(new URL("./tasks.ts", import.meta.url))` and
 * `openJob({ modules: [new URL(…)] })` mean the same in a page as in Node. Bundles are chunks of their own, loaded when a
 * job wants them; with the dev server they are made anew when a file of theirs changes.
 *
 * Errors: `CODE_NOT_BUNDLABLE`, `MESSAGE_TOO_LARGE` end the build.
 *
 * @example
 * // vite.config.ts
 * export default defineConfig({ plugins: [skein()] });
 */
export function skein(): SkeinPlugin {
  const bundler = createBundler();
  const byDigest = new Map<string, Bundle>();
  return {
    name: "skein",
    resolveId: (id, importer) => {
      if (id.startsWith(CODE)) return resolved(id);
      if (!id.startsWith(MODULE) || importer === undefined) return undefined;
      const [file = ""] = importer.split("?");
      return resolved(MODULE + resolve(dirname(file), id.slice(MODULE.length)));
    },
    async load(id) {
      if (id.startsWith(resolved(CODE))) {
        return `export default ${JSON.stringify(textOf(byDigest.get(id.slice(resolved(CODE).length))))};\n`;
      }
      if (!id.startsWith(resolved(MODULE))) return undefined;
      const path = id.slice(resolved(MODULE).length);
      this.addWatchFile(path);
      const bundle = await bundler.bundle(pathToFileURL(path));
      byDigest.set(bundle.digest, bundle);
      for (const file of sourcesOf(bundle)) this.addWatchFile(file);
      return registration(path, bundle);
    },
    // TypeScript is taken out by then, and Vite has not yet made a file of each `new URL`.
    transform(code, id, options) {
      // In Node, programs bundle by themselves.
      if (options?.ssr === true || id.includes("/node_modules/") || !SCRIPT.test(id) || !MAY_NAME.test(code)) {
        return undefined;
      }
      return withShipped(code, namedModules(this.parse(code)));
    },
  };
}

/** Names the bundles in place of the files; lines stay where they are. */
function withShipped(
  code: string,
  named: readonly NamedModule[],
): { readonly code: string; readonly map: null } | undefined {
  if (named.length === 0) return undefined;
  const names = new Map<string, string>();
  for (const { path } of named) if (!names.has(path)) names.set(path, `__skeinModule${names.size}`);
  let text = code;
  for (const { path, start, end } of named.toSorted((a, b) => b.start - a.start)) {
    const lines = "\n".repeat(code.slice(start, end).split("\n").length - 1);
    text = `${text.slice(0, start)}${names.get(path)}${lines}${text.slice(end)}`;
  }
  for (const [path, name] of names) text += `\nimport ${name} from ${JSON.stringify(MODULE + path)};`;
  return { code: text, map: null };
}

/** The module that a page has in place of the file's address; `shipped-modules.ts` of the browser's package reads it. */
function registration(path: string, { digest, exports, lacks }: Bundle): string {
  const href = `skein:${digest}/${path.split(/[\\/]/).at(-1) ?? ""}`;
  return `const modules = (globalThis[Symbol.for("skein.shipped-modules")] ??= new Map());
modules.set(${JSON.stringify(href)}, {
  digest: ${JSON.stringify(digest)},
  exports: ${JSON.stringify(exports)},
  lacks: ${JSON.stringify(lacks)},
  code: async () => (await import(${JSON.stringify(CODE + digest)})).default,
  own: () => import(${JSON.stringify(path)}),
});
export default new URL(${JSON.stringify(href)});
`;
}

function textOf(bundle: Bundle | undefined): string {
  if (bundle === undefined) throw new TypeError("a bundle was asked for that was not made");
  return new TextDecoder().decode(bundle.code);
}

/** The user's files that are in a bundle. */
function sourcesOf({ sourceMap }: Bundle): readonly string[] {
  // Written by the bundler.
  const { sources } = JSON.parse(sourceMap) as { readonly sources: readonly string[] };
  return sources.filter((source) => source.startsWith("file:")).map((source) => fileURLToPath(source));
}
