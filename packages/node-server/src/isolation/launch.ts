/** How a server process is started under a profile: the command, its environment and the user it runs as. */
import { KIB, MIB } from "@skein/runtime";
import { type Confinement, SERVER_DESCRIPTORS_LIMIT, SERVER_PROCESSES_LIMIT } from "@skein/runtime/host";
import { scrubbedEnvironment, trustedEnvironment } from "./environment.ts";
import { sealedCommand } from "./sealed.ts";
import type { ServerFolder } from "./server-folder.ts";

export interface LaunchOptions {
  readonly confinement: Confinement;
  readonly folder: ServerFolder;
  /** The program, a file of skein's. */
  readonly entry: string;
  /** What it has to read: skein's own code, and packages. */
  readonly reads: readonly string[];
  /** The user it runs as, where not as the node's. */
  readonly uid?: number;
  readonly memoryLimitBytes: number;
  readonly diskLimitBytes: number;
  /** The node's. */
  readonly environment: NodeJS.ProcessEnv;
}

export interface Launch {
  readonly command: string;
  readonly args: readonly string[];
  readonly environment: NodeJS.ProcessEnv;
}

/** Sets the limits that the system lets it set, then becomes the program. A file that grows too large is `EFBIG` to its writer. */
const WITH_LIMITS = `
limit() { (ulimit "$@") 2>/dev/null && ulimit "$@"; }
limit -c 0
limit -n "$1"
limit -f "$2"
[ "$3" = 0 ] || limit -u "$3" || limit -p "$3"
shift 3
exec "$@"
`;
/** `ulimit -f` counts these. */
const BLOCK_BYTES = KIB / 2;
/** Beside the heap, Node has its own code and buffers. */
const BESIDE_HEAP_BYTES = 64 * MIB;

export function launchOf(options: LaunchOptions): Launch {
  const { confinement, folder, entry, reads, environment } = options;
  if (confinement.isolation === "trusted") {
    return { command: process.execPath, args: [entry], environment: trustedEnvironment(environment, folder) };
  }
  const { allow, isolation } = confinement;
  const program = [process.execPath, ...permissions(options), entry];
  const sealed = isolation === "sealed" ? sealedCommand({ folder, allow, reads: [...reads, process.execPath] }) : [];
  const environmentThere = scrubbedEnvironment(environment, folder);
  const [command = "", ...args] = [...limits(options), ...sealed, ...program];
  return { command, args, environment: environmentThere };
}

/** Node's own options: what code may touch, and how large its heap may grow. */
function permissions({ confinement: { allow }, folder, reads, memoryLimitBytes }: LaunchOptions): readonly string[] {
  const heapMib = Math.max(64, Math.floor((memoryLimitBytes - BESIDE_HEAP_BYTES) / MIB));
  const readable = [...reads, folder.path, ...(allow.read ?? []), ...(allow.write ?? [])];
  const writable = [folder.files, folder.work, folder.temporary, ...(allow.write ?? [])];
  return [
    "--permission",
    "--no-experimental-sqlite", // it opens any file past the permissions
    "--disable-warning=SecurityWarning",
    `--max-old-space-size=${heapMib}`,
    ...readable.map((path) => `--allow-fs-read=${path}`),
    ...writable.map((path) => `--allow-fs-write=${path}`),
    ...(allow.run === true ? ["--allow-child-process"] : []),
    ...(allow.threads === true ? ["--allow-worker"] : []),
    ...(allow.addons === true ? ["--allow-addons"] : []),
    ...(allow.net === true && process.allowedNodeEnvironmentFlags.has("--allow-net") ? ["--allow-net"] : []),
  ];
}

function limits({ uid, diskLimitBytes }: LaunchOptions): readonly string[] {
  if (process.platform === "win32") return [];
  const blocks = Math.ceil(diskLimitBytes / BLOCK_BYTES);
  // Counted for each user: it would count all that the node's own user runs.
  const processes = uid === undefined ? 0 : SERVER_PROCESSES_LIMIT;
  return ["/bin/sh", "-c", WITH_LIMITS, "sh", String(SERVER_DESCRIPTORS_LIMIT), String(blocks), String(processes)];
}
