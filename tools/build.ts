/** `npm run build`: compiles every package to its `dist`, as it is published, and builds the pages. */
import { cpSync, globSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { squeezeGzip } from "./build-join.ts";
import { buildPages } from "./build-pages.ts";
import { buildServerProgram } from "./server-program.ts";

const root = fileURLToPath(new URL("..", import.meta.url));

/** Compiles packages; their `dist` then holds JavaScript and source maps. */
export function compile(...packages: readonly string[]): void {
  execFileSync("tsc", ["-b", ...packages.map((name) => `packages/${name}`)], {
    cwd: root,
    stdio: "inherit",
    shell: process.platform === "win32",
  });
}

/** Compiles the packages; their `dist` then holds JavaScript, declarations and source maps, and node-server's the pages too. */
export async function build(): Promise<void> {
  compile("skein", "web-console");
  for (const file of globSync("packages/*/dist/**/*.d.ts", { cwd: root })) rewriteImports(join(root, file));
  await buildServerProgram();
  await buildPages();
  for (const [page, built] of [
    ["console", "packages/web-console/.pages/console"],
    ["join", "packages/browser-worker/.pages/join"],
  ] as const) {
    const pages = join(root, "packages/node-server/dist/pages", page);
    rmSync(pages, { recursive: true, force: true });
    cpSync(join(root, built), pages, { recursive: true });
    await squeezeGzip(pages);
  }
}

/** The compiler rewrites `./x.ts` to `./x.js` in JavaScript but not in declarations. */
function rewriteImports(file: string): void {
  const text = readFileSync(file, "utf8");
  const rewritten = text.replaceAll(/((?:from|import)\s*\(?\s*")(\.{1,2}\/[^"]+)\.tsx?"/g, '$1$2.js"');
  if (rewritten !== text) writeFileSync(file, rewritten);
}

if (import.meta.main) await build();
