import { expect, test } from "vitest";
import { bindImports, ownModule } from "./bind-imports.ts";

test("imports of skein become those of the server's own copy, and lines stay where they are", () => {
  const code = `import { sleep,
  spawn } from "skein";
export { all } from '@skein/runtime';
const later = () => import("skein");
const text = 'import { a } from "skein"'; // import "skein"
export const here = import.meta.url;`;
  const bound = bindImports(code, "blob:own");
  expect(bound.split("\n").length).toBe(code.split("\n").length);
  expect(bound).toContain('spawn } from "blob:own"');
  expect(bound).toContain("from 'blob:own'");
  expect(bound).toContain('import("blob:own")');
  expect(bound).toContain(`'import { a } from "skein"'; // import "skein"`);
});

test("what a tab does not have is refused by its name", () => {
  expect(() => bindImports('import { readFile } from "node:fs/promises";', "blob:own")).toThrow(
    expect.objectContaining({ code: "CODE_NOT_BUNDLABLE", message: expect.stringContaining("node:fs/promises") }),
  );
  expect(() => bindImports('import sharp from "sharp";', "blob:own")).toThrow(/sharp, which is not installed/);
  expect(() => bindImports('import { listen } from "skein/node";', "blob:own")).toThrow(/only Node has/);
});

test("what a tab does not have and only an import() asks for is refused when it is reached", async () => {
  const text = `export const late = () => import(\n"node:fs");\nexport const other = () => import("https://a.example/b.js");`;
  const bound = bindImports(text, "blob:own");
  expect(bound.split("\n").length).toBe(text.split("\n").length);
  expect(bound).toContain('import("https://a.example/b.js")');
  const { late } = await import(/* @vite-ignore */ URL.createObjectURL(new Blob([bound], { type: "text/javascript" })));
  await expect(late()).rejects.toMatchObject({
    code: "CODE_NOT_BUNDLABLE",
    message: "this code imports node:fs, which only Node has: a tab can't run it",
  });
});

test("the module of the server's own copy gives each of its names", async () => {
  const members = { sleep: () => "slept", "not a name": 1 };
  Object.defineProperty(globalThis, "skein.test", { value: members, configurable: true });
  const url = URL.createObjectURL(new Blob([ownModule("skein.test", members)], { type: "text/javascript" }));
  const { sleep, ...rest } = await import(/* @vite-ignore */ url);
  expect(sleep()).toBe("slept");
  expect(Object.keys(rest)).toEqual([]);
});
