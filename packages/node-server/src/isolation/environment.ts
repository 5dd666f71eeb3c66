/** The environment of server processes: the node's own for trusted code, next to nothing for everybody else's. */
import { withCompileCache } from "../compile-cache.ts";
import { SERVER_MARK } from "./left-programs.ts";
import type { ServerFolder } from "./server-folder.ts";

/** What says how text and time are written here, and where programs are. */
const KEPT = /^(PATH|LANG|LC_[A-Z]+|TZ|SystemRoot|windir|PATHEXT|COMSPEC)$/i;

/** This process's environment, without what lets somebody into clusters; a debugger's port can be taken only once. */
export function trustedEnvironment(environment: NodeJS.ProcessEnv, folder: ServerFolder): NodeJS.ProcessEnv {
  const { NODE_OPTIONS: options, SKEIN_SECRET: _secret, SKEIN_CLUSTER: _cluster, ...rest } = environment;
  const kept = options?.split(/\s+/).filter((option) => !option.startsWith("--inspect")) ?? [];
  const marked = { ...rest, [SERVER_MARK]: folder.path };
  return withCompileCache(kept.length === 0 ? marked : { ...marked, NODE_OPTIONS: kept.join(" ") });
}

/** Where programs are, how to write text and time, and the process's own folder: no name, token or path of the node. */
export function scrubbedEnvironment(environment: NodeJS.ProcessEnv, folder: ServerFolder): NodeJS.ProcessEnv {
  const kept = Object.entries(environment).filter(([name]) => KEPT.test(name));
  const { work, temporary } = folder;
  // It could not write the cache, and would only try to.
  return {
    ...Object.fromEntries(kept),
    HOME: work,
    TMPDIR: temporary,
    TEMP: temporary,
    NODE_DISABLE_COMPILE_CACHE: "1",
    [SERVER_MARK]: folder.path,
  };
}
