/** What a node keeps for each job beside its servers: the job's files, and the process in which the node was set up for it. */
import { type Endpoint, sameEndpoint } from "../contracts/endpoint.ts";
import { type Caller } from "../contracts/procedures.ts";
import { JOBS_AT_NODE_LIMIT, SERVER_DISK_BYTES, SERVER_FILES_LIMIT } from "../defaults.ts";
import { errorFrom, SkeinError } from "../errors.ts";
import { type JobId, type LeaseId } from "../ids.ts";
import { type Logger } from "../logger.ts";
import { type FileStore } from "../peer/files-store.ts";
import { type ClusterPeer } from "./cluster-peer.ts";
import { type JobFolder, type JobFolders } from "./contracts.ts";
import { JobSpace } from "./job-space.ts";
import { type Lane } from "./lane.ts";
import { NodeFiles } from "./node-files.ts";
import { parseOfJob, type SetupProcess } from "./setup-words.ts";
import { type Assign } from "./words.ts";

/** Numbers of set-up processes at their node; those of lanes and I/O servers are lower. */
const FIRST_NUMBER = 60_000;
const NUMBERS = 5000;

export interface NodeJobsOptions {
  readonly peer: ClusterPeer;
  readonly logger: Logger;
  /** Absent: jobs can't have files here. */
  readonly folders: JobFolders | undefined;
  /** The node's servers. */
  readonly lanes: () => Iterable<Lane>;
  /** Makes the server of a set-up. */
  readonly newLane: (server: number, onLost: (lane: Lane) => void) => Lane;
}

interface JobHere {
  readonly job: JobId;
  readonly client: Endpoint;
  folder: Promise<JobFolder> | undefined;
  store: FileStore | undefined;
  setup: { readonly lane: Lane; readonly started: Promise<SetupProcess> } | undefined;
}

export class NodeJobs {
  readonly #options: NodeJobsOptions;
  readonly #jobs = new Map<JobId, JobHere>();
  readonly #handles: Disposable[];
  readonly #files: NodeFiles;
  #serial = 0;

  constructor(options: NodeJobsOptions) {
    this.#options = options;
    const { procedures } = options.peer;
    this.#files = new NodeFiles({
      peer: options.peer,
      logger: options.logger,
      maxFileBytes: options.folders?.maxFileBytes,
      open: async (job, caller) => void (await this.#folder(this.#open(job, caller))),
      storeOf: (job) => this.#jobs.get(job)?.store,
      arrived: (job, path) => this.#arrived(job, path),
    });
    this.#handles = [
      procedures.handle("node.job.setup", { parse: parseOfJob }, ({ job }, caller) => this.#setup(job, caller)),
      procedures.handle("node.job.leave", { parse: parseOfJob }, async ({ job }, { endpoint }) => {
        const here = this.#jobs.get(job);
        if (here !== undefined && sameEndpoint(here.client, endpoint)) await this.#leave(job, here);
      }),
      procedures.handle("node.job.reset", { parse: parseOfJob }, ({ job }, { endpoint }) => {
        const here = this.#jobs.get(job);
        if (here !== undefined && sameEndpoint(here.client, endpoint)) this.#endSetup(here);
      }),
      procedures.onLost((matches) => {
        for (const [job, here] of this.#jobs) if (matches(here.client)) void this.#leave(job, here);
      }),
    ];
  }

