/** Functions that went to workers as their text: the number that each has there in stacks, which leads back to its file. */
import { createRequire } from "node:module";
import type { Origins } from "@skein/runtime/host";
import type { originsOfText } from "../code/text-origins.ts";
import type { FunctionText } from "../offload/compile-function.ts";
import type { PoolCode } from "./load-function.ts";

/** Loaded with the first error of such a function. */
const require = createRequire(import.meta.url);
/** `.ts` while developing, `.js` when published. */
const ORIGINS = `../code/text-origins${import.meta.url.endsWith(".ts") ? ".ts" : ".js"}`;

/** Texts kept, until all are forgotten: stacks of those tell the place in the function only. */
const TEXTS = 10_000;
const PLACE = /\[pool:([^\n]*?)#(\d+)\]:(\d+):(\d+)/g;

let count = 0;
const numbered = new Map<FunctionText, PoolCode>();
const sources = new Map<number, string>();
const origins = new Map<number, Origins | undefined>();

/** The same with a number. */
export function numberedText(code: FunctionText): PoolCode {
  let known = numbered.get(code);
  if (known !== undefined) return known;
  if (numbered.size >= TEXTS) for (const map of [numbered, sources, origins]) map.clear();
  count += 1;
  known = { ...code, number: count };
  numbered.set(code, known);
  sources.set(count, code.source);
  return known;
}

/** The text of a stack with places in the user's files, or at least without numbers. */
export function leadToFiles(stack: string): string {
  if (!stack.includes("[pool:")) return stack;
  return stack.replaceAll(PLACE, (_found, name: string, number: string, line: string, column: string) => {
    const origin = originsOf(Number(number))?.(Number(line), Number(column));
    return origin === undefined ? `[pool:${name}]:${line}:${column}` : `${origin.file}:${origin.line}:${origin.column}`;
  });
}

function originsOf(number: number): Origins | undefined {
  const source = sources.get(number);
  if (source === undefined || origins.has(number)) return origins.get(number);
  // The file of this name is that module.
  const module = require(ORIGINS) as { readonly originsOfText: typeof originsOfText };
  const found = module.originsOfText(source);
  origins.set(number, found);
  return found;
}
