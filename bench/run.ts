/** `npm run bench -- NAME…`: runs the benches whose file names contain one of the words, all without; each in a process of its own. */
import { spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const words = process.argv.slice(2);
const here = fileURLToPath(new URL(".", import.meta.url));
/** Benches export `run()`; every other `.ts` here is the harness or a part of benches. */
const isBench = (name: string): boolean =>
  name.endsWith(".ts") && readFileSync(`${here}${name}`, "utf8").includes("export async function run(");

const names = readdirSync(here)
  .filter(isBench)
  .map((name) => name.slice(0, -".ts".length))
  .filter((name) => words.length === 0 || words.some((word) => name.includes(word)))
  .toSorted();

if (names.length === 0) {
  console.error(`no bench is named ${words.join(", ")}`);
  process.exitCode = 2;
}
for (const name of names) {
  const bench = fileURLToPath(new URL("run-one.ts", import.meta.url));
  const child = spawn(process.execPath, ["--expose-gc", bench, name], { stdio: "inherit" });
  const [code] = await once(child, "exit");
  if (code !== 0) {
    console.error(`bench ${name} failed with ${String(code)}`);
    process.exitCode = 1;
  }
}
