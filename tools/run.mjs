/** `node tools/run.mjs [--browser] [--pages] COMMAND ARGS…`: installs what is missing, then runs COMMAND with our Node first. */
import { ensureBrowser, ensureInstalled, run, setUp } from "./setup.mjs";

await setUp(async () => {
  const words = process.argv.slice(2);
  const wants = new Set();
  while (words[0] === "--browser" || words[0] === "--pages") wants.add(words.shift());
  const [command, ...args] = words;
  ensureInstalled();
  const extra = wants.has("--browser") ? { SKEIN_CHROMIUM: ensureBrowser() } : {};
  if (wants.has("--pages")) {
    const built = await run("node", ["tools/build-pages.ts"]);
    if (built !== 0) return built;
  }
  return await run(command, args, extra);
});
