/** In a server process: imports of `skein` in shipped code are bound to the server's own copy, never to a second one. */
import { registerHooks } from "node:module";

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

const isOurs = (specifier: string): boolean => /^(skein(\/|$)|@skein\/)/.test(specifier);

/**
 * Binds the imports of modules below `codeUrl` (a folder's URL, ending in `/`). Call it once, before code is loaded.
 *
 * @example
 * bindShippedCode(pathToFileURL(`${data}/code/`).href);
 */
export function bindShippedCode(codeUrl: string): void {
  registerHooks({
    resolve(specifier, context, next) {
      if (!isOurs(specifier) || context.parentURL?.startsWith(codeUrl) !== true) return next(specifier, context);
      const url = BOUND.get(specifier);
      if (url !== undefined) return { url, shortCircuit: true };
      return next(specifier, { ...context, parentURL: import.meta.url });
    },
  });
}
