/** Hands on the files that a set-up wrote into its folder: the node gives them to the job's other processes. */
import { type FileSource } from "../contracts/file-source.ts";
import { type Procedures } from "../contracts/procedures.ts";
import { type JobId } from "../ids.ts";
import { type Bulk } from "../peer/bulk.ts";
import { FileSender } from "../peer/files-sender.ts";
import { type Runtime } from "../task/runtime.ts";
import { JOB_FILES } from "./node-files.ts";
import { type ServerPlaces } from "./task-tools.ts";

export interface JobServerFilesOptions {
  readonly runtime: Runtime;
  readonly procedures: Procedures;
  readonly bulk: Bulk;
  readonly places: ServerPlaces | undefined;
  readonly job: JobId;
}

export class JobServerFiles {
  readonly #options: JobServerFilesOptions;
  #before: ReadonlyMap<string, string> = new Map();

  constructor(options: JobServerFilesOptions) {
    this.#options = options;
  }

  /** Keeps in mind what is there. */
  async look(): Promise<void> {
    this.#before = (await this.#options.places?.list()) ?? this.#before;
  }

  /** Sends the node what is new or changed since then. */
  async sendNew(): Promise<void> {
    const { places } = this.#options;
    const openFile = this.#options.runtime.platform.openFile?.bind(this.#options.runtime.platform);
    if (places === undefined || openFile === undefined) return;
    const now = await places.list();
    for (const [path, mark] of now) {
      if (this.#before.get(path) === mark) continue;
      await this.#send(path, await openFile(`${places.files}/${path}`));
    }
  }

  async #send(path: string, source: FileSource): Promise<void> {
    const { runtime, procedures, bulk, job } = this.#options;
    const sender = new FileSender({
      hasher: runtime.platform,
      procedures: { call: (to, name, words, how) => procedures.call(to, `${JOB_FILES}${name}`, words, how) },
      bulk,
    });
    const folder = path.includes("/") ? `/${path.slice(0, path.lastIndexOf("/"))}` : "";
    try {
      await sender.send({
        to: { peer: procedures.self.peer, server: 0 },
        place: { name: path.slice(path.lastIndexOf("/") + 1), to: `${job}${folder}` },
        source,
        overwrite: true,
        progress: () => {},
        signal: new AbortController().signal,
      });
    } finally {
      await source.close();
    }
  }
}
