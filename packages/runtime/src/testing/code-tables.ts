/** Code of jobs as tables of functions: what `job.module(url)` finds where nothing is bundled or shipped. */
import type { Bundle, Bundler } from "../cluster/contracts.ts";
import { SkeinError } from "../errors.ts";
import type { CodeDigest } from "../ids.ts";
import type { Platform } from "../platform.ts";

export type CodeTable = Readonly<Record<string, unknown>>;

export class CodeTables {
  readonly #platform: Pick<Platform, "sha256">;
  readonly #modules = new Map<string, CodeTable>();
  readonly #lacks = new Map<string, Bundle["lacks"]>();

  constructor(platform: Pick<Platform, "sha256">) {
    this.#platform = platform;
  }

  /** Makes a module of these functions, which imports what tabs have not; its URL is for `openJob` and `job.module`. */
  module(name: string, table: CodeTable, lacks: Bundle["lacks"] = []): URL {
    const url = new URL(`memory:${name}`);
    this.#lacks.set(url.href, lacks);
    this.#modules.set(url.href, table);
    return url;
  }

  readonly bundler: Bundler = {
    bundle: (url) => {
      const table = this.table(url);
      const code = new TextEncoder().encode(url.href);
      const exports = Object.keys(table).filter((key) => typeof table[key] === "function");
      const lacks = this.#lacks.get(url.href) ?? [];
      return Promise.resolve({ digest: this.#digest(url.href), code, exports, lacks, sourceMap: "" });
    },
  };

  /** @throws {SkeinError} `CODE_NOT_BUNDLABLE` */
  table(url: URL): CodeTable {
    const table = this.#modules.get(url.href);
    if (table !== undefined) return table;
    throw new SkeinError("CODE_NOT_BUNDLABLE", `${url.href} can't be read`, { hint: "make it with module()" });
  }

  /** @throws {SkeinError} `CODE_UNKNOWN` */
  byDigest(digest: CodeDigest): CodeTable {
    for (const [href, table] of this.#modules) if (this.#digest(href) === digest) return table;
    throw new SkeinError("CODE_UNKNOWN", `no bundle ${digest}`, { hint: "ship it first" });
  }

  #digest(href: string): CodeDigest {
    const bytes = this.#platform.sha256(new TextEncoder().encode(href));
    // 64 hexadecimal digits, as isCodeDigest wants.
    return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("") as CodeDigest;
  }
}
