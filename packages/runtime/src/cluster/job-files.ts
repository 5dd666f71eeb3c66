/** Files of a job: sent to each of its nodes once, before the first server there has tasks, and to single nodes later. */
import { type FileSource } from "../contracts/file-source.ts";
import { type Operation } from "../contracts/operation.ts";
import { FILES_AT_ONCE } from "../defaults.ts";
import { SkeinError } from "../errors.ts";
import { type JobId, type NodeId } from "../ids.ts";
import { type FileSent, type SendFileOptions } from "../peer/files.ts";
import { filePath, pathKey } from "../peer/files-path.ts";
import { FileSender } from "../peer/files-sender.ts";
import { memorySource, type NamedBytes } from "../peer/files-source.ts";
import { Turns } from "../peer/files-turns.ts";
import { Deferred } from "../task/deferred.ts";
import { type ClusterPeer } from "./cluster-peer.ts";
import { JobFilesShown } from "./job-files-shown.ts";
import { JOB_FILES } from "./node-files.ts";

/** A file of a job: by its path here, or bytes or a Blob under a name; with `to`, in that folder below the job's. */
export type JobFile = string | NamedBytes | { readonly file: string | NamedBytes; readonly to: string };

export interface JobFilesOptions {
  readonly peer: ClusterPeer;
  readonly job: JobId;
  /** What every node of the job gets. */
  readonly files: readonly JobFile[];
}

export class JobFiles {
  readonly #options: JobFilesOptions;
  readonly #sender: FileSender;
  readonly #turns = new Turns(FILES_AT_ONCE);
  readonly #there = new Map<NodeId, Promise<void>>();
  readonly #abort = new AbortController();
  /** For those who look. */
  readonly shown: JobFilesShown;

  constructor(options: JobFilesOptions) {
    this.#options = options;
    const { peer, job } = options;
    this.shown = new JobFilesShown(job);
    this.#sender = new FileSender({
      hasher: peer.runtime.platform,
      procedures: { call: (to, name, words, how) => peer.procedures.call(to, `${JOB_FILES}${name}`, words, how) },
      bulk: peer.bulk,
    });
  }

  /** Whether nodes keep a file of this job. */
  get any(): boolean {
    return this.#options.files.length > 0;
  }

  /**
   * Whether they can be read, and have a place each; before any is sent.
   * @throws {SkeinError} `FILE_FAILED`, `PATH_FORBIDDEN`, `OPTION_INVALID` for two of one name
   */
  async check(): Promise<void> {
    const names = await Promise.all(
      this.#options.files.map((one) =>
        this.#turns.run(async () => {
          const { file, to } = partsOf(one);
          const source = typeof file === "string" ? await this.#open(file) : memorySource(file);
          await source.close();
          const path = filePath(source.name.normalize("NFC"), to);
          this.shown.known(path.join("/"), source.bytes);
          return path;
        }, this.#abort.signal),
      ),
    );
    const seen = new Set<string>();
    for (const name of names) {
      const key = pathKey(name);
      if (!seen.has(key)) seen.add(key);
      else {
        throw new SkeinError("OPTION_INVALID", `two of the job's files are ${JSON.stringify(name.join("/"))}`, {
          hint: "give one of them another folder: { file, to }; names that differ only in case are the same on some systems",
        });
      }
    }
  }

  /** Sees to it that the node has the job's files. A failure is forgotten: the next call tries again. */
  ensure(node: NodeId): Promise<void> {
    const known = this.#there.get(node);
    if (known !== undefined) return known;
    const sent = this.#sendAll(node);
    this.#there.set(node, sent);
    void sent.then(undefined, () => {
      if (this.#there.get(node) === sent) this.#there.delete(node);
    });
    return sent;
  }

  /** The node may have lost what it had. */
  forget(node: NodeId): void {
    this.#there.delete(node);
    this.shown.forget(node);
  }

  /** Acts at once; its time and signal end the transfer. */
  send(node: NodeId, file: string | NamedBytes, options: SendFileOptions = {}): Operation<FileSent> {
    const { engine } = this.#options.peer.runtime;
    const abort = new AbortController();
    const sent = new Deferred<FileSent>(`a file to be sent to ${node}`, engine).ignore();
    const signal = AbortSignal.any([this.#abort.signal, abort.signal]);
    this.#send(node, file, options, signal).then(
      (state) => sent.resolve({ state }),
      (error: unknown) => sent.reject(error),
    );
    return sent.limit(engine, options, () => abort.abort());
  }

  close(): void {
    this.#abort.abort(new SkeinError("JOB_CLOSED", "the job is closed", { hint: "nothing to do" }));
  }

  async #sendAll(node: NodeId): Promise<void> {
    const { signal } = this.#abort;
    await Promise.all(
      this.#options.files.map(async (one) => {
        const { file, to } = partsOf(one);
        await this.#send(node, file, { overwrite: true, ...(to === undefined ? {} : { to }) }, signal);
      }),
    );
  }

  #send(
    node: NodeId,
    file: string | NamedBytes,
    { to, overwrite = false, progress = () => {} }: SendFileOptions,
    signal: AbortSignal,
  ): Promise<FileSent["state"]> {
    const { job } = this.#options;
    return this.#turns.run(async () => {
      const source = typeof file === "string" ? await this.#open(file) : memorySource(file);
      const name = source.name.normalize("NFC");
      let ended: ReturnType<JobFilesShown["begins"]> | undefined;
      /** Its digest, once it is at the node. */
      let there: Uint8Array | undefined;
      try {
        ended = this.shown.begins(filePath(name, to).join("/"), source.bytes, node);
        const place = { name, to: to === undefined ? job : `${job}/${to}` };
        let digest: Uint8Array | undefined;
        const state = await this.#sender.send({
          to: { peer: node, server: 0 },
          place,
          source,
          overwrite,
          progress,
          signal,
          onDigest: (whole) => (digest = whole),
        });
        there = digest;
        return state;
      } finally {
        ended?.(there);
        await source.close();
      }
    }, signal);
  }

  async #open(path: string): Promise<FileSource> {
    const { platform } = this.#options.peer.runtime;
    if (platform.openFile !== undefined) return await platform.openFile(path);
    throw new SkeinError("OPTION_INVALID", "there are no files by path here", { hint: "send { name, bytes }" });
  }
}

const partsOf = (one: JobFile): { readonly file: string | NamedBytes; readonly to: string | undefined } =>
  typeof one === "object" && "file" in one ? one : { file: one, to: undefined };
