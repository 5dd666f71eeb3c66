/** In a server process: what shipped code imports of `skein` is the server's own copy; other packages are those of the node. */
import { bindPackages } from "./package-hooks.ts";

const own = (file: string): string => new URL(file, import.meta.url).href;
/** `.ts` while developing, `.js` when published: the ending this very file has. */
const ending = import.meta.url.endsWith(".ts") ? ".ts" : ".js";
const node = own(`../index${ending}`);

/** What shipped code may import of ours, and what it gets. Everything else of ours is resolved from this package. */
const BOUND: ReadonlyMap<string, string> = new Map([
  ["skein", node],
  ["skein/node", node],
  ["@skein/node-server", node],
  ["skein/testing", import.meta.resolve("@skein/runtime/testing")],
]);

/**
 * Binds the imports of modules below `codeUrl` (a folder's URL, ending in `/`), and finds the packages they leave out
 * from the folder `packagesUrl`. Call it once, before code is loaded.
 *
 * An import of a package that is not installed there throws `CODE_NOT_BUNDLABLE`.
 *
 * @example
 * bindShippedCode(pathToFileURL(`${data}/code/`).href, pathToFileURL(`${process.cwd()}/`).href);
 */
export function bindShippedCode(codeUrl: string, packagesUrl: string): void {
  bindPackages(codeUrl, packagesUrl, (specifier, context, next) => {
    const url = BOUND.get(specifier);
    if (url !== undefined) return { url, shortCircuit: true };
    return next(specifier, { ...context, parentURL: import.meta.url });
  });
}
