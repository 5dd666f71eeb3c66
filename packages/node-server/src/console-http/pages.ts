/** The built pages as static files: hashed assets are kept for ever by browsers, the page itself is asked for again. */
import { existsSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import sirv from "sirv";

/** Where the console's pages are: beside the published package, or where a checkout builds them. */
export function consolePages(): string {
  const published = fileURLToPath(new URL("../pages/console", import.meta.url));
  if (existsSync(published)) return published;
  return fileURLToPath(new URL("../../../web-console/.pages/console", import.meta.url));
}

export type ServePage = (request: IncomingMessage, response: ServerResponse, missing: () => void) => void;

/**
 * Serves the files that are below `directory` now, and no others: the list is made once, so no path leads outside.
 * `undefined` when the pages are not built.
 */
export function servePages(directory: string): ServePage | undefined {
  if (!existsSync(join(directory, "index.html"))) return undefined;
  return sirv(directory, {
    etag: true,
    dotfiles: false,
    single: true,
    setHeaders: (response, path) => {
      const kept = path.startsWith("/assets/");
      response.setHeader("Cache-Control", kept ? "public, max-age=31536000, immutable" : "no-cache");
    },
  });
}
