/** The bundles of a server process: each is imported once, when it is first needed. */
import { errorFrom, SkeinError } from "../errors.ts";
import { type CodeDigest, type JobId } from "../ids.ts";
import { type BundleInfo } from "./observed.ts";

export type ImportCode = (digest: CodeDigest) => Promise<Readonly<Record<string, unknown>>>;
export type CodeFunction = (...args: unknown[]) => unknown;

type Loaded =
  | { readonly state: "loading"; readonly done: Promise<void> }
  | { readonly state: "loaded"; readonly exports: Readonly<Record<string, unknown>> }
  | { readonly state: "failed"; readonly error: Error };

export class ServerCode {
  readonly #import: ImportCode;
  readonly #onLoaded: (exports: Readonly<Record<string, unknown>>) => void;
  readonly #bundles = new Map<CodeDigest, Loaded>();
  /** Those that every server has. */
  readonly #own = new Map<CodeDigest, Loaded>();

  /** `onLoaded` is called with the exports of each bundle, before any of its functions. */
  constructor(importCode: ImportCode, onLoaded: (exports: Readonly<Record<string, unknown>>) => void = () => {}) {
    this.#import = importCode;
    this.#onLoaded = onLoaded;
  }

  /** Has a bundle that need not be imported. */
  has(digest: CodeDigest, exports: Readonly<Record<string, unknown>>): void {
    this.#own.set(digest, { state: "loaded", exports });
  }

  /** What was imported, or is being, for those who look. */
  list(jobs: readonly JobId[]): readonly BundleInfo[] {
    return Array.from(this.#bundles, ([digest, loaded]): BundleInfo => {
      const { state } = loaded;
      return loaded.state === "loaded"
        ? { digest, jobs, state, exports: Object.keys(loaded.exports) }
        : { digest, jobs, state };
    });
  }

  /** Imports the bundle, unless that was done; `undefined` when it is there, or has failed, already. */
  load(digest: CodeDigest): Promise<void> | undefined {
    const known = this.#own.get(digest) ?? this.#bundles.get(digest);
    if (known !== undefined) return known.state === "loading" ? known.done : undefined;
    const done = this.#loaded(digest);
    this.#bundles.set(digest, { state: "loading", done });
    return done;
  }

  async #loaded(digest: CodeDigest): Promise<void> {
    try {
      const exports = await this.#import(digest);
      this.#onLoaded(exports);
      this.#bundles.set(digest, { state: "loaded", exports });
    } catch (error) {
      this.#bundles.set(digest, { state: "failed", error: errorFrom(error) });
    }
  }

  /**
   * The function `name` of a bundle that was loaded.
   * @throws {SkeinError} `CODE_UNKNOWN`, or what its import threw
   */
  function(digest: CodeDigest, name: string): CodeFunction {
    const known = this.#own.get(digest) ?? this.#bundles.get(digest);
    if (known?.state === "failed") throw known.error;
    const value = known?.state === "loaded" && Object.hasOwn(known.exports, name) ? known.exports[name] : undefined;
    // What it takes is its author's business; the client's types have checked the arguments.
    if (typeof value === "function") return value as CodeFunction;
    throw new SkeinError("CODE_UNKNOWN", `the module has no function named ${name}`, {
      hint: "export it from the module that the job was given",
    });
  }
}
