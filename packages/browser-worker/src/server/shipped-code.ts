/** The bundles of a tab's server: given by its page, bound to the server's own skein, and imported from blobs. */
import { type CodeDigest, SkeinError } from "@skein/runtime";
import { bindImports, ownModule } from "./bind-imports.ts";
import { stackText } from "./stack-text.ts";

const KEY = "skein.own";
const KEY_WITH_MORE = "skein.own.more";

export interface ShippedCodeOptions {
  /** What `import … from "skein"` gives. */
  readonly members: Readonly<Record<string, unknown>>;
  /** Gives those of them that have no value yet: they come for code that names one. */
  readonly more: () => PromiseLike<Readonly<Record<string, unknown>>>;
  /** Has the page send a bundle. */
  readonly ask: (digest: CodeDigest) => PromiseLike<unknown>;
}

export class ShippedCode {
  readonly #options: ShippedCodeOptions;
  readonly #own: string;
  /** Finds names that have no value yet. */
  readonly #late: RegExp | undefined;
  #ownWithMore: Promise<string> | undefined;
  readonly #loading = new Map<CodeDigest, Promise<Record<string, unknown>>>();
  readonly #waiting = new Map<CodeDigest, (code: Uint8Array) => void>();
  /** Each bundle's address, to name it by its digest in stacks. */
  readonly #digests = new Map<string, CodeDigest>();

  constructor(options: ShippedCodeOptions) {
    this.#options = options;
    Object.defineProperty(globalThis, KEY, { value: options.members, configurable: true });
    const late = Object.keys(options.members).filter((name) => options.members[name] === undefined);
    this.#late = late.length === 0 ? undefined : new RegExp(`\\b(?:${late.join("|")})\\b`);
    this.#own = moduleUrl(ownModule(KEY, options.members));
  }

  /** A bundle has come. */
  given(digest: CodeDigest, code: Uint8Array): void {
    this.#waiting.get(digest)?.(code);
    this.#waiting.delete(digest);
  }

  /**
   * Imports a bundle, once however often it is asked for; after a failure it is tried again.
   *
   * @throws {SkeinError} `CODE_NOT_BUNDLABLE`, `CODE_UNKNOWN`; what the module throws
   */
  async load(digest: CodeDigest): Promise<Record<string, unknown>> {
    const loading = this.#loading.get(digest) ?? this.#imported(digest);
    this.#loading.set(digest, loading);
    try {
      return await loading;
    } catch (error) {
      if (this.#loading.get(digest) === loading) this.#loading.delete(digest);
      throw error;
    }
  }

  async #imported(digest: CodeDigest): Promise<Record<string, unknown>> {
    const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>();
    this.#waiting.set(digest, resolve);
    this.#options.ask(digest).then(undefined, (error: unknown) => {
      this.#waiting.delete(digest);
      reject(error instanceof Error ? error : new Error(String(error)));
    });
    const text = new TextDecoder().decode(await promise);
    const own = this.#late?.test(text) === true ? await this.#withMore() : this.#own;
    const url = moduleUrl(bindImports(text, own));
    this.#digests.set(url, digest);
    try {
      // A bundler must leave it: the address is made here.
      return (await import(/* @vite-ignore */ url)) as Record<string, unknown>;
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      throw new SkeinError("CODE_NOT_BUNDLABLE", `this code can't run in a tab: ${error.message}`, {
        hint: "it may import names of skein that only Node has; run it on nodes",
        cause: error,
      });
    }
  }

  /** Asked for once; what failed is tried again. */
  async #withMore(): Promise<string> {
    const asked = (this.#ownWithMore ??= this.#makeWithMore());
    try {
      return await asked;
    } catch (error) {
      if (this.#ownWithMore === asked) this.#ownWithMore = undefined;
      throw error;
    }
  }

  async #makeWithMore(): Promise<string> {
    const members = { ...this.#options.members, ...(await this.#options.more()) };
    Object.defineProperty(globalThis, KEY_WITH_MORE, { value: members, configurable: true });
    return moduleUrl(ownModule(KEY_WITH_MORE, members));
  }

  /** Names bundles in the error's stack as their client knows them; what called them here is nobody's matter. */
  explain(error: Error): void {
    const { name, message, stack } = error;
    if (typeof stack !== "string" || !stack.includes("blob:")) return;
    const text = stackText({ name, message, stack }, this.#digests);
    Object.defineProperty(error, "stack", { value: text, writable: true, configurable: true, enumerable: false });
  }
}

const moduleUrl = (text: string): string => URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
