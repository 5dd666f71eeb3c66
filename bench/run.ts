/** `npm run bench -- NAME…`: runs the benches whose file names contain one of the words, all without; each in a process of its own. */
import { spawn } from "node:child_process";
import { readdirSync } from "node:fs";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const words = process.argv.slice(2);
const here = fileURLToPath(new URL(".", import.meta.url));
/** Files of the harness and helpers of benches; every other `.ts` here is a bench with an exported `run()`. */
const isBench = (name: string): boolean =>
  /^(task|mutex|timers|channel|remote|socket|pool|cluster|job|sim|tab|console)(-[a-z0-9-]+)?\.ts$/.test(name);

const names = readdirSync(here)
  .filter((name) => isBench(name) && !name.endsWith("-peer.ts"))
  .map((name) => name.slice(0, -".ts".length))
  .filter((name) => words.length === 0 || words.some((word) => name.includes(word)))
  .toSorted();

if (names.length === 0) {
  console.error(`no bench is named ${words.join(", ")}`);
  process.exitCode = 2;
}
for (const name of names) {
  const script = `import { run } from ${JSON.stringify(new URL(`${name}.ts`, import.meta.url).href)}; await run(); process.exit(0);`;
  const child = spawn(process.execPath, ["--expose-gc", "--input-type=module", "--eval", script], { stdio: "inherit" });
  const [code] = await once(child, "exit");
  if (code !== 0) {
    console.error(`bench ${name} failed with ${String(code)}`);
    process.exitCode = 1;
  }
}
