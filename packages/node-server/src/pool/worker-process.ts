/** The program of a pool's worker process on the pool's own machine. */
import { pathToFileURL } from "node:url";
import { serveWorker } from "./serve-worker.ts";

await serveWorker(async (codeUrl) => {
  const { bindShippedCode } = await import("../code/module-hooks.ts");
  // What bundles import of packages, and of ours, is found from the program's folder.
  bindShippedCode(codeUrl, pathToFileURL(`${process.argv[2] ?? process.cwd()}/`).href);
});
process.exit(0);
