/** The built join page as static files: hashed assets are kept for ever by browsers, the page itself is asked for again. */
import { existsSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import sirv from "sirv";

/** Where the join page is: beside the published package, or where a checkout builds it. */
export function joinPages(): string {
  const published = fileURLToPath(new URL("../pages/join", import.meta.url));
  if (existsSync(published)) return published;
  return fileURLToPath(new URL("../../../browser-worker/.pages/join", import.meta.url));
}

export type SendPageFile = (request: IncomingMessage, response: ServerResponse, missing: () => void) => void;

/** Serves the files that are below `directory` now, and no others; `undefined` when the page is not built. */
export function pageFiles(directory: string): SendPageFile | undefined {
  if (!existsSync(join(directory, "index.html"))) return undefined;
  return sirv(directory, {
    etag: true,
    dotfiles: false,
    // Beside each text are its compressed forms: a joining tab downloads a third. Browsers take Brotli by https only.
    gzip: true,
    brotli: true,
    setHeaders: (response, path) => {
      const kept = path.startsWith("/assets/");
      response.setHeader("Cache-Control", kept ? "public, max-age=31536000, immutable" : "no-cache");
    },
  });
}
