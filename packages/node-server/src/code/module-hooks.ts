/** In a server process: what shipped code imports of `skein` is the server's own copy; other packages are those of the node. */
import { isBuiltin, registerHooks } from "node:module";
import { SkeinError } from "@skein/runtime";

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
/** `sharp`, `@scope/name/part`: neither a path nor a URL. */
const isPackage = (specifier: string): boolean => /^[^./#][^:]*$/.test(specifier) && !isBuiltin(specifier);
const PACKAGE_NAME = /^(?:@[^/]+\/)?[^/]+/;

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
  registerHooks({
    resolve(specifier, context, next) {
      if (context.parentURL?.startsWith(codeUrl) !== true) return next(specifier, context);
      if (isOurs(specifier)) {
        const url = BOUND.get(specifier);
        if (url !== undefined) return { url, shortCircuit: true };
        return next(specifier, { ...context, parentURL: import.meta.url });
      }
      if (!isPackage(specifier)) return next(specifier, context);
      try {
        return next(specifier, { ...context, parentURL: packagesUrl });
      } catch (error) {
        throw notInstalled(PACKAGE_NAME.exec(specifier)?.[0] ?? specifier, error);
      }
    },
  });
}

function notInstalled(name: string, cause: unknown): SkeinError {
  return new SkeinError("CODE_NOT_BUNDLABLE", `the package ${name} is not installed at this node`, {
    hint: `install it where the node finds packages (its working directory, or --packages DIR), or leave it out of the job's packages`,
    cause,
  });
}
