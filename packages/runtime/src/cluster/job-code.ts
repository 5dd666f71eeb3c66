/** The code of a job: its modules as bundles, and which function of them a live one is. */
import { SkeinError } from "../errors.ts";
import { type CodeDigest } from "../ids.ts";
import { type ShippedCode } from "./code-shipper.ts";
import { type Bundle, type Bundler } from "./contracts.ts";
import { type FunctionTimes } from "./lease.ts";
import { type RunWhat } from "./run.ts";

/** Imports a module into this process, to know its functions when they are given to `run`. */
export type ImportModule = (module: URL) => Promise<Readonly<Record<string, unknown>>>;

export class JobCode {
  readonly #bundler: Bundler | undefined;
  readonly #import: ImportModule;
  readonly #bundles = new Map<string, Promise<Bundle>>();
  readonly #codes: ShippedCode[] = [];
  readonly #functions = new Map<unknown, { readonly code: CodeDigest; readonly fn: string }>();
  readonly #times = new Map<string, FunctionTimes>();
  readonly #onAdded: () => void;

  constructor(bundler: Bundler | undefined, importModule: ImportModule, onAdded: () => void) {
    this.#bundler = bundler;
    this.#import = importModule;
    this.#onAdded = onAdded;
  }

  /** All bundles so far; the list only grows. */
  readonly codes = (): readonly ShippedCode[] => this.#codes;

  /**
   * Bundles a module, once.
   * @throws {SkeinError} `CODE_NOT_BUNDLABLE`, `MESSAGE_TOO_LARGE`
   */
  async bundle(module: URL): Promise<Bundle> {
    const known = this.#bundles.get(module.href);
    if (known !== undefined) return await known;
    const made = this.#make(module);
    this.#bundles.set(module.href, made);
    void made.then(undefined, () => void this.#bundles.delete(module.href));
    return await made;
  }

  /** Bundles a module and learns its functions, so that they can be given to `run`. */
  async learn(module: URL): Promise<void> {
    const [bundle, exports] = await Promise.all([this.bundle(module), this.#import(module)]);
    for (const fn of bundle.exports) {
      const value = exports[fn];
      if (typeof value === "function") this.#functions.set(value, { code: bundle.digest, fn });
    }
  }

  what(code: CodeDigest, fn: string, plain: boolean): RunWhat {
    const key = `${code} ${fn}`;
    let times = this.#times.get(key);
    if (times === undefined) this.#times.set(key, (times = { averageMs: undefined }));
    return { code, fn, plain, times };
  }

  /** @throws {SkeinError} `CODE_UNKNOWN` */
  find(fn: { readonly name: string }): RunWhat {
    const known = this.#functions.get(fn);
    if (known !== undefined) return this.what(known.code, known.fn, false);
    throw new SkeinError("CODE_UNKNOWN", `the function ${fn.name || "without a name"} is not among the job's modules`, {
      hint: "export it from a module and name that in openJob({ modules: [new URL(…)] }), or use the stubs of job.module()",
    });
  }

  async #make(module: URL): Promise<Bundle> {
    if (this.#bundler === undefined) {
      throw new SkeinError("CODE_NOT_BUNDLABLE", "this client has no bundler", {
        hint: "in Node, connect() brings one; in browsers, use the skein/vite plugin",
      });
    }
    const bundle = await this.#bundler.bundle(module);
    if (!this.#codes.some((code) => code.digest === bundle.digest)) {
      this.#codes.push({ digest: bundle.digest, code: bundle.code });
      this.#onAdded();
    }
    return bundle;
  }
}
