import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

/** The names in the export lists of a file, `type ` included. */
function namesIn(url: URL, from?: string): string[] {
  const lists = readFileSync(url, "utf8").matchAll(/export \{([^}]*)\} from "([^"]*)"/g);
  return [...lists]
    .filter((list) => from === undefined || list[2] === from)
    .flatMap((list) => (list[1] ?? "").split(","))
    .map((name) => name.replace(/^.* as (?!type)/s, "").trim())
    .filter((name) => name !== "")
    .toSorted();
}

test("everything that @skein/runtime exports is exported again, by name", () => {
  const runtime = namesIn(new URL("../../runtime/src/index.ts", import.meta.url));
  expect(namesIn(new URL("index.ts", import.meta.url), "@skein/runtime")).toEqual(runtime);
});
