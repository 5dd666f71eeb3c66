/**
 * `npm test`: everything that has to pass, the quickest first. Steps that need nothing of each other run at the same
 * time; after one that fails no other begins, and those that run may end: what they have started ends with them.
 */
import { join } from "node:path";
import { ensureBrowser, ensureEngines, ensureInstalled, ensureSshServer, runBeside, setUp } from "./setup.mjs";

const vitest = (name, ...projects) => ({
  name,
  command: "vitest",
  args: ["run", ...projects.flatMap((project) => ["--project", project])],
});

/** Seconds each, so all are waited for: whoever breaks several reads of all of them. */
const quick = [
  { name: "format", command: "oxfmt", args: ["--check", "."] },
  { name: "types", command: "tsc", args: ["-b"] },
  { name: "lint", command: "oxlint", args: ["--type-aware", "--deny-warnings"] },
  { name: "pages", command: "node", args: ["tools/build-pages.ts"] },
];

/** What those below start, as it is published; once, as they run side by side. */
const published = { name: "published", command: "node", args: ["tools/published-tree.ts"] };

/** Two at a time, as the smallest machines have two cores; the longest first, so that both cores are used to the end. */
const longWith = (engines) => [
  vitest("integration", "integration"),
  vitest("unit", "unit-node", "unit-chromium", ...engines),
  vitest("end to end", "e2e"),
  vitest("unit, Node only", "unit-node-only"),
];

await setUp(async () => {
  ensureInstalled();
  const extra = { SKEIN_CHROMIUM: ensureBrowser() };
  const long = longWith(ensureEngines());
  ensureSshServer();
  const startMs = Date.now();
  const failed = [];
  let passed = 0;
  const perform = async ({ name, command, args }) => {
    const stepMs = Date.now();
    console.log(`── ${name}: ${command} ${args.join(" ")}`);
    const code = await runBeside(name, command, args, extra);
    if (code === 0) {
      passed += 1;
      console.log(`── ${name}: ${((Date.now() - stepMs) / 1000).toFixed(1)} s`);
    } else failed.push({ name, code });
  };
  const report = () => {
    for (const { name, code } of failed) console.log(`\nnpm test: ${name} failed (exit ${code})`);
    console.log(`\nsteps: ${passed} passed, ${failed.length} failed, ${((Date.now() - startMs) / 1000).toFixed(0)} s`);
    return failed.length === 0 ? 0 : 1;
  };

  await Promise.all(quick.map((step) => perform(step)));
  if (failed.length === 0) await perform(published);
  if (failed.length > 0) return report();
  extra.SKEIN_PUBLISHED = join(process.cwd(), ".published");
  const lane = async () => {
    for (let step = long.shift(); step !== undefined && failed.length === 0; step = long.shift()) await perform(step);
  };
  await Promise.all([lane(), lane()]);
  return report();
});
