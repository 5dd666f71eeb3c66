/** `npm run gates -- NAME…`: the full-size proofs of each issue's "must show", with their time limits; without NAME it lists them. */
import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type Gate } from "./gates/gate.ts";

const here = fileURLToPath(new URL("gates/", import.meta.url));
const names = readdirSync(here)
  .filter((name) => name.endsWith(".ts") && name !== "gate.ts")
  .map((name) => name.slice(0, -".ts".length))
  .toSorted();

/** Every file of `gates/` but `gate.ts` exports one `gate`. */
const load = async (name: string): Promise<Gate> =>
  ((await import(`./gates/${name}.ts`)) as { readonly gate: Gate }).gate;

const wanted = process.argv.slice(2);
if (wanted.length === 0) {
  for (const name of names) console.log(`${name.padEnd(20)} ${(await load(name)).proves}`);
} else {
  const unknown = wanted.filter((name) => name !== "all" && !names.includes(name));
  if (unknown.length > 0) {
    console.error(`no gate is named ${unknown.join(", ")}; there are: ${names.join(", ")}`);
    process.exit(2);
  }
  let failed = 0;
  const chosen = wanted.includes("all") ? names : wanted;
  for (const name of chosen) failed += (await passes(name)) ? 0 : 1;
  console.log(`gates: ${chosen.length - failed} passed, ${failed} failed`);
  process.exit(failed === 0 ? 0 : 1);
}

async function passes(name: string): Promise<boolean> {
  const gate = await load(name);
  const startMs = performance.now();
  console.log(`── ${name}: ${gate.proves}`);
  try {
    await gate.run();
    const tookMs = performance.now() - startMs;
    const inTime = tookMs <= gate.limitMs;
    console.log(
      `── ${name}: ${inTime ? "passed" : `took longer than ${gate.limitMs / 1000} s`} (${(tookMs / 1000).toFixed(1)} s)`,
    );
    return inTime;
  } catch (error) {
    console.log(`── ${name}: failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    return false;
  }
}
