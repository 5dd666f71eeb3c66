import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { withCompileCache } from "./compile-cache.ts";

test("processes we start keep compiled modules in the user's cache folder", () => {
  expect(withCompileCache({})).toEqual({ NODE_COMPILE_CACHE: join(homedir(), ".cache/skein/compiled") });
  expect(withCompileCache({ XDG_CACHE_HOME: "/x" })).toMatchObject({ NODE_COMPILE_CACHE: "/x/skein/compiled" });
});

test("a folder that the user set, or its being switched off, is left as it is", () => {
  for (const set of [{ NODE_COMPILE_CACHE: "/mine" }, { NODE_DISABLE_COMPILE_CACHE: "1" }]) {
    expect(withCompileCache(set)).toEqual(set);
  }
});

test("a program that uses the network keeps what it compiles, unless coverage is measured", () => {
  const folder = mkdtempSync(join(tmpdir(), "skein-compiled-"));
  try {
    const kept = (more: NodeJS.ProcessEnv): boolean => {
      const { NODE_COMPILE_CACHE: _set, NODE_DISABLE_COMPILE_CACHE: _off, ...env } = process.env;
      const program = `
        const { keepCompiled } = await import(${JSON.stringify(new URL("compile-cache.ts", import.meta.url).href)});
        keepCompiled(process.env);
        console.log(process.getBuiltinModule("node:module").getCompileCacheDir()?.startsWith(process.env.XDG_CACHE_HOME));
      `;
      const args = ["--input-type=module", "--eval", program];
      const printed = execFileSync(process.execPath, args, { env: { ...env, XDG_CACHE_HOME: folder, ...more } });
      return printed.toString().trim() === "true";
    };
    expect(kept({})).toBe(true);
    expect(kept({ NODE_DISABLE_COMPILE_CACHE: "1" })).toBe(false);
    expect(kept({ NODE_V8_COVERAGE: join(folder, "coverage") })).toBe(false);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
