/** How a pool's worker of this machine is confined, as a node's servers are: `guarded`, in a folder of its own. */
import { type Launch, launchOf } from "../isolation/launch.ts";
import { ownCode, packagesFrom } from "../isolation/node-reads.ts";
import { checkProfile } from "../isolation/profile-check.ts";
import { emptyFolder, makeServerFolder } from "../isolation/server-folder.ts";
import { serverLimits } from "../isolation/server-limits.ts";
import { bundlesPath } from "./functions.ts";
import { ownFolder } from "./own-folder.ts";

export interface GuardedLaunch extends Launch {
  /** Its working directory. */
  readonly folder: string;
  /** It has ended: its folder is emptied. */
  ended(): void;
}

let root: string | undefined;

/** @throws {SkeinError} `OPTION_INVALID` when this machine can't confine code so */
export function guardedLaunch(entry: string, workers: number): GuardedLaunch {
  checkProfile("guarded", { entry });
  root ??= ownFolder("skein-pool-workers-");
  const folder = makeServerFolder(root);
  const launch = launchOf({
    confinement: { isolation: "guarded", allow: {} },
    folder,
    entry,
    reads: [...ownCode(), ...packagesFrom(process.cwd()), bundlesPath()],
    environment: process.env,
    ...serverLimits({ servers: workers }),
  });
  // What bundles import of packages is found from the program's folder.
  const args = [...launch.args, process.cwd()];
  // As other workers: Node's warnings about itself are no words of the program.
  const environment = { ...launch.environment, NODE_NO_WARNINGS: "1" };
  return { ...launch, args, environment, folder: folder.work, ended: () => void emptyFolder(folder.path) };
}
