import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "acorn";
import { afterAll, beforeAll, expect, test } from "vitest";
import { skein } from "./vite-plugin.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "skein-vite-"));
  await writeFile(join(folder, "tasks.ts"), "export const square = (n: number): number => n * n;\n");
});
afterAll(async () => await rm(folder, { recursive: true, force: true }));

const context = {
  parse: (code: string): unknown => parse(code, { ecmaVersion: "latest", sourceType: "module" }),
  addWatchFile: (): void => undefined,
};
const transformed = (code: string, id = "/page/main.ts", options = {}) =>
  skein().transform.call(context, code, id, options)?.code;

test("a module that a job is given by its URL becomes its bundle, on the same lines", () => {
  const code = [
    'const tasks = await job.module(new URL("./tasks.ts", import.meta.url));',
    "await client.openJob({",
    '  modules: [new URL("./more.ts", import.meta.url), new URL("./tasks.ts",',
    "    import.meta.url)],",
    "});",
  ].join("\n");
  expect(transformed(code)?.split("\n")).toEqual([
    "const tasks = await job.module(__skeinModule0);",
    "await client.openJob({",
    "  modules: [__skeinModule1, __skeinModule0",
    "],",
    "});",
    'import __skeinModule0 from "virtual:skein-module:./tasks.ts";',
    'import __skeinModule1 from "virtual:skein-module:./more.ts";',
  ]);
});

test("other URLs, what is only said in a comment, and programs of Node stay as they are", () => {
  const others = [
    'new Worker(new URL("./tasks.ts", import.meta.url)); modules();',
    '// job.module(new URL("./tasks.ts", import.meta.url))\nmodule(new URL("./tasks.ts", import.meta.url));',
    'job.module(new URL("https://example.org/tasks.js", import.meta.url));',
    'job.module(new URL("./tasks.ts", base), import.meta.url);',
  ];
  for (const code of others) expect(transformed(code)).toBeUndefined();
  const code = 'job.module(new URL("./tasks.ts", import.meta.url));';
  expect(transformed(code, "/page/node_modules/x/main.js")).toBeUndefined();
  expect(transformed(code, "/page/main.ts", { ssr: true })).toBeUndefined();
  expect(transformed(code, "/page/style.css")).toBeUndefined();
});

test("the bundle is a module of its own, found by what the page is given in place of the file's URL", async () => {
  const plugin = skein();
  const id = plugin.resolveId("virtual:skein-module:./tasks.ts", join(folder, "main.ts"));
  const text = (await plugin.load.call(context, id ?? "")) ?? "";
  const [, href = "", digest = ""] = /"(skein:([0-9a-f]{64})\/tasks\.ts)"/.exec(text) ?? [];
  expect(text).toContain(`export default new URL("${href}")`);
  expect(text).toContain('exports: ["square"]');
  const code = await plugin.load.call(context, plugin.resolveId(`virtual:skein-code:${digest}`) ?? "");
  expect(code).toContain("n * n");
  expect(plugin.resolveId("./other.ts", "main.ts")).toBeUndefined();
  expect(await plugin.load.call(context, "/page/other.ts")).toBeUndefined();
});
