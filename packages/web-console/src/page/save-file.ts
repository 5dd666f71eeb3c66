/** Saves text as a file of the browser's downloads. */
import { MINUTE_MS } from "@skein/runtime";

/** A browser that asks where to save it has begun to read by then. */
const KEPT_MS: number = MINUTE_MS;

export function saveFile(parts: readonly string[], name: string, type: string): void {
  const url = URL.createObjectURL(new Blob([...parts], { type }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), KEPT_MS);
}
