/** Where the built join page is. */
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** Beside the published package, or where a checkout builds it. */
export function joinPages(): string {
  const published = fileURLToPath(new URL("../pages/join", import.meta.url));
  if (existsSync(published)) return published;
  return fileURLToPath(new URL("../../../browser-worker/.pages/join", import.meta.url));
}
