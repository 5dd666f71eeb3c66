/** What runs on a host that a pool reaches by ssh, as one file: the host's side of the connection, and its workers. */
import { pathToFileURL } from "node:url";
import { SkeinError } from "@skein/runtime";
import { bindPackages } from "../../code/package-hooks.ts";
import { serveWorker } from "../serve-worker.ts";
import { FAR_WORKER, serveHost } from "./far-host.ts";

export { serveHost };

async function bindCode(codeUrl: string): Promise<void> {
  // Packages are found from the user's home, where ssh begins. Nothing of ours is installed there.
  bindPackages(codeUrl, pathToFileURL(`${process.cwd()}/`).href, (specifier) => {
    throw notThere(specifier);
  });
}

const notThere = (specifier: string): SkeinError =>
  new SkeinError("CODE_NOT_BUNDLABLE", `${specifier} is not there on a host reached by ssh`, {
    hint: "give functions for such hosts what they need as arguments, or use a cluster's nodes",
  });

if (process.argv[2] === FAR_WORKER) {
  await serveWorker(bindCode);
  process.exit(0);
}
