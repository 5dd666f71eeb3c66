/** Where the console's built pages are. */
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** Beside the published package, or where a checkout builds them. */
export function consolePages(): string {
  const published = fileURLToPath(new URL("../pages/console", import.meta.url));
  if (existsSync(published)) return published;
  return fileURLToPath(new URL("../../../web-console/.pages/console", import.meta.url));
}
