/** Modules of tasks that `skein/vite` has bundled while the page was built: what a page gives in place of a bundler. */
import { type CodeDigest, SkeinError } from "@skein/runtime";
import type { Bundle, Bundler } from "@skein/runtime/host";

/** What the plugin's code registers for one module. `skein/vite` writes it, so both sides change together. */
interface ShippedModule {
  readonly digest: CodeDigest;
  readonly exports: readonly string[];
  readonly lacks: Bundle["lacks"];
  /** The bundle's text: loaded when a job wants it. */
  readonly code: () => Promise<string>;
  /** The module itself, as the page has it. */
  readonly own: () => Promise<Readonly<Record<string, unknown>>>;
}

/** The same for every copy of this package in a page, and in the plugin. */
const KEY: unique symbol = Symbol.for("skein.shipped-modules");

// Only the plugin's code writes there.
const modules = (): ReadonlyMap<string, ShippedModule> | undefined =>
  (globalThis as { [KEY]?: ReadonlyMap<string, ShippedModule> })[KEY];

function shipped(module: URL): ShippedModule {
  const found = modules()?.get(module.href);
  if (found !== undefined) return found;
  throw new SkeinError("CODE_NOT_BUNDLABLE", `no bundle was made of ${module.href} when this page was built`, {
    hint: 'use the plugin skein() of skein/vite, and name the module where it is given: job.module(new URL("./tasks.ts", import.meta.url))',
  });
}

export const shippedModules: Bundler = {
  bundle: async (module) => {
    const { digest, exports, lacks, code } = shipped(module);
    return { digest, exports, lacks, code: new TextEncoder().encode(await code()), sourceMap: "" };
  },
};

export const importShipped = async (module: URL): Promise<Readonly<Record<string, unknown>>> =>
  await shipped(module).own();
