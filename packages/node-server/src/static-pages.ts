/** Built pages as static files: hashed assets are kept for ever by browsers, the page itself is asked for again. */
import { existsSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { join } from "node:path";
import sirv from "sirv";

export type SendPageFile = (request: IncomingMessage, response: ServerResponse, missing: () => void) => void;

export interface StaticPagesOptions {
  /** Addresses without a file give the page: it has views of its own. */
  readonly single?: boolean;
  /** Beside each text are its compressed forms. Browsers take Brotli by https only. */
  readonly compressed?: boolean;
}

/**
 * Serves the files that are below `directory` now, and no others: the list is made once, so no path leads outside.
 * `undefined` when the pages are not built.
 */
export function staticPages(
  directory: string,
  { single = false, compressed = false }: StaticPagesOptions,
): SendPageFile | undefined {
  if (!existsSync(join(directory, "index.html"))) return undefined;
  return sirv(directory, {
    etag: true,
    dotfiles: false,
    single,
    gzip: compressed,
    brotli: compressed,
    setHeaders: (response, path) => {
      const kept = path.startsWith("/assets/");
      response.setHeader("Cache-Control", kept ? "public, max-age=31536000, immutable" : "no-cache");
    },
  });
}
