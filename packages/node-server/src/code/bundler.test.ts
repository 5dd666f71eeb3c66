import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { hash } from "node:crypto";
import { Script } from "node:vm";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createBundler } from "./bundler.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "skein-bundler-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const write = (files: Record<string, string>): void => {
  for (const [name, text] of Object.entries(files)) {
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
};
const bundle = (name: string) => createBundler().bundle(pathToFileURL(join(folder, name)));
const text = (code: Uint8Array): string => Buffer.from(code).toString();

const TASKS = {
  "package.json": `{ "name": "app", "type": "module" }`,
  "src/tasks.ts": `import { sleep } from "skein";
import { channel } from "@skein/runtime";
import { readFile } from "node:fs/promises";
import { twice } from "./lib.ts";
enum Unit { one = 1 }
export function* work(n: number) { yield* sleep(Unit.one); return twice(n); }
export const use = (): unknown => [channel, readFile];
export const LIMIT = 3;`,
  "src/lib.ts": `export const twice = (n: number): number => 2 * n;\nexport const unused = "not shipped";`,
};

test("a bundle holds the module and what it imports, with skein and node's modules left as imports", async () => {
  write(TASKS);
  const { code, digest, exports } = await bundle("src/tasks.ts");
  expect(text(code)).toContain("2 * n");
  expect(text(code)).not.toContain("not shipped");
  for (const left of ["skein", "@skein/runtime", "node:fs/promises"]) expect(text(code)).toContain(`from "${left}"`);
  expect(exports.toSorted()).toEqual(["LIMIT", "use", "work"]);
  expect(digest).toBe(hash("sha256", code, "hex"));
});

test("the digest does not depend on the working directory, on where the checkout lies or on where packages lie", async () => {
  write({
    ...TASKS,
    "node_modules/dep/package.json": `{ "name": "dep", "type": "module", "exports": "./index.js" }`,
    "node_modules/dep/index.js": `export const three = 3;`,
    "src/uses-dep.ts": `export { three } from "dep";`,
  });
  for (const [name, to] of Object.entries({
    "package.json": TASKS["package.json"],
    "src/tasks.ts": TASKS["src/tasks.ts"],
    "src/lib.ts": TASKS["src/lib.ts"],
    "src/uses-dep.ts": `export { three } from "dep";`,
  })) {
    write({ [`deeper/copy/${name}`]: to });
  }
  const here = process.cwd();
  const first = await bundle("src/tasks.ts");
  const firstDep = await bundle("src/uses-dep.ts");
  try {
    process.chdir(join(folder, "src"));
    expect((await bundle("src/tasks.ts")).digest).toBe(first.digest);
    expect((await bundle("deeper/copy/src/tasks.ts")).digest).toBe(first.digest);
    expect((await bundle("deeper/copy/src/uses-dep.ts")).digest).toBe(firstDep.digest);
  } finally {
    process.chdir(here);
  }
});

test("the source map names the user's files, and the bundle does not name the map", async () => {
  write(TASKS);
  const { code, sourceMap } = await bundle("src/tasks.ts");
  const { sources }: { sources: string[] } = JSON.parse(sourceMap);
  expect(sources.toSorted()).toEqual(
    ["src/lib.ts", "src/tasks.ts"].map((name) => pathToFileURL(join(folder, name)).href),
  );
  const odd = "a b%20c/é#1.ts";
  write({ [odd]: "export const one = 1;" });
  expect(JSON.parse((await bundle(odd)).sourceMap)).toMatchObject({ sources: [pathToFileURL(join(folder, odd)).href] });
  expect(text(code)).not.toContain("sourceMappingURL");
  expect(text(code)).not.toContain(folder);
});

test("CommonJS packages that require Node's modules run from the bundle", async () => {
  write({
    "package.json": `{ "type": "module" }`,
    "node_modules/old/package.json": `{ "name": "old", "main": "index.js" }`,
    "node_modules/old/index.js": `const path = require("path"); exports.base = (p) => path.basename(p);`,
    "tasks.ts": `import { base } from "old";\nexport const nameOf = (p: string): string => base(p);`,
  });
  const { code } = await bundle("tasks.ts");
  write({ "shipped.mjs": text(code) });
  const shipped: { nameOf: (path: string) => string } = await import(pathToFileURL(join(folder, "shipped.mjs")).href);
  expect(shipped.nameOf("/a/b.txt")).toBe("b.txt");
});

test("a file that can't be bundled is refused with its name, line and column", async () => {
  write({ "package.json": "{}", "tasks.ts": `import { gone } from "./nowhere.ts";\nexport { gone };` });
  await expect(bundle("tasks.ts")).rejects.toMatchObject({
    code: "CODE_NOT_BUNDLABLE",
    message: expect.stringMatching(/tasks\.ts can't be bundled: tasks\.ts:1:\d+: .*nowhere/),
  });
});

test("a native add-on is refused with what to do about it", async () => {
  write({
    "package.json": "{}",
    "addon.node": "binary",
    "tasks.ts": `import addon from "./addon.node";\nexport { addon };`,
  });
  await expect(bundle("tasks.ts")).rejects.toMatchObject({
    code: "CODE_NOT_BUNDLABLE",
    hint: expect.stringContaining("packages"),
  });
});

test("a bundle above the limit is refused before it is sent", async () => {
  write({ "package.json": "{}", "tasks.ts": `export const big = "${"x".repeat(9_000_000)}";` });
  await expect(bundle("tasks.ts")).rejects.toMatchObject({ code: "MESSAGE_TOO_LARGE" });
});

test("only files are bundled", async () => {
  await expect(createBundler().bundle(new URL("https://example.org/tasks.ts"))).rejects.toMatchObject({
    code: "CODE_NOT_BUNDLABLE",
  });
});

test("packages named by the job are left as imports, with what is below them", async () => {
  write({
    "package.json": `{ "type": "module" }`,
    "tasks.ts": `import native from "native";\nimport { part } from "native/part";\nexport const both = (): unknown => [native, part];`,
  });
  await expect(bundle("tasks.ts")).rejects.toMatchObject({ code: "CODE_NOT_BUNDLABLE" });
  const url = pathToFileURL(join(folder, "tasks.ts"));
  const { code } = await createBundler().bundle(url, { packages: ["native"] });
  for (const left of ["native", "native/part"]) expect(text(code)).toContain(`from "${left}"`);
});

test("functions of a program from standard input, which has no file, are bundled with what they use", async () => {
  write({ "lib.js": TASKS["src/lib.ts"].replaceAll(": number", "") });
  const url = pathToFileURL(join(folder, "[eval1]")).href;
  const program = new Script(`const by = 3;\nconst thrice = (n) => n * by;\nthrice`, { filename: url });
  const { find, bundleFunctions } = createBundler();
  const found = find?.(program.runInThisContext());
  const made = await bundleFunctions?.(found ? [found] : []);
  expect(text(made?.code ?? new Uint8Array())).toContain("n * by");
});

test("functions of an installed package travel as its export, bundled or left to the node", async () => {
  write({
    "package.json": `{ "type": "module" }`,
    "node_modules/dep/package.json": `{ "name": "dep", "type": "module", "exports": "./index.js" }`,
    "node_modules/dep/index.js": `const by = 3;\nexport const thrice = (n) => n * by;\nexport const rest = "not shipped";`,
    "main.js": `export { thrice } from "dep";`,
  });
  const main: { thrice: (n: number) => number } = await import(
    /* @vite-ignore */ pathToFileURL(join(folder, "main.js")).href
  );
  const { find, bundleFunctions } = createBundler();
  const found = find?.(main.thrice);
  expect(found).toMatchObject({ key: "dep#thrice", name: "thrice" });
  const whole = text((await bundleFunctions?.(found ? [found] : []))?.code ?? new Uint8Array());
  expect(whole).toContain("n * by");
  expect(whole).not.toContain("not shipped");
  const left = await bundleFunctions?.(found ? [found] : [], { packages: ["dep"] });
  expect(text(left?.code ?? new Uint8Array())).toContain(`from "dep"`);
});

test("what functions of a file share goes in bundles of its own: what needs each other together, else each by itself", async () => {
  write({
    "package.json": `{ "type": "module" }`,
    "work.js": `class Old { static renew() { return new New(); } }
class New extends Old { list = list; }
const list = [];
list.push(Old);
let count = 0;
const BY = 2;
const bump = () => (count += BY);
export const add = () => [bump(), Old.renew() instanceof New];
export const sum = () => count;`,
  });
  type Work = Record<string, () => unknown>;
  const main: Work = await import(/* @vite-ignore */ pathToFileURL(join(folder, "work.js")).href);
  const { find, checkChanges, bundleSharing } = createBundler();
  const [add, sum] = ["add", "sum"].map((name) => find(main[name] ?? (() => undefined)));
  if (add === undefined || sum === undefined) throw new TypeError("found nothing");
  expect(() => checkChanges(sum, [])).toThrow(/sum can't be sent: it uses count, .*work\.js:7/);
  checkChanges(sum, [add]);
  const [ofAdd, ofSum] = await Promise.all([bundleSharing(add), bundleSharing(sum)]);
  expect(ofAdd.beside.map(({ exports }) => exports.filter((name) => !name.startsWith("skein_")))).toEqual([
    ["count"],
    ["New", "Old", "list"],
  ]);
  expect(ofSum.beside[0]?.digest).toBe(ofAdd.beside[0]?.digest);
  for (const { digest, code } of [...ofAdd.beside, ofAdd, ofSum]) write({ [`${digest}.mjs`]: text(code) });
  const load = async (digest: string): Promise<Work> =>
    await import(/* @vite-ignore */ pathToFileURL(join(folder, `${digest}.mjs`)).href);
  const [adds, sums] = [await load(ofAdd.digest), await load(ofSum.digest)];
  expect([sums["sum"]?.(), adds["add"]?.(), sums["sum"]?.()]).toEqual([0, [2, true], 2]);
});
