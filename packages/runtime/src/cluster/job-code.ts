/** The code of a job: modules and live functions as bundles, and which function of them a live one is. */
import { SkeinError } from "../errors.ts";
import { type CodeDigest, type JobId } from "../ids.ts";
import { type Runtime } from "../task/runtime.ts";
import { type ShippedCode } from "./code-shipper.ts";
import { type Bundle, type Bundler, type FoundFunction, type LiveFunction } from "./contracts.ts";
import { type FunctionTimes } from "./lease.ts";
import { type CodePlace, LiveCode } from "./live-code.ts";
import { type BundleInfo } from "./observed.ts";
import { type RunWhat } from "./run.ts";
import { isClass, registerShipped } from "./shipped-classes.ts";
import { StackMaps } from "./stack-maps.ts";

/** Imports a module into this process, to know its functions when they are given to `run`. */
export type ImportModule = (module: URL) => Promise<Readonly<Record<string, unknown>>>;

/** A function or a class of this program. */
export type ShippedFunction = LiveFunction | (abstract new (...args: never) => object);

export interface JobCodeOptions {
  readonly bundler: Bundler | undefined;
  readonly importModule: ImportModule;
  /** Packages that are installed at the nodes. */
  readonly packages: readonly string[];
  /** Where the job's classes are made known. */
  readonly runtime: Runtime;
  /** There is one bundle more. */
  readonly onAdded: () => void;
}

export class JobCode {
  /** Leads stacks back to the user's files. */
  readonly maps: StackMaps;
  readonly #options: JobCodeOptions;
  readonly #bundles = new Map<string, Promise<Bundle>>();
  readonly #codes: ShippedCode[] = [];
  /** What each was made of, and what it exports. */
  readonly #about = new Map<CodeDigest, { readonly name: string; readonly exports: readonly string[] }>();
  readonly #functions = new Map<unknown, CodePlace>();
  readonly #live = new WeakMap<object, LiveCode>();
  /** By the place in the source: a function made there again is the same code. */
  readonly #places = new Map<string, LiveCode>();
  readonly #lacks = new Map<CodeDigest, Bundle["lacks"]>();
  readonly #times = new Map<string, FunctionTimes>();

  constructor(options: JobCodeOptions) {
    this.#options = options;
    this.maps = new StackMaps(options.bundler?.originsOf);
  }

  /** All bundles so far; the list only grows. */
  readonly codes = (): readonly ShippedCode[] => this.#codes;

