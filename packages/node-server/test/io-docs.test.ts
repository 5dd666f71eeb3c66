import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const run = promisify(execFile);
const blocks = Array.from(
  readFileSync(join(root, "docs/io.md"), "utf8").matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm),
  ([, language = "", text = ""]) => ({ language, text }),
);
const programs = blocks
  .map((block, index) => ({ ...block, name: `program-${index}.ts`, next: blocks[index + 1] }))
  .filter(({ language }) => language === "ts");

/** Inside the workspace, so that `skein` is found as an installed package would be. */
let folder: string;
beforeAll(() => {
  mkdirSync(join(root, "examples/.pages"), { recursive: true });
  folder = mkdtempSync(join(root, "examples/.pages/io-"));
  for (const { name, text } of programs) writeFileSync(join(folder, name), `${text}\nexport {};\n`);
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

test("the programs of docs/io.md compile", async () => {
  const config = { extends: "../../../tsconfig.node.json", include: ["*.ts"], exclude: [], references: [] };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(config));
  const tsc = join(root, "node_modules/typescript/bin/tsc");
  await run(process.execPath, [tsc, "-p", folder]).catch((error: unknown) => {
    throw new Error(error instanceof Error && "stdout" in error ? String(error.stdout) : String(error));
  });
  expect(programs.length).toBeGreaterThan(5);
});

test.skipIf(process.platform === "win32")("the programs of docs/io.md print what the page says", async () => {
  const printing = programs.filter(({ next }) => next?.language === "text");
  expect(printing.length).toBeGreaterThan(4);
  const outputs = await Promise.all(
    printing.map(async ({ name }) => (await run(process.execPath, [join(folder, name)], { cwd: folder })).stdout),
  );
  expect(outputs).toEqual(printing.map(({ next }) => next?.text));
});
