/** How a worker of a pool finds a function: from its text, from a module, or from a bundle. */
import type { AnyFunction } from "@skein/runtime/worker";
import { classTag, isErrorClass, noteClasses } from "./error-classes.ts";
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

export interface FunctionLoader {
  readonly load: (code: PoolCode) => AnyFunction | Promise<AnyFunction>;
  /** Says in an error of which class it is, in place, where its pool may have that class as well. */
  readonly explain: (error: Error) => void;
}

/** @param bindCode called once, with the URL of the folder that bundles are in, before the first is loaded */
export function functionLoader(bindCode: (codeUrl: string) => Promise<void>): FunctionLoader {
  let bound: Promise<void> | undefined;
  const tags = new Map<unknown, string>();
  const exported = async ({ url, name, beside }: Extract<PoolCode, { type: "bundle" }>): Promise<AnyFunction> => {
    await (bound ??= bindCode(new URL("./", url).href));
    const module: Record<string, unknown> = await import(url);
    for (const one of [...beside, url]) {
      const digest = /([0-9a-f]+)\.mjs$/.exec(one)?.[1] ?? "";
      const loaded: Record<string, unknown> = await import(one); // with the function's bundle
      for (const [key, value] of Object.entries(loaded))
        if (isErrorClass(value)) tags.set(value, classTag(digest, key));
    }
    return asFunction(module[name]);
  };
  return {
    load: (code) =>
      code.type === "function" ? compileFunction(code, textPlace(code.name, code.number)) : exported(code),
    explain: (error) => noteClasses(error, tags),
  };
}
