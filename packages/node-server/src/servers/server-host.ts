/** `ServerHost` on Node: a child process per lane on an inherited socketpair, confined as it has to be, and one started ahead. */
import { fileURLToPath } from "node:url";
import { type Isolation, type Allow, type Logger, type PeerId, silentLogger, SkeinError } from "@skein/runtime";
import { type Confinement, type ServerHost, type ServerProcess } from "@skein/runtime/host";
import { isolationLack, isSameConfinement, UNCONFINED } from "@skein/runtime/network";
import { launchOf } from "../isolation/launch.ts";
import { endAllOf, endLeftPrograms } from "../isolation/left-programs.ts";
import { ownCode, packagesFrom } from "../isolation/node-reads.ts";
import { checkProfile, offerOf } from "../isolation/profile-check.ts";
import { emptyFolder, makeServerFolder, openServersRoot, type ServersRoot } from "../isolation/server-folder.ts";
import { serverLimits, type ServerLimits } from "../isolation/server-limits.ts";
import { UidRange } from "../isolation/uid-range.ts";
import { type Watched, Watchdog } from "../isolation/watchdog.ts";
import { CancelFile } from "./cancel-file.ts";
import { Guardian } from "./guardian.ts";
import { ServerChild } from "./server-child.ts";

/** After the last start; so that servers started together are not slowed by the spare. */
const SPARE_AFTER_MS = 250;

/** Beside this file: `.ts` while developing, `.js` when published. */
const ENTRY = fileURLToPath(
  new URL(`./server-process${import.meta.url.endsWith(".ts") ? ".ts" : ".js"}`, import.meta.url),
);

export interface NodeServerHostOptions {
  /** The node's own peer. */
  readonly peer: PeerId;
  /** Number of CPU lanes. */
  readonly servers: number;
  /** Folder with code bundles. */
  readonly codePath: string;
  /** The node's data directory: folders of server processes are made in it. */
  readonly dataPath: string;
  /** Folder whose `node_modules` has the packages that jobs name in `packages`. Default: the working directory. */
  readonly packagesPath?: string;
  /** How others' code is confined. Default: `guarded`. */
  readonly isolation?: Isolation;
  /** What others' code may do beyond that, where its job asks for it. */
  readonly allow?: Allow;
  /** Code of the node's own user is run here too, as he wishes: servers are started for it at first. */
  readonly owned?: boolean;
  /** Bytes that a process may have in memory, with those it starts. Default: its part of the machine's. */
  readonly memoryLimitBytes?: number;
  /** Bytes that a process may have in its folder. */
  readonly diskLimitBytes?: number;
  /** Gets `server.output` with the lines servers print, and `server.started`, `server.exited`. */
  readonly logger?: Logger;
  /** What server processes get of the environment, as their profile says. Default: this process's. */
  readonly environment?: NodeJS.ProcessEnv;
}

/**
 * Makes the server host of a node. Each process leads a group of its own, so that what it starts ends with it;
 * all groups end when this process does, also after `kill -9`. Each has a folder of its own, emptied after it.
 *
 * `start` throws `SETUP_FAILED` when the system can't start a process, `ISOLATION_FORBIDS` for a confinement that this
 * machine can't keep, `RUNTIME_CLOSED` after `close`.
 *
 * @throws {SkeinError} `OPTION_INVALID` when this machine can't keep what `isolation` promises: says what to do
 * @example
 * const host = createServerHost({ peer: peer.id, servers: 2, codePath: data.codePath, dataPath: data.path });
 */
export function createServerHost(options: NodeServerHostOptions): ServerHost {
  return new NodeServerHost(options);
}

/** Whether this machine can confine code so. @throws {SkeinError} `OPTION_INVALID` that says what to do */
export const checkServers = (isolation: Isolation = "guarded"): void => checkProfile(isolation, { entry: ENTRY });

