/** The function that `skein map` was told: an export of a file, or of one of Node's modules. */
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { type PlainFunction, SkeinError } from "@skein/runtime";

export interface MappedFunction {
  readonly fn: PlainFunction;
  /** The same wherever it is called from. */
  readonly name: string;
}

/**
 * `work.ts#square`, `node:zlib#gzipSync`; without `#` the default export.
 *
 * @throws {SkeinError} `OPTION_INVALID` when there is no such file or function; what the module itself throws
 */
export async function mappedFunction(spec: string): Promise<MappedFunction> {
  const at = existsSync(spec) ? -1 : spec.lastIndexOf("#");
  const file = at < 0 ? spec : spec.slice(0, at);
  const name = at < 0 ? "default" : spec.slice(at + 1);
  const isOfNode = file.startsWith("node:");
  const path = isOfNode ? file : resolve(file);
  if (!isOfNode && !existsSync(path)) {
    throw new SkeinError("OPTION_INVALID", `there is no file ${file}`, {
      hint: "name a module and its export: skein map work.ts#square",
    });
  }
  const module: Readonly<Record<string, unknown>> = await import(isOfNode ? file : pathToFileURL(path).href);
  const fn = module[name];
  if (isFunction(fn)) return { fn, name: `${path}#${name}` };
  const names = Object.keys(module).filter((key) => isFunction(module[key]));
  throw new SkeinError("OPTION_INVALID", `${file} exports no function ${name}`, {
    hint: names.length === 0 ? "export the function" : `it exports: ${names.join(", ")}`,
  });
}

const isFunction = (value: unknown): value is PlainFunction => typeof value === "function";
