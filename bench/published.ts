/** The packages as users install them, for programs whose memory is measured: stripping types while running takes 40 MB. */
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { transform } from "esbuild";
import { compile } from "../tools/build.ts";
import { stage } from "../tools/published.ts";

/** Below the repository, so that packages of others are found. */
const folder = fileURLToPath(new URL("../node_modules/.cache/skein-published", import.meta.url));

/** Builds and lays out the packages that a program of tasks needs, and beside them `program`, as {@link stripped} does. */
export async function publish(program: string): Promise<string> {
  compile("skein");
  rmSync(folder, { recursive: true, force: true });
  await stage("runtime", join(folder, "node_modules/@skein/runtime"));
  await stage("node-server", join(folder, "node_modules/@skein/node-server"));
  await stage("skein", join(folder, "node_modules/skein"));
  return await stripped(program);
}

/** Writes `program`, which imports no other file, as JavaScript beside the packages; gives its path. */
export async function stripped(program: string): Promise<string> {
  const { code } = await transform(readFileSync(program, "utf8"), { loader: "ts", target: "es2024" });
  const path = join(folder, `${basename(program, ".ts")}.mjs`);
  writeFileSync(path, code);
  return path;
}