class NodeServerHost implements ServerHost {
  readonly servers: number;
  readonly confinement: Confinement;
  readonly #options: NodeServerHostOptions;
  readonly #limits: ServerLimits;
  readonly #logger: Logger;
  readonly #guardian: Guardian;
  readonly #watchdog = new Watchdog();
  readonly #uids = new UidRange();
  readonly #reads: readonly string[];
  readonly #packagesPath: string;
  readonly #root: ServersRoot;
  readonly #processes = new Set<ServerChild>();
  /** Folders of ended processes that are being emptied. */
  readonly #emptying = new Set<Promise<void>>();
  /** What servers are started with before it is known for whom. */
  #usual: Confinement;
  #spare: ServerChild | undefined;
  #spareTimer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(options: NodeServerHostOptions) {
    const { isolation = "guarded", allow = {}, owned = false, packagesPath = process.cwd() } = options;
    checkServers(isolation);
    if (ownUser(isolation)) this.#uids.open();
    this.#options = options;
    this.servers = options.servers;
    this.confinement = offerOf(isolation, allow);
    this.#usual = owned || isolation === "trusted" ? UNCONFINED : { isolation, allow: {} };
    this.#limits = serverLimits(options);
    this.#logger = options.logger ?? silentLogger;
    this.#guardian = new Guardian(this.#logger);
    this.#packagesPath = packagesPath;
    this.#reads = [...new Set([...ownCode(), ...packagesFrom(packagesPath)])];
    this.#root = openServersRoot(options.dataPath, ownUser(isolation));
    void this.#tellLeft();
  }

  async start(server: number, confinement: Confinement = this.#usual): Promise<ServerProcess> {
    this.#mayStart(confinement);
    // Whoever came last may come again; what one job was allowed is not for others.
    if (Object.keys(confinement.allow).length === 0) this.#usual = confinement;
    const child = this.#takeSpare(confinement) ?? this.#spawn(confinement);
    this.#startSpareSoon();
    child.greet({ server, peer: this.#options.peer, packagesPath: this.#packagesPath });
    this.#logger.debug("server.started", { server, pid: child.pid, isolation: confinement.isolation });
    return child;
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#spareTimer);
    const processes = [...this.#processes];
    for (const process of processes) process.kill();
    await Promise.all(processes.map((process) => process.exited));
    await Promise.all([this.#root.cleared, ...this.#emptying]);
    this.#root.close();
    this.#guardian.close();
  }

  /** Trusted code is the owner's, whom nothing here is kept from. */
  #mayStart(confinement: Confinement): void {
    if (confinement.isolation === "trusted") return;
    const lack = isolationLack(confinement, this.confinement);
    if (lack === undefined) return;
    throw new SkeinError("ISOLATION_FORBIDS", `this node can't start such a server: ${lack}`, {
      hint: "start the node with --isolation and --allow for it, or ask for less",
    });
  }

  #takeSpare(confinement: Confinement): ServerChild | undefined {
    const spare = this.#spare;
    if (spare === undefined) return undefined;
    this.#spare = undefined;
    if (isSameConfinement(spare.confinement, confinement)) return spare;
    spare.kill();
    return undefined;
  }

  #startSpareSoon(): void {
    // Not put off by each start: where servers come and go all the time there would never be one.
    this.#spareTimer ??= setTimeout(() => {
      this.#spareTimer = undefined;
      if (this.#closed || this.#spare !== undefined) return;
      try {
        this.#spare = this.#spawn(this.#usual);
      } catch (error) {
        this.#logger.warn("server.no-spare", { error }); // the next start tries again, and tells its caller
      }
    }, SPARE_AFTER_MS).unref();
  }

  #spawn(confinement: Confinement): ServerChild {
    if (this.#closed) {
      throw new SkeinError("RUNTIME_CLOSED", "no server process is started: the node has been closed", {
        hint: "start a new node",
      });
    }
    const uid = ownUser(confinement.isolation) ? this.#uids.take() : undefined;
    const folder = makeServerFolder(this.#root.path, uid);
    const { codePath, environment = process.env } = this.#options;
    const own = uid === undefined ? {} : { uid };
    const launch = launchOf({
      ...this.#limits,
      confinement,
      folder,
      entry: ENTRY,
      reads: this.#reads,
      environment,
      ...own,
    });
    const cancels = this.#cancelFile();
    const child = this.#orEmpty(
      folder.path,
      uid,
      () => new ServerChild({ launch, confinement, folder, uid, cancels, codePath, logger: this.#logger }),
    );
    this.#processes.add(child);
    this.#guardian.watch(-child.pid);
    const { isolation, allow } = confinement;
    const watched: Watched = {
      pid: child.pid,
      ...this.#limits,
      startsOthers: isolation === "trusted" || isolation === "sealed" || allow.run === true,
      folders: [folder.files, folder.work, folder.temporary],
      given: () => child.given.size,
      end: (error: SkeinError): void => child.end(error),
    };
    this.#watchdog.watch(watched);
    void this.#forgetAfter(child, watched, uid);
    return child;
  }

  #orEmpty(folder: string, uid: number | undefined, start: () => ServerChild): ServerChild {
    try {
      return start();
    } catch (error) {
      this.#empty(folder, uid, false);
      throw error;
    }
  }

  async #forgetAfter(child: ServerChild, watched: Watched, uid: number | undefined): Promise<void> {
    const { error, ...how } = await child.exited;
    this.#watchdog.forget(watched);
    this.#processes.delete(child);
    this.#guardian.forget(-child.pid);
    if (this.#spare === child) this.#spare = undefined;
    const why = error === undefined ? {} : { error: error.message };
    this.#logger.debug("server.exited", { server: child.server, pid: child.pid, ...how, ...why });
    this.#empty(child.folder, uid, watched.startsOthers);
  }

  #empty(folder: string, uid: number | undefined, hasPrograms: boolean): void {
    const emptying = this.#emptied(folder, uid, hasPrograms);
    this.#emptying.add(emptying);
    void emptying.finally(() => this.#emptying.delete(emptying));
  }

  /** What it left running is ended, its folder emptied and looked at; its user is nobody's again. */
  async #emptied(folder: string, uid: number | undefined, hasPrograms: boolean): Promise<void> {
    if (uid !== undefined) await endAllOf(uid);
    else if (hasPrograms) await endLeftPrograms(folder);
    const error = await emptyFolder(folder);
    if (error !== undefined) this.#logger.error("server.folder-left", { folder, error });
    else if (uid !== undefined) this.#uids.giveBack(uid);
  }

  async #tellLeft(): Promise<void> {
    for (const error of await this.#root.cleared) this.#logger.error("server.folder-left", { error });
  }

  /** Without one, a task that computes sees its cancel at its next wait only. */
  #cancelFile(): CancelFile | undefined {
    try {
      return new CancelFile();
    } catch (error) {
      this.#logger.warn("server.no-cancel-file", { error });
      return undefined;
    }
  }
}

/** Whether its processes run as users of their own: sealed ones where the node may start such. */
const ownUser = (isolation: Isolation): boolean =>
  isolation === "uid" || (isolation === "sealed" && process.getuid?.() === 0);
