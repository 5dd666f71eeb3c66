/** What runs on a host that a pool reaches by ssh, as one file: the host's side of the connection, and its workers. */
import { registerHooks } from "node:module";
import { SkeinError } from "@skein/runtime";
import { serveWorker } from "../serve-worker.ts";
import { FAR_WORKER, serveHost } from "./far-host.ts";

export { serveHost };

/** Nothing of ours is installed there. */
const isOurs = (specifier: string): boolean => /^(skein(\/|$)|@skein\/)/.test(specifier);

async function bindCode(codeUrl: string): Promise<void> {
  registerHooks({
    resolve(specifier, context, next) {
      if (isOurs(specifier) && context.parentURL?.startsWith(codeUrl) === true) throw notThere(specifier);
      return next(specifier, context);
    },
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
