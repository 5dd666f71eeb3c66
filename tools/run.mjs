/**
 * `node tools/run.mjs [--browser] [--engines] [--pages] COMMAND ARGS…`: installs what is missing, then runs COMMAND with
 * our Node first. `--engines` adds the unit tests' projects of the other browser engines.
 */
import { ensureBrowser, ensureEngines, ensureInstalled, run, setUp } from "./setup.mjs";

const flags = ["--browser", "--engines", "--pages"];

await setUp(async () => {
  const words = process.argv.slice(2);
  const wants = new Set();
  while (flags.includes(words[0])) wants.add(words.shift());
  const [command, ...args] = words;
  ensureInstalled();
  const extra = wants.has("--browser") ? { SKEIN_CHROMIUM: ensureBrowser() } : {};
  if (wants.has("--engines")) for (const project of ensureEngines()) args.push("--project", project);
  if (wants.has("--pages")) {
    const built = await run("node", ["tools/build-pages.ts", "--quiet"]);
    if (built !== 0) return built;
  }
  return await run(command, args, extra);
});
