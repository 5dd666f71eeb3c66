/** What a small file says. */
import { readFileSync } from "node:fs";

/** `undefined` when there is no such file, or it can't be read. */
export function readText(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
