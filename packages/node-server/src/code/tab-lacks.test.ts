import { expect, test } from "vitest";
import { tabLacks } from "./tab-lacks.ts";

test("what a tab has not of what a bundle imports is known by name", () => {
  const code = `import { readFile } from "node:fs/promises";
import { all, listen as open, channel as default } from "skein";
export { offload } from "@skein/runtime";
const text = 'import { command } from "skein";';`;
  const left = [
    { path: "node:fs/promises", kind: "import-statement" },
    { path: "node:net", kind: "dynamic-import" },
    { path: "sharp", kind: "dynamic-import" },
    { path: "sharp", kind: "import-statement" },
    { path: "skein", kind: "import-statement" },
  ];
  expect(tabLacks(code, left)).toEqual([
    { name: "node:fs/promises", dynamic: false },
    { name: "node:net", dynamic: true },
    { name: "sharp", dynamic: false },
    { name: "listen of skein", dynamic: false },
  ]);
  expect(tabLacks('import { createRequire as __skeinCreateRequire } from "node:module"; f();', [])).toEqual([
    { name: "node:module", dynamic: false },
  ]);
  expect(tabLacks('import { sleep } from "skein";', [])).toEqual([]);
});
