/** `npm start [-- FOLDER --once --compare]`: installs what is missing, then runs the main job on a local cluster. */
import { ensureInstalled, run, setUp } from "./setup.mjs";

await setUp(async () => {
  ensureInstalled();
  return await run("node", ["tools/start.ts", ...process.argv.slice(2)]);
});
