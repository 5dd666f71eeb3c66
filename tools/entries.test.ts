import { expect, test } from "vitest";
import { ENTRIES, exportedNames, read } from "./entries.ts";

test.each(ENTRIES)("$file exports again all that $source exports (node tools/entries.ts writes it)", (entry) => {
  expect(exportedNames(read(entry.file), entry.from)).toEqual(exportedNames(read(entry.source)));
});

test("names, types and renamed ones are found, comments are not", () => {
  const text = `export { b, type A, inner as c /* as d */ } from "./x.ts";\n// export { no };\nexport type { E } from "./y.ts";\n`;
  expect(exportedNames(text)).toEqual(["type A", "b", "c", "type E"]);
  expect(exportedNames(text, "./y.ts")).toEqual(["type E"]);
});
