/** The text of the program that servers run: one file beside this package's code, fetched when the first one is started. */
import { SkeinError } from "@skein/runtime";
import type { ProgramPart } from "../server/words.ts";

/** Built by `tools/server-program.ts`; in this form bundlers find it and take it along. */
const PROGRAM: URL = new URL("../../program/server.js", import.meta.url);

let text: Promise<string> | undefined;

/** Fetched once. @throws {SkeinError} `ABILITY_UNAVAILABLE` when it is not where it should be */
export function programText(): Promise<string> {
  text ??= fetchText();
  // What failed is tried again.
  text.catch(() => (text = undefined));
  return text;
}

/** What few tasks use: all of it is in this program. */
export const moreParts = (): Promise<readonly ProgramPart[]> => Promise.resolve([]);

async function fetchText(): Promise<string> {
  try {
    const response = await fetch(PROGRAM);
    // Servers of pages with views of their own give the page for files that they don't have.
    const isPage = response.headers.get("content-type")?.startsWith("text/html") === true;
    if (response.ok && !isPage) return await response.text();
    throw new Error(`${PROGRAM.href} gives ${response.ok ? "a page" : response.status}`);
  } catch (cause) {
    throw new SkeinError("ABILITY_UNAVAILABLE", "the program of a tab's servers can't be loaded", {
      hint: "serve the file program/server.js of @skein/browser-worker with the page, and allow it in connect-src",
      cause,
    });
  }
}
