/** Leads stacks of errors from servers, and text with such stacks, back to the user's files, by the maps that stay here. */
import { type CodeDigest } from "../ids.ts";
import { type Bundler, type Origins } from "./contracts.ts";

/** A place in a bundle as servers write it: its file is named by the digest. */
const PLACE = /[^\s()'"]*?\b([0-9a-f]{64})\.mjs:(\d+):(\d+)/g;
/** Causes that are looked into; a longer chain keeps its stacks as they came. */
const CAUSES_LIMIT = 100;

export class StackMaps {
  readonly #read: Bundler["originsOf"];
  readonly #maps = new Map<string, string>();
  readonly #origins = new Map<string, Origins | undefined>();
  readonly #others: (text: string) => string;

  /** `others` leads other places in a text to the user's files. */
  constructor(read: Bundler["originsOf"], others: (text: string) => string = (text) => text) {
    this.#read = read;
    this.#others = others;
  }

  add(digest: CodeDigest, sourceMap: string): void {
    if (sourceMap !== "") this.#maps.set(digest, sourceMap);
  }

  /** The text with places in bundles as places in the user's files, where they are known. */
  text(text: string): string {
    const others = this.#others(text);
    if (this.#maps.size === 0 || !others.includes(".mjs:")) return others;
    return others.replaceAll(PLACE, (found, digest: string, line: string, column: string) => {
      const origin = this.#originsOf(digest)?.(Number(line), Number(column));
      return origin === undefined ? found : `${origin.file}:${origin.line}:${origin.column}`;
    });
  }

  /** Changes the stack of the error, of its causes and of the errors in it. */
  error(error: Error): void {
    const seen = new Set<Error>();
    const look = (one: unknown): void => {
      if (!(one instanceof Error) || seen.has(one) || seen.size >= CAUSES_LIMIT) return;
      seen.add(one);
      const { stack } = one;
      const mapped = typeof stack === "string" ? this.text(stack) : stack;
      if (mapped !== stack && Object.isExtensible(one)) {
        Object.defineProperty(one, "stack", { value: mapped, writable: true, configurable: true, enumerable: false });
      }
      look(one.cause);
      if (one instanceof AggregateError) for (const inner of one.errors) look(inner);
    };
    look(error);
  }

  /** A map is parsed when the first error of its bundle comes. */
  #originsOf(digest: string): Origins | undefined {
    const known = this.#origins.get(digest);
    const map = this.#maps.get(digest);
    if (known !== undefined || map === undefined) return known;
    const origins = this.#read?.(map);
    this.#origins.set(digest, origins);
    return origins;
  }
}
