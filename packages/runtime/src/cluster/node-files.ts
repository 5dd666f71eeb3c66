/** Takes the files of jobs at a node: from their clients, and from their own processes there. */
import { type FileSource } from "../contracts/file-source.ts";
import { type Caller, type Procedures } from "../contracts/procedures.ts";
import { isJobId, type JobId } from "../ids.ts";
import { type Logger } from "../logger.ts";
import { checkFirst, type FilePath } from "../peer/files-path.ts";
import { FileReceiver } from "../peer/files-receiver.ts";
import { type FileDraft, type FileStore, type FileThere } from "../peer/files-store.ts";
import { FILE_PUT } from "../peer/files-words.ts";
import { invalidFrame } from "../wire/frames.ts";
import { type ClusterPeer } from "./cluster-peer.ts";

/** Before the names of the procedures by which peers send each other files: those of jobs have a folder of their own. */
export const JOB_FILES = "node.";

export interface NodeFilesOptions {
  readonly peer: ClusterPeer;
  readonly logger: Logger;
  readonly maxFileBytes: number | undefined;
  /** Opens the folder of a job that the caller may write to. @throws {SkeinError} `ROLE_FORBIDS` */
  readonly open: (job: JobId, caller: Caller) => Promise<void>;
  /** What was opened for a job. */
  readonly storeOf: (job: JobId) => FileStore | undefined;
  /** A file is there, by its path below the job's folder. */
  readonly arrived: (job: JobId, path: string) => Promise<void>;
}

/** Whoever may write to a job's folder may change all of it. */
const OWNER = ["job"];

export class NodeFiles {
  readonly #receiver: FileReceiver;

  constructor({ peer, logger, maxFileBytes, open, storeOf, arrived }: NodeFilesOptions) {
    const { platform } = peer.runtime;
    const handle: Procedures["handle"] = (name, options, handler) =>
      peer.procedures.handle(`${JOB_FILES}${name}`, options, async (args, caller) => {
        const [job, ...path] = pathOf(args);
        if (!isJobId(job)) throw invalidFrame("a file is of no job");
        checkFirst(path[0]);
        await open(job, caller);
        const answer: unknown = await handler(args, caller);
        if (name === FILE_PUT && answer !== "again") await arrived(job, path.join("/"));
        return answer;
      });
    this.#receiver = new FileReceiver({
      hasher: platform,
      procedures: { handle },
      bulk: peer.bulk,
      logger,
      store: new JobStore(storeOf),
      maxFileBytes,
      ownersOf: () => OWNER,
    });
  }

  close(): void {
    this.#receiver.close();
  }
}

/** What the arguments of a file's procedure are about: its path, or what has it as `path`. */
function pathOf(args: unknown): readonly unknown[] {
  const path: unknown = typeof args === "object" && args !== null && "path" in args ? args.path : args;
  return Array.isArray(path) ? path : [];
}

/** The stores of all jobs as one: the first part of a path is the job. */
class JobStore implements FileStore {
  readonly #storeOf: (job: JobId) => FileStore | undefined;

  constructor(storeOf: (job: JobId) => FileStore | undefined) {
    this.#storeOf = storeOf;
  }

  look(path: FilePath): Promise<(FileThere & { readonly owners: readonly string[] }) | undefined> {
    return this.#of(path).look(path.slice(1));
  }

  kept(path: FilePath, bytes: number): Promise<number> {
    return this.#of(path).kept(path.slice(1), bytes);
  }

  open(path: FilePath): Promise<FileSource> {
    return this.#of(path).open(path.slice(1));
  }

  draft(path: FilePath, bytes: number, resume: boolean): Promise<FileDraft> {
    return this.#of(path).draft(path.slice(1), bytes, resume);
  }

  remove(path: FilePath): Promise<boolean> {
    return this.#of(path).remove(path.slice(1));
  }

  #of([job]: FilePath): FileStore {
    const store = isJobId(job) ? this.#storeOf(job) : undefined;
    if (store === undefined) throw invalidFrame("a file is of no job");
    return store;
  }
}