  /** The process of a set-up by its number. */
  lane(server: number): Lane | undefined {
    if (server < FIRST_NUMBER) return undefined;
    for (const { setup } of this.#jobs.values()) if (setup?.lane.server === server) return setup.lane;
    return undefined;
  }

  /** All processes of set-ups. */
  *lanes(): Generator<Lane, void, undefined> {
    for (const { setup } of this.#jobs.values()) if (setup !== undefined) yield setup.lane;
  }

  /** Where the files of a job are that has any; a process that is given to it gets them. */
  async filesOf(job: JobId): Promise<string | undefined> {
    const folder = await this.#jobs.get(job)?.folder;
    return folder?.path;
  }

  /** Whether both processes work for the same job: they may ask each other for what the set-up gave. */
  areOfOneJob(server: number, asking: Assign | undefined): boolean {
    const own = this.lane(server)?.assigned;
    return own !== undefined && asking?.job === own.job && sameEndpoint(own.client, asking.client);
  }

  async close(): Promise<void> {
    for (const handle of this.#handles) handle[Symbol.dispose]();
    this.#files.close();
    await Promise.all(Array.from(this.#jobs, ([job, here]) => this.#leave(job, here)));
  }

  /** Starts the job's own process, or gives the one that was. */
  #setup(job: JobId, caller: Caller): Promise<SetupProcess> {
    const here = this.#open(job, caller);
    here.setup ??= this.#startSetup(job, here, caller);
    return here.setup.started;
  }

  #startSetup(job: JobId, here: JobHere, caller: Caller): NonNullable<JobHere["setup"]> {
    this.#serial = (this.#serial % NUMBERS) + 1;
    const server = FIRST_NUMBER + this.#serial;
    const lane = this.#options.newLane(server, (lost) => {
      if (here.setup?.lane === lost) here.setup = undefined;
    });
    // A lease and a job have the same form after their prefix; no scheduler gives this one.
    const lease = `l_${job.slice(2)}` as LeaseId;
    const start = async (): Promise<SetupProcess> => {
      try {
        const { assigned, confinement } = this.#laneOf(job, caller);
        await lane.assign({ ...assigned, lease, kind: "io", server }, confinement);
        return { server, lease };
      } catch (error) {
        if (here.setup?.lane === lane) this.#endSetup(here);
        throw error;
      }
    };
    return { lane, started: start() };
  }

  #endSetup(here: JobHere): void {
    here.setup?.lane.close();
    here.setup = undefined;
  }

  async #leave(job: JobId, here: JobHere): Promise<void> {
    if (this.#jobs.get(job) !== here) return;
    this.#jobs.delete(job);
    this.#endSetup(here);
    try {
      await (await here.folder)?.remove();
    } catch (error) {
      this.#options.logger.warn("job.files", { job, error: errorFrom(error).message });
    }
  }

  /** What is kept of the job; it begins with its first server here. @throws {SkeinError} `ROLE_FORBIDS`, `LINK_OVERLOADED` */
  #open(job: JobId, caller: Caller): JobHere {
    const known = this.#jobs.get(job);
    if (known !== undefined && sameEndpoint(known.client, caller.endpoint)) return known;
    const { client } = this.#laneOf(job, caller).assigned;
    if (known !== undefined && sameEndpoint(known.client, client)) return known;
    if (known !== undefined || this.#jobs.size >= JOBS_AT_NODE_LIMIT) {
      throw new SkeinError("LINK_OVERLOADED", `this node keeps something for ${this.#jobs.size} jobs`, {
        hint: "close jobs that are done",
      });
    }
    const here: JobHere = { job, client, folder: undefined, store: undefined, setup: undefined };
    this.#jobs.set(job, here);
    return here;
  }

  /** How the job holds a server here: by its client, or for one of its processes. @throws {SkeinError} `ROLE_FORBIDS` */
  #laneOf(job: JobId, { endpoint }: Caller): { readonly assigned: Assign; readonly confinement: Lane["confinement"] } {
    const own = endpoint.peer === this.#options.peer.id;
    for (const { assigned, server, confinement } of [...this.#options.lanes(), ...this.lanes()]) {
      if (assigned?.job !== job) continue;
      if (sameEndpoint(assigned.client, endpoint) || (own && server === endpoint.server))
        return { assigned, confinement };
    }
    throw new SkeinError("ROLE_FORBIDS", "only a job that holds a server here may keep files and set-ups", {
      hint: "wait until the job has a server at this node: job.servers()",
    });
  }

  #folder(here: JobHere): Promise<JobFolder> {
    const { folders } = this.#options;
    if (folders === undefined) {
      throw new SkeinError("ABILITY_NOT_GRANTED", "this node keeps no files of jobs", { hint: "use another node" });
    }
    here.folder ??= this.#openFolder(folders, here);
    return here.folder;
  }

  async #openFolder(folders: JobFolders, here: JobHere): Promise<JobFolder> {
    try {
      const folder = await folders.open(here.job);
      const { maxBytes = SERVER_DISK_BYTES } = folders;
      here.store = new JobSpace(folder.store, { maxBytes, maxFiles: SERVER_FILES_LIMIT });
      return folder;
    } catch (error) {
      here.folder = undefined;
      throw error;
    }
  }

  /** The processes that the job has here get the file too. */
  async #arrived(job: JobId, path: string): Promise<void> {
    const folder = await this.filesOf(job);
    if (folder === undefined) return;
    const lanes = [...this.#options.lanes(), ...this.lanes()].filter(({ assigned }) => assigned?.job === job);
    await Promise.all(lanes.map((lane) => lane.giveFiles(folder, path)));
  }
}
