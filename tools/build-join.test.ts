import { expect, test } from "vitest";
import { programParts } from "./build-join.ts";

const chunks = {
  "_a.js": { file: "assets/a.js" },
  "_b.js": { file: "assets/b.js", imports: ["_a.js"], dynamicImports: ["half.ts"] },
  "half.ts": { file: "assets/half.js", imports: ["_b.js"] },
  "../server/main.ts": { file: "assets/main.js", imports: ["_b.js", "_a.js"] },
  "../server/late.ts": { file: "assets/late.js", imports: ["_b.js", "_c.js"] },
  "_c.js": { file: "assets/c.js", imports: ["_a.js"] },
  "../server/no-network.ts": { file: "assets/no.js", imports: ["_a.js"] },
};

test("the servers' program is made of the page's chunks, each after what it imports, without a network", () => {
  expect(programParts(chunks)).toEqual({
    modules: ["./assets/a.js", "./assets/no.js", "./assets/b.js", "./assets/main.js"],
    more: ["./assets/c.js", "./assets/late.js"],
    instead: { "half.js": "no.js" },
  });
});

test("chunks that import each other in a circle make the build fail", () => {
  expect(() => programParts({ ...chunks, "_a.js": { file: "assets/a.js", imports: ["_b.js"] } })).toThrow("circle");
});
