import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { FRAME_SCRIPT_HASH, VIEW_SCRIPT_HASH } from "./frame-scripts.ts";

test("the page's policy allows the scripts of a tab's frames", async () => {
  const source = (file: string): Promise<string> =>
    readFile(new URL(`../../../browser-worker/src/${file}`, import.meta.url), "utf8");
  expect(await source("sandbox/frame-page.ts")).toContain(`FRAME_SCRIPT_HASH = "${FRAME_SCRIPT_HASH}"`);
  expect(await source("io/view-page.ts")).toContain(`VIEW_SCRIPT_HASH = "${VIEW_SCRIPT_HASH}"`);
});
