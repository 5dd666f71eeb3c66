/** How a worker of a pool finds a function: from its text, from a module, or from a bundle. */
import type { AnyFunction } from "@skein/runtime/worker";
import { asFunction, compileFunction, type FunctionText } from "../offload/compile-function.ts";

/** How a function's text is called in stacks: its pool leads from there to the file. */
export const textPlace = (name: string, number: number): string => `[pool:${name}#${number}]`;

/** Where a worker of a pool finds a function. */
export type PoolCode =
  /** `number` tells it from others of its name. */
  | (FunctionText & { readonly number: number })
  /** A bundle's file; `name` is what it exports the function as. */
  | {
      readonly type: "bundle";
      readonly url: string;
      readonly name: string;
      /** Files in the same folder that it imports. */
      readonly beside: readonly string[];
    };

/** @param bindCode called once, with the URL of the folder that bundles are in, before the first is loaded */
export function functionLoader(
  bindCode: (codeUrl: string) => Promise<void>,
): (code: PoolCode) => AnyFunction | Promise<AnyFunction> {
  let bound: Promise<void> | undefined;
  const exported = async ({ url, name }: Extract<PoolCode, { type: "bundle" }>): Promise<AnyFunction> => {
    await (bound ??= bindCode(new URL("./", url).href));
    const module: Record<string, unknown> = await import(url);
    return asFunction(module[name]);
  };
  return (code) =>
    code.type === "function" ? compileFunction(code, textPlace(code.name, code.number)) : exported(code);
}
