/** What is sent of a function, after a look at whether it can run elsewhere. */
import { createRequire } from "node:module";
import type { OffloadModule } from "@skein/runtime";
import { notSelfContained } from "@skein/runtime/host";
import type { FunctionText } from "./compile-function.ts";
import type { FunctionSource } from "./free-names.ts";
import type { FunctionCode } from "./messages.ts";

/** Our parser is loaded with the first function, at once: what a function lacks is told before anything starts. */
const require = createRequire(import.meta.url);
/** `.ts` while developing, `.js` when published. */
const PARSER = `./free-names${import.meta.url.endsWith(".ts") ? ".ts" : ".js"}`;

/** Functions looked at before, and their texts: a function that is made again and again is read once. */
const known = new WeakMap<object, FunctionText>();
const knownTexts = new Map<string, FunctionText>();
/** Texts kept. */
const TEXTS = 1000;

/** @throws {SkeinError} `FUNCTION_NOT_SELF_CONTAINED` with the first name it lacks, and the line in its text */
export function codeOf(fn: ((...args: never[]) => unknown) | OffloadModule): FunctionCode {
  return typeof fn === "function" ? textOf(fn) : { type: "module", url: fn.module.href, exportName: fn.export };
}

/** The same of a function. @throws {SkeinError} as {@link codeOf} */
export function textOf(fn: (...args: never[]) => unknown): FunctionText {
  let code = known.get(fn);
  if (code === undefined) known.set(fn, (code = read(fn)));
  return code;
}

function read(fn: (...args: never[]) => unknown): FunctionText {
  const source = Function.prototype.toString.call(fn);
  const before = knownTexts.get(source);
  if (before !== undefined) return before;
  const name = fn.name === "" ? "anonymous" : fn.name;
  if (/\{\s*\[native code\]\s*\}$/.test(source)) throw notSelfContained(name, "it is bound or native");
  const { form, missing, refused: why }: FunctionSource = parser().readFunction(source, isGlobal);
  if (form === "class") throw notSelfContained(name, "it is a class");
  if (form === "generator") throw notSelfContained(name, "it is a generator function");
  if (why !== undefined) throw notSelfContained(name, why);
  const [first] = missing;
  if (first !== undefined) {
    const others = missing.length > 1 ? ` and ${missing.length - 1} more` : "";
    throw notSelfContained(
      name,
      `it uses ${first.name} (line ${first.line} of the function)${others}, which a thread does not have`,
    );
  }
  if (knownTexts.size >= TEXTS) knownTexts.clear();
  const code: FunctionText = { type: "function", source, form, name };
  knownTexts.set(source, code);
  return code;
}

// The file of this name is that module.
const parser = (): typeof import("./free-names.ts") => require(PARSER) as typeof import("./free-names.ts");

const isGlobal = (name: string): boolean => name in globalThis;
