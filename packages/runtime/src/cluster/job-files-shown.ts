/** What a job's client tells those who look of the job's files: which there are, and where they are. */
import { JOB_FILES_SHOWN_LIMIT } from "../defaults.ts";
import { dropOldest } from "../drop-oldest.ts";
import { type JobId, type NodeId } from "../ids.ts";
import { toHex } from "../peer/token.ts";
import { type JobFileInfo } from "./observed.ts";

interface Shown {
  bytes: number;
  digest: string | undefined;
  readonly there: Set<NodeId>;
  /** How often it is under way to a node. */
  sending: number;
}

export class JobFilesShown {
  readonly #job: JobId;
  /** By their paths, in the order in which they came. */
  readonly #files = new Map<string, Shown>();

  constructor(job: JobId) {
    this.#job = job;
  }

  /** Nodes will get it. */
  known(path: string, bytes: number): void {
    this.#file(path).bytes = bytes;
  }

  /** It is under way to a node; to be told of its end. @returns what takes that: the digest, or nothing when it failed */
  begins(path: string, bytes: number, node: NodeId): (digest: Uint8Array | undefined) => void {
    const file = this.#file(path);
    file.bytes = bytes;
    file.sending += 1;
    return (digest) => {
      file.sending -= 1;
      if (digest === undefined) return;
      file.digest = toHex(digest);
      file.there.add(node);
    };
  }

  /** The node may have lost what it had. */
  forget(node: NodeId): void {
    for (const { there } of this.#files.values()) there.delete(node);
  }

  list(): readonly JobFileInfo[] {
    return Array.from(this.#files, ([path, { bytes, digest, there, sending }]) => ({
      job: this.#job,
      path,
      bytes,
      ...(digest === undefined ? {} : { digest }),
      there: there.size,
      sending,
    }));
  }

  #file(path: string): Shown {
    let file = this.#files.get(path);
    if (file === undefined) {
      file = { bytes: 0, digest: undefined, there: new Set(), sending: 0 };
      this.#files.set(path, file);
      dropOldest(this.#files, JOB_FILES_SHOWN_LIMIT);
    }
    return file;
  }
}
