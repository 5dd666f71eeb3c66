import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const run = promisify(execFile);
const readme = readFileSync(join(root, "README.md"), "utf8");
const blocks = Array.from(readme.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm), ([, language, text]) => ({
  language,
  text: text ?? "",
}));

/** Inside the workspace, so that `skein` is found as an installed package would be. */
let folder: string;
beforeAll(() => {
  mkdirSync(join(root, "examples/.pages"), { recursive: true });
  folder = mkdtempSync(join(root, "examples/.pages/readme-"));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

test("the program on the README's first screen compiles, and prints what the README says", async () => {
  const at = blocks.findIndex(({ language }) => language === "ts");
  writeFileSync(join(folder, "first.ts"), blocks[at]!.text);
  await compile(["first.ts"]);
  const { stdout } = await run(process.execPath, [join(folder, "first.ts")]);
  expect(stdout).toBe(blocks[at + 1]!.text);
});

test("the README's job compiles, its module of tasks with it", async () => {
  const [tasks, main] = blocks.filter(({ text }) => /^\/\/ (tasks|main)\.ts/.test(text));
  writeFileSync(join(folder, "tasks.ts"), tasks!.text);
  writeFileSync(join(folder, "main.ts"), main!.text);
  await compile(["main.ts", "tasks.ts"]);
});

async function compile(files: readonly string[]): Promise<void> {
  const config = { extends: "../../../tsconfig.node.json", include: files, exclude: [], references: [] };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(config));
  const tsc = join(root, "node_modules/typescript/bin/tsc");
  await run(process.execPath, [tsc, "-p", folder]).catch((error: unknown) => {
    throw new Error(error instanceof Error && "stdout" in error ? String(error.stdout) : String(error));
  });
}
