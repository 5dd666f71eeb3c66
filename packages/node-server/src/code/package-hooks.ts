/** Where shipped code finds what it imports: packages that it leaves out in a folder, and what is ours as its host says. */
import { isBuiltin, registerHooks, type ResolveFnOutput, type ResolveHookContext } from "node:module";
import { SkeinError } from "@skein/runtime";

/** Finds a module as Node does. */
export type NextResolve = (specifier: string, context?: Partial<ResolveHookContext>) => ResolveFnOutput;

const isOurs = (specifier: string): boolean => /^(skein(\/|$)|@skein\/)/.test(specifier);
/** `sharp`, `@scope/name/part`: neither a path nor a URL. */
const isPackage = (specifier: string): boolean => /^[^./#][^:]*$/.test(specifier) && !isBuiltin(specifier);
const PACKAGE_NAME = /^(?:@[^/]+\/)?[^/]+/;

/**
 * For imports of modules below `codeUrl` (a folder's URL, ending in `/`): `ours` finds what is skein's, packages are found
 * from the folder `packagesUrl`, and one that is not installed there throws `CODE_NOT_BUNDLABLE`.
 */
export function bindPackages(
  codeUrl: string,
  packagesUrl: string,
  ours: (specifier: string, context: ResolveHookContext, next: NextResolve) => ResolveFnOutput,
): void {
  registerHooks({
    resolve(specifier, context, next) {
      if (context.parentURL?.startsWith(codeUrl) !== true) return next(specifier, context);
      if (isOurs(specifier)) return ours(specifier, context, next);
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
