import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "skein-hooks-"));
  mkdirSync(join(folder, "code"));
  mkdirSync(join(folder, "elsewhere"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Loads `name` in a process with the hooks and prints what its `same` says. */
function load(name: string): { stdout: string; stderr: string } {
  const url = (path: string): string => JSON.stringify(pathToFileURL(path).href);
  const source = `
    import { bindShippedCode } from ${JSON.stringify(new URL("module-hooks.ts", import.meta.url).href)};
    globalThis.own = await import("@skein/runtime");
    bindShippedCode(${url(join(folder, "code"))} + "/", ${url(folder)} + "/");
    const { same } = await import(${url(join(folder, name))});
    console.log(same);`;
  return spawnSync(process.execPath, ["--input-type=module", "-e", source], {
    encoding: "utf8",
    cwd: new URL(".", import.meta.url),
  });
}

test("shipped code gets the server's own copy of skein under each of its names", () => {
  writeFileSync(
    join(folder, "code/a.mjs"),
    `import { SkeinError as a } from "skein"; import { SkeinError as b } from "skein/node"; import { SkeinError as c } from "@skein/runtime";
     export const same = [a, b, c].every((one) => one === globalThis.own.SkeinError);`,
  );
  expect(load("code/a.mjs").stdout).toBe("true\n");
});

test("code outside the store is not touched", () => {
  writeFileSync(join(folder, "elsewhere/a.mjs"), `import "@skein/runtime"; export const same = true;`);
  expect(load("elsewhere/a.mjs").stderr).toContain("ERR_MODULE_NOT_FOUND");
});

test("packages that a bundle leaves out are the node's own; one that is not installed there is told by name", () => {
  const installed = join(folder, "node_modules/native");
  mkdirSync(installed, { recursive: true });
  writeFileSync(join(installed, "package.json"), `{ "name": "native", "type": "module", "exports": "./index.js" }`);
  writeFileSync(join(installed, "index.js"), `export const same = "installed";`);
  writeFileSync(join(folder, "code/has.mjs"), `export { same } from "native";`);
  writeFileSync(
    join(folder, "code/lacks.mjs"),
    `export const same = await import("@some/where/part").catch((error) => error.code + " " + error.message);`,
  );
  expect(load("code/has.mjs").stdout).toBe("installed\n");
  expect(load("code/lacks.mjs").stdout).toBe(
    "CODE_NOT_BUNDLABLE the package @some/where is not installed at this node\n",
  );
});
