/** How a worker of a pool finds a function: from its text, from a module, or from a bundle. */
import { pathToFileURL } from "node:url";
import { constants, Script } from "node:vm";
import type { AnyFunction } from "@skein/runtime/worker";

/** Where a worker of a pool finds a function. */
export type PoolCode =
  | {
      readonly type: "function";
      readonly source: string;
      readonly form: "expression" | "method" | "unknown";
      readonly name: string;
    }
  /** A bundle's file; `name` is what it exports the function as. */
  | { readonly type: "bundle"; readonly url: string; readonly name: string };

/** What bundles import of packages, and of ours, is found from the program's folder. */
let isBound = false;

export function loadFunction(code: PoolCode): AnyFunction | Promise<AnyFunction> {
  return code.type === "function" ? compile(code) : exported(code);
}

async function exported({ url, name }: Extract<PoolCode, { type: "bundle" }>): Promise<AnyFunction> {
  if (!isBound) {
    const { bindShippedCode } = await import("../code/module-hooks.ts");
    bindShippedCode(new URL("./", url).href, pathToFileURL(`${process.cwd()}/`).href);
    isBound = true;
  }
  const module: Record<string, unknown> = await import(url);
  return asFunction(module[name]);
}

function compile({ source, form, name }: Extract<PoolCode, { type: "function" }>): AnyFunction {
  if (form === "method") return methodOf(run(`({${source}\n})`, name));
  if (form === "expression") return asFunction(run(`(${source}\n)`, name));
  // Syntax that our parser doesn't know: the engine says which of the two it is.
  try {
    return asFunction(run(`(${source}\n)`, name));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return methodOf(run(`({${source}\n})`, name));
  }
}

function run(text: string, name: string): unknown {
  const script = new Script(`"use strict";${text}`, {
    filename: `pool:${name}`,
    // `import("package")` works as in the program's own folder.
    importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  });
  return script.runInThisContext();
}

function methodOf(object: unknown): AnyFunction {
  return asFunction(typeof object === "object" && object !== null ? Object.values(object)[0] : undefined);
}

function asFunction(value: unknown): AnyFunction {
  if (typeof value === "function") return value as AnyFunction; // the pool calls it with what its user gave
  throw new TypeError("what a pool was given to run is no function");
}
