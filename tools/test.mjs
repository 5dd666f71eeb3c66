/** `npm test`: everything that has to pass, in the order in which it is quickest to know. Stops at the first that fails. */
import { ensureBrowser, ensureEngines, ensureInstalled, run, setUp } from "./setup.mjs";

const stepsWith = (engines) => [
  { name: "format", command: "oxfmt", args: ["--check", "."] },
  { name: "types", command: "tsc", args: ["-b"] },
  { name: "lint", command: "oxlint", args: ["--type-aware", "--deny-warnings"] },
  { name: "pages", command: "node", args: ["tools/build-pages.ts"] },
  {
    name: "unit",
    command: "vitest",
    args: ["run", ...["unit-node", "unit-chromium", ...engines].flatMap((project) => ["--project", project])],
  },
  { name: "integration", command: "vitest", args: ["run", "--project", "integration"] },
  { name: "end to end", command: "vitest", args: ["run", "--project", "e2e"] },
];

await setUp(async () => {
  ensureInstalled();
  const extra = { SKEIN_CHROMIUM: ensureBrowser() };
  const steps = stepsWith(ensureEngines());
  let passed = 0;
  for (const { name, command, args } of steps) {
    const startMs = Date.now();
    console.log(`\n── ${name}: ${command} ${args.join(" ")}`);
    const code = await run(command, args, extra);
    if (code !== 0) {
      console.log(`\nnpm test: ${name} failed (exit ${code})`);
      console.log(`steps: ${passed} passed, 1 failed`);
      return 1;
    }
    passed += 1;
    console.log(`── ${name}: ${((Date.now() - startMs) / 1000).toFixed(1)} s`);
  }
  console.log(`\nsteps: ${passed} passed, 0 failed`);
  return 0;
});
