import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { VERSION } from "./version.ts";

test.each(["runtime", "node-server", "browser-worker", "web-console", "skein"])(
  "the package %s has the version that skein says it has",
  (name) => {
    const text = readFileSync(new URL(`../../${name}/package.json`, import.meta.url), "utf8");
    expect(JSON.parse(text)).toMatchObject({ version: VERSION });
  },
);