  /** The same for those who look. */
  bundles(job: JobId): readonly BundleInfo[] {
    return this.#codes.map(({ digest, code }) => {
      return { digest, bytes: code.byteLength, jobs: [job], ...this.#about.get(digest) };
    });
  }

  /**
   * Bundles a module, once.
   * @throws {SkeinError} `CODE_NOT_BUNDLABLE`, `MESSAGE_TOO_LARGE`
   */
  async bundle(module: URL): Promise<Bundle> {
    const bundle = await this.#bundle(module);
    this.#add(bundle, false, fileOf(module));
    return bundle;
  }

  /**
   * Bundles a module, learns its functions, so that they can be given to `run`, and registers its classes.
   * @throws {SkeinError} `CODE_NOT_BUNDLABLE`, `MESSAGE_TOO_LARGE`, `NAME_TAKEN`
   */
  async learn(module: URL): Promise<void> {
    const [bundle, exports] = await Promise.all([this.#bundle(module), this.#options.importModule(module)]);
    let classes = false;
    for (const fn of bundle.exports) {
      const value = exports[fn];
      if (typeof value === "function") this.#functions.set(value, { code: bundle.digest, fn });
      classes = this.#register(fn, value) || classes;
    }
    this.#add(bundle, classes, fileOf(module));
  }

  /**
   * Bundles live functions together, and registers the classes among them.
   * @throws {SkeinError} `FUNCTION_NOT_SELF_CONTAINED`, `CODE_NOT_BUNDLABLE`, `MESSAGE_TOO_LARGE`, `NAME_TAKEN`
   */
  async learnFunctions(functions: readonly ShippedFunction[]): Promise<void> {
    if (functions.length === 0) return;
    const all = [...new Set(functions)];
    const found = all.map((fn) => this.#find(fn));
    const made = this.#makeOf(found, all);
    all.forEach((fn, index) => {
      const live = new LiveCode(found[index]?.name ?? "", placeAt(made, index));
      this.#live.set(fn, live);
      const key = found[index]?.key;
      if (key !== undefined) this.#places.set(key, live);
    });
    await made;
  }

  /** Whether it is a function of the job's modules. */
  knows(fn: LiveFunction): boolean {
    return this.#functions.has(fn);
  }

  /** What a bundle of the job imports and tabs have not. */
  lacksOf(code: CodeDigest): Bundle["lacks"] {
    return this.#lacks.get(code) ?? [];
  }

  what(code: CodeDigest, fn: string, plain: boolean): RunWhat {
    const key = `${code} ${fn}`;
    let times = this.#times.get(key);
    if (times === undefined) this.#times.set(key, (times = { averageMs: undefined }));
    return { code, fn, plain, times };
  }

  /**
   * What runs a function of the job's modules, or one that is found in its source and bundled from now on.
   * @throws {SkeinError} `FUNCTION_NOT_SELF_CONTAINED`, `CODE_UNKNOWN`
   */
  find(fn: LiveFunction, plain = false): RunWhat {
    const known = this.#functions.get(fn);
    if (known !== undefined) return this.what(known.code, known.fn, plain);
    const live = this.#live.get(fn) ?? this.#makeLive(fn);
    return live.what(plain);
  }

  #makeLive(fn: LiveFunction): LiveCode {
    const found = this.#find(fn);
    let live = this.#places.get(found.key);
    if (live === undefined) {
      live = new LiveCode(found.name, placeAt(this.#makeOf([found], [fn]), 0));
      this.#places.set(found.key, live);
      // Another time it may be bundled.
      live.bundled?.catch(() => {
        this.#places.delete(found.key);
        this.#live.delete(fn);
      });
    }
    this.#live.set(fn, live);
    return live;
  }

  #find(fn: ShippedFunction): FoundFunction {
    const find = this.#options.bundler?.find;
    // A class is found like a function; it is never called.
    if (find !== undefined) return find(fn as LiveFunction);
    throw new SkeinError("CODE_UNKNOWN", `the function ${fn.name || "without a name"} is not among the job's modules`, {
      hint: "export it from a module and name that in openJob({ modules: [new URL(…)] }), or use the stubs of job.module()",
    });
  }

  async #makeOf(found: readonly FoundFunction[], functions: readonly ShippedFunction[]): Promise<CodePlace[]> {
    const { bundler, packages } = this.#options;
    if (bundler?.bundleFunctions === undefined) throw noBundler();
    const bundle = await bundler.bundleFunctions(found, { packages });
    let classes = false;
    bundle.names.forEach((name, index) => {
      classes = this.#register(name, functions[index]) || classes;
    });
    this.#add(bundle, classes, found.map(({ name }) => name).join(", "));
    return bundle.names.map((fn) => ({ code: bundle.digest, fn }));
  }

  #register(name: string, value: unknown): boolean {
    if (!isClass(value)) return false;
    registerShipped(this.#options.runtime, name, value);
    return true;
  }

  // Not async: each async function takes one of the few lines that a stack has.
  #bundle(module: URL): Promise<Bundle> {
    const known = this.#bundles.get(module.href);
    if (known !== undefined) return known;
    const { bundler, packages } = this.#options;
    if (bundler === undefined) return Promise.reject(noBundler());
    const made = bundler.bundle(module, { packages });
    this.#bundles.set(module.href, made);
    void made.then(undefined, () => void this.#bundles.delete(module.href));
    return made;
  }

  #add({ digest, code, sourceMap, exports, lacks }: Bundle, classes: boolean, name: string): void {
    if (this.#codes.some((one) => one.digest === digest)) return;
    this.#about.set(digest, { name, exports });
    this.maps.add(digest, sourceMap);
    this.#lacks.set(digest, lacks);
    this.#codes.push({ digest, code, classes });
    this.#options.onAdded();
  }
}

const fileOf = (module: URL): string => module.pathname.slice(module.pathname.lastIndexOf("/") + 1);

async function placeAt(places: Promise<readonly CodePlace[]>, index: number): Promise<CodePlace> {
  const place = (await places)[index];
  if (place === undefined) throw new TypeError("a bundle has fewer functions than it was made of");
  return place;
}

function noBundler(): SkeinError {
  return new SkeinError("CODE_NOT_BUNDLABLE", "this client has no bundler", {
    hint: "in Node, connect() brings one; in browsers, use the skein/vite plugin",
  });
}
