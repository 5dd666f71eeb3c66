/** Makes a function of its text, in a thread or process that did not write it. */
import { constants, Script } from "node:vm";
import type { FunctionCode } from "./messages.ts";

/** A function as its text. */
export type FunctionText = Extract<FunctionCode, { readonly type: "function" }>;

type AnyFunction = (...args: readonly unknown[]) => unknown;

/** `file` names it in stacks, whose lines and columns are those of its text. @throws {TypeError} when it is of something else */
export function compileFunction({ source, form, name }: FunctionText, file: string): AnyFunction {
  // Without a name of its own it gets that of the property.
  const expression = (): unknown => methodOf(run(`({[${JSON.stringify(name)}]:`, `${source}\n})`, file));
  const method = (): unknown => methodOf(run("({", `${source}\n})`, file));
  if (form === "method") return asFunction(method());
  if (form === "expression") return asFunction(expression());
  // Syntax that our parser doesn't know: the engine says which of the two it is.
  try {
    return asFunction(expression());
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return asFunction(method());
  }
}

function run(open: string, text: string, filename: string): unknown {
  const before = `"use strict";${open}`;
  const script = new Script(before + text, {
    // No URL: else `import("package")` would be relative to that.
    filename,
    columnOffset: -before.length,
    // `import("package")` works as in the program's own folder.
    importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  });
  return script.runInThisContext();
}

const methodOf = (object: unknown): unknown =>
  typeof object === "object" && object !== null ? Object.values(object)[0] : undefined;

/** What takes any arguments is called with what its user gave. @throws {TypeError} when it is no function */
export function asFunction(value: unknown): AnyFunction {
  if (typeof value === "function") return value as AnyFunction;
  throw new TypeError("what was given to run is no function");
}
