import { homedir } from "node:os";
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
