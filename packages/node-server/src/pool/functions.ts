/** How a pool of this process describes a function to its workers: by its text, or as a bundle of what it reaches. */
import { createRequire } from "node:module";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { isSkeinError, type PlainFunction, RemoteError, SkeinError } from "@skein/runtime";
import { type Bundle, type FoundFunction, type FunctionPlace, StackMaps, type StubCode } from "@skein/runtime/host";
import type { NodeBundler, SharingBundle } from "../code/bundler.ts";
import { textOf } from "../offload/function-code.ts";
import { backToClasses, classTag, type ErrorClass, isErrorClass } from "./error-classes.ts";
import { leadToFiles, numberedText } from "./function-texts.ts";
import type { PoolCode } from "./load-function.ts";
import { ownFolder } from "./own-folder.ts";

/** Bundles of this process, where its workers read them; gone with it. */
class BundleFolder {
  #path: string | undefined;
  readonly #has = new Set<string>();

  /** @returns the file's URL */
  put(digest: string, code: Uint8Array): string {
    const file = join(this.path, `${digest}.mjs`);
    if (!this.#has.has(digest)) writeFileSync(file, code);
    this.#has.add(digest);
    return pathToFileURL(file).href;
  }

  /** Where they are, or will be. */
  get path(): string {
    this.#path ??= ownFolder("skein-pool-");
    return this.#path;
  }
}

/** Our bundler is loaded with the first function that needs it, at once: what it lacks is told before anything starts. */
const require = createRequire(import.meta.url);
/** `.ts` while developing, `.js` when published. */
const BUNDLER = `../code/bundler${import.meta.url.endsWith(".ts") ? ".ts" : ".js"}`;
// The file of this name is that module.
const loadBundler = (): NodeBundler => (require(BUNDLER) as typeof import("../code/bundler.ts")).createBundler();

const folder = new BundleFolder();
let bundler: NodeBundler | undefined;
/** Bundles that were made, by the function's place. */
const bundles = new Map<string, Promise<MadeCode>>();
/** The program's own classes of errors that functions use, by what workers call them. */
const errorClasses = new Map<string, ErrorClass>();
const maps = new StackMaps((map) => (bundler ??= loadBundler()).originsOf(map), leadToFiles);

/**
 * A function that needs nothing of its module goes as its text; any other as a bundle of what it reaches.
 *
 * @param packages are left out of bundles: workers import them where they are installed
 * @param given functions that the pool has had before; this one is added. What they change others may use
 * @throws {SkeinError} `FUNCTION_NOT_SELF_CONTAINED` with its name, file and line
 */
export function describeFunction(
  fn: PlainFunction,
  packages: readonly string[],
  given: Set<FoundFunction>,
): FunctionPlace {
  let lacks: SkeinError;
  try {
    const code = textOf(fn);
    return { key: code, code: numberedText(code) };
  } catch (error) {
    if (!isSkeinError(error, "FUNCTION_NOT_SELF_CONTAINED")) throw error;
    lacks = error;
  }
  bundler ??= loadBundler();
  const found = find(bundler, fn, lacks);
  bundler.checkChanges(found, [...given]);
  given.add(found);
  const key = packages.length === 0 ? found.key : `${found.key} ${packages.join(" ")}`;
  let making = bundles.get(key);
  if (making === undefined) {
    making = bundleOf(bundler, fn, found, packages);
    bundles.set(key, making);
    making.catch(() => bundles.delete(key)); // told to who waits for it
  }
  const code = checkedCode(bundler, found, making, given);
  code.catch(() => undefined); // told to who waits for it; nobody does where the function is known already
  return { key, code };
}

/** A function's code, and the bundle it was made of. */
interface MadeCode {
  readonly code: PoolCode;
  readonly made: SharingBundle;
}

async function checkedCode(
  by: NodeBundler,
  found: FoundFunction,
  making: Promise<MadeCode>,
  given: ReadonlySet<FoundFunction>,
): Promise<PoolCode> {
  const others = [...given].filter((one) => one !== found);
  const { code, made } = await making;
  by.checkCopies(found, made, others);
  return code;
}

/** What can't be found in a file, because it was typed, is told what it lacks as well. */
function find(by: NodeBundler, fn: PlainFunction, lacks: SkeinError): FoundFunction {
  try {
    return by.find(fn);
  } catch (error) {
    if (!isSkeinError(error, "FUNCTION_NOT_SELF_CONTAINED")) throw error;
    throw new SkeinError("FUNCTION_NOT_SELF_CONTAINED", error.message, { hint: error.hint, cause: lacks });
  }
}

/** A function of a bundle that was made already. */
export function describeBundle({ code: digest, fn }: StubCode, code: Uint8Array): FunctionPlace {
  const key = `${digest} ${fn}`;
  const made: PoolCode = { type: "bundle", beside: [], url: folder.put(digest, code), name: fn };
  return { key, code: made };
}

/** The folder of bundles, which workers that are confined have to read. */
export const bundlesPath = (): string => folder.path;

/** Makes of a worker's error one of this program: its stack leads to the user's files, its class is the program's own. */
export function explain(error: Error): void {
  maps.error(error);
  backToClasses(error, errorClasses, (one) => one instanceof RemoteError);
}

async function bundleOf(
  by: NodeBundler,
  fn: PlainFunction,
  found: FoundFunction,
  packages: readonly string[],
): Promise<MadeCode> {
  const made = await by.bundleSharing(found, { packages });
  const { beside, names } = made;
  for (const { digest, key, value } of by.classesIn(fn, made)) {
    if (isErrorClass(value)) errorClasses.set(classTag(digest, key), value);
  }
  const [name = ""] = names;
  for (const { digest, sourceMap } of [...beside, made]) maps.add(digest, sourceMap);
  const put = ({ digest, code }: Bundle): string => folder.put(digest, code);
  return { code: { type: "bundle", beside: beside.map(put), url: put(made), name }, made };
}
