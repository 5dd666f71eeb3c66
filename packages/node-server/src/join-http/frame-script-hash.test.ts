import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { FRAME_SCRIPT_HASH } from "./frame-script-hash.ts";

test("the page's policy allows the script of a tab's frames", async () => {
  const source = new URL("../../../browser-worker/src/sandbox/frame-page.ts", import.meta.url);
  expect(await readFile(source, "utf8")).toContain(`FRAME_SCRIPT_HASH = "${FRAME_SCRIPT_HASH}"`);
});
