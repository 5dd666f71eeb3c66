/** How a worker of a pool finds a function: from its text, from a module, or from a bundle. */
import { pathToFileURL } from "node:url";
import type { AnyFunction } from "@skein/runtime/worker";
import { asFunction, compileFunction, type FunctionText } from "../offload/compile-function.ts";

/** Where a worker of a pool finds a function. */
export type PoolCode =
  | FunctionText
  /** A bundle's file; `name` is what it exports the function as. */
  | { readonly type: "bundle"; readonly url: string; readonly name: string };

/** What bundles import of packages, and of ours, is found from the program's folder. */
let isBound = false;

export function loadFunction(code: PoolCode): AnyFunction | Promise<AnyFunction> {
  return code.type === "function" ? compileFunction(code, "pool") : exported(code);
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
