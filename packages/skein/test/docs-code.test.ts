import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { programsFolder } from "../../node-server/test/programs.ts";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const run = promisify(execFile);

interface Program {
  readonly page: string;
  readonly path: string;
  readonly text: string;
  /** What the page says it prints, where it does. */
  readonly prints: string | undefined;
}

/** A block of `ts`; `<!-- file: NAME -->` before it names it, a block of `text` right after it is what it prints. */
function programsOf(page: string): Program[] {
  const text = readFileSync(join(root, "docs", page), "utf8");
  const blocks = text.matchAll(
    /(?:<!-- file: (\S+) -->\n)?^```ts\n([\s\S]*?)^```\n(?:\n?^```text\n([\s\S]*?)^```$)?/gm,
  );
  return Array.from(blocks, ([, name, code = "", prints], index) => ({
    page,
    path: join(basename(page, ".md"), name ?? `program-${index + 1}.ts`),
    text: code,
    prints,
  }));
}

// docs/io.md needs files and ports beside it: packages/node-server/test/io-docs.test.ts runs it.
const pages = readdirSync(join(root, "docs")).filter((name) => name.endsWith(".md") && name !== "io.md");
const programs = pages.flatMap((page) => programsOf(page));
const printing = programs.filter(({ prints }) => prints !== undefined);

/** Inside the workspace, so that its types of `skein` are found. */
let folder: string;
/** Where they run. */
const running = join(programsFolder, "docs");
beforeAll(() => {
  mkdirSync(join(root, "examples/.pages"), { recursive: true });
  folder = mkdtempSync(join(root, "examples/.pages/docs-"));
  for (const path of [folder, running]) for (const program of programs) write(path, program);
});
afterAll(() => {
  rmSync(folder, { recursive: true });
  rmSync(running, { recursive: true });
});

function write(below: string, { path, text }: Program): void {
  mkdirSync(dirname(join(below, path)), { recursive: true });
  writeFileSync(join(below, path), text);
}

test("the programs of the docs compile", async () => {
  expect(programs.length).toBeGreaterThan(20);
  const config = { extends: "../../../tsconfig.node.json", include: ["**/*.ts"], exclude: [], references: [] };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(config));
  const tsc = join(root, "node_modules/typescript/bin/tsc");
  const output = await run(process.execPath, [tsc, "-p", folder, "--pretty", "false"], { cwd: folder }).then(
    () => "",
    (error: unknown) => (error instanceof Error && "stdout" in error ? String(error.stdout) : String(error)),
  );
  // The sources behind `skein` are checked by `npm run typecheck`.
  expect(output.split("\n").filter((line) => line !== "" && !line.startsWith("../") && !line.startsWith(" "))).toEqual(
    [],
  );
});

for (const { page } of new Map(printing.map((program) => [program.page, program])).values()) {
  test.concurrent(`the programs of docs/${page} print what the page says`, async () => {
    const own = printing.filter((program) => program.page === page);
    for (const { path, prints } of own) {
      const { stdout } = await run(process.execPath, [join(running, path)]);
      expect(`${path}\n${stdout}`).toBe(`${path}\n${prints}`);
    }
  });
}
