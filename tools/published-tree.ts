/**
 * Our packages as they are published, in `.published/node_modules`, and the programs of tests beside them: the processes
 * that tests start are what users get, and take half of the time that the sources take. For vitest (`globalSetup`).
 */
import { cpSync, existsSync, mkdirSync, rmSync, symlinkSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { compile } from "./build.ts";
import { stage } from "./published.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const tree = join(root, ".published");

/** What Node loads, by folder; `skein` has the command. */
const PACKAGES = {
  runtime: "@skein/runtime",
  "web-console": "@skein/web-console",
  "node-server": "@skein/node-server",
  skein: "skein",
} as const;

/**
 * Compiles the packages, makes the tree anew, and names it to the tests (`packages/node-server/test/programs.ts`). Where
 * it is named already, `npm test` has made it, and tests that run side by side use the same.
 */
export async function setup(): Promise<void> {
  if (process.env["SKEIN_PUBLISHED"] !== undefined) return;
  compile("skein");
  rmSync(tree, { recursive: true, force: true });
  for (const [folder, name] of Object.entries(PACKAGES)) {
    const target = join(tree, "node_modules", name);
    await stage(folder, target);
    // Packages of others are found above the tree, but for those that this one has in another version.
    const own = join(root, "packages", folder, "node_modules");
    if (existsSync(own)) symlinkSync(own, join(target, "node_modules"), "junction");
  }
  // Those that a checkout builds, as they are when they are asked for.
  const pages = join(tree, "node_modules/@skein/node-server/dist/pages");
  rmSync(pages, { recursive: true, force: true });
  mkdirSync(pages);
  symlinkSync(join(root, "packages/web-console/.pages/console"), join(pages, "console"), "junction");
  symlinkSync(join(root, "packages/browser-worker/.pages/join"), join(pages, "join"), "junction");
  cpSync(join(root, "packages/node-server/test/fixtures"), join(tree, "fixtures"), { recursive: true });
  const examples = join(root, "examples");
  const isProgram = (path: string): boolean => !/^(?:test$|node_modules|\.)/.test(relative(examples, path));
  cpSync(examples, join(tree, "examples"), { recursive: true, filter: isProgram });
  process.env["SKEIN_PUBLISHED"] = tree;
}

if (import.meta.main) await setup();
