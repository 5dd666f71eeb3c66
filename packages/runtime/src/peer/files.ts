/** Files between peers: the operations that send and remove, and the part that receives. */
import type { FileSource } from "../contracts/file-source.ts";
import { endpointKey, type Endpoint, type Location } from "../contracts/endpoint.ts";
import type { Operation } from "../contracts/operation.ts";
import type { Procedures } from "../contracts/procedures.ts";
import type { WaitOptions } from "../contracts/wait.ts";
import { FILES_AT_ONCE } from "../defaults.ts";
import { errorFrom, SkeinError } from "../errors.ts";
import type { PeerId } from "../ids.ts";
import type { Platform } from "../platform.ts";
import { cancelledError } from "../task/cancelled.ts";
import { Deferred } from "../task/deferred.ts";
import type { Engine } from "../task/engine.ts";
import { opIn } from "../task/op.ts";
import type { Bulk } from "./bulk.ts";
import { LocalTransfers } from "./files-local.ts";
import { filePath } from "./files-path.ts";
import { FileReceiver, type FileReceiverOptions } from "./files-receiver.ts";
import { FileSender } from "./files-sender.ts";
import { memorySource, type NamedBytes } from "./files-source.ts";
import type { PeerOptions } from "./peer-host.ts";
import { Turns } from "./files-turns.ts";
import { FILE_REMOVE, type FilePlace } from "./files-words.ts";

/** Where a file is, at the other peer. */
export interface FilePlaceOptions extends WaitOptions {
  /** A folder below the one that the peer keeps files in: relative, with `/` between its parts. Made when it isn't there. */
  readonly to?: string;
}

export interface SendFileOptions extends FilePlaceOptions {
  /** Whether a file of that name, with another content, is replaced. Default false. */
  readonly overwrite?: boolean;
  /** Called as it goes, about once a MiB. Bytes that were there from an earlier attempt count as sent. */
  readonly progress?: (sentBytes: number, totalBytes: number) => void;
}

/** "unchanged": a file of that name and content was there already. */
export interface FileSent {
  readonly state: "stored" | "unchanged";
}

export interface FileRemoved {
  readonly state: "removed" | "absent";
}

export interface FilesOptions extends Pick<FileReceiverOptions, "logger" | "ownersOf"> {
  /** Where files go and how large they may be, as the peer was told. */
  readonly settings: Pick<PeerOptions, "files" | "maxFileBytes">;
  readonly platform: Platform;
  readonly engine: Engine;
  /** Files sent there stay in this process; absent in a server process, whose peer is another one. */
  readonly self: PeerId | undefined;
  readonly procedures: Procedures;
  readonly bulk: () => Bulk;
  readonly learn: (location: Location) => void;
}

export class Files {
  readonly #options: FilesOptions;
  readonly #local = new LocalTransfers();
  readonly #turns = new Turns(FILES_AT_ONCE);
  readonly #sender: FileSender;
  readonly #receiver: FileReceiver;

  constructor(options: FilesOptions) {
    this.#options = options;
    const { bulk, procedures, platform, self, settings } = options;
    this.#sender = new FileSender({
      hasher: platform,
      procedures,
      bulk: { writer: (to) => (to.peer === self ? this.#local.writer() : bulk().writer(to)) },
    });
    this.#receiver = new FileReceiver({
      ...options,
      store: settings.files,
      maxFileBytes: settings.maxFileBytes,
      hasher: platform,
      bulk: { reader: (from, id) => (from.peer === self ? this.#local.reader(id) : bulk().reader(from, id)) },
    });
  }

  send(to: Location | PeerId, file: string | NamedBytes, options: SendFileOptions = {}): Operation<FileSent> {
    const at = this.#endpoint(to);
    const send = async (signal: AbortSignal): Promise<FileSent> => {
      const source = typeof file === "string" ? await this.#open(file) : memorySource(file);
      try {
        const place = placeOf(source.name, options.to);
        const { overwrite = false, progress = () => {} } = options;
        this.#options.logger.debug("file.send", { to: endpointKey(at), file: source.name, bytes: source.bytes });
        return { state: await this.#sender.send({ to: at, place, source, overwrite, progress, signal }) };
      } finally {
        await source.close();
      }
    };
    const name =
      typeof file === "string" ? file.slice(Math.max(file.lastIndexOf("/"), file.lastIndexOf("\\")) + 1) : file.name;
    const what = `${JSON.stringify(name)} to be sent to ${at.peer}`;
    return this.#acting(what, options, (signal) => this.#turns.run(() => send(signal), signal));
  }

  remove(at: Location | PeerId, name: string, options: FilePlaceOptions = {}): Operation<FileRemoved> {
    const there = this.#endpoint(at);
    return this.#acting(`${JSON.stringify(name)} to be removed at ${there.peer}`, options, async (signal) => {
      const place = placeOf(name, options.to);
      const { procedures } = this.#options;
      const removed = await procedures.call(there, FILE_REMOVE, place, { timeoutMs: Infinity, signal });
      return { state: removed === true ? "removed" : "absent" };
    });
  }

  close(): void {
    this.#receiver.close();
  }

  #endpoint(to: Location | PeerId): Endpoint {
    if (typeof to !== "string") this.#options.learn(to);
    return { peer: typeof to === "string" ? to : to.peer, server: 0 };
  }

  async #open(path: string): Promise<FileSource> {
    const { platform } = this.#options;
    if (platform.openFile !== undefined) return await platform.openFile(path);
    throw new SkeinError("OPTION_INVALID", "there are no files by path here", { hint: "send { name, bytes }" });
  }

  /** Begins at once, and ends with its time, its signal, or the task that waits for it. */
  #acting<T>(what: string, options: WaitOptions, work: (signal: AbortSignal) => Promise<T>): Operation<T> {
    const { engine, logger } = this.#options;
    const abort = new AbortController();
    const stop = (): void => {
      abort.abort(cancelledError(what, "nobody waits for it any more"));
    };
    const result = new Deferred<T>(what, engine).ignore().limit(engine, options, stop);
    work(abort.signal).then(
      (value) => result.resolve(value),
      (error: unknown) => {
        logger.info("file.failed", { what, error: errorFrom(error).message });
        result.reject(error);
      },
    );
    return opIn(
      engine,
      function* () {
        try {
          return yield* result;
        } finally {
          stop();
        }
      },
      [],
    );
  }
}

/** What a peer's files are known by: who comes again with the same invite is the same. */
export const ownersOf = (peer: PeerId, member: { readonly invite?: string } | undefined): readonly string[] =>
  member?.invite === undefined ? [peer] : [peer, member.invite];

function placeOf(name: string, to: string | undefined): FilePlace {
  // A Mac's file names come decomposed; names are compared as they are written.
  const composed = name.normalize("NFC");
  filePath(composed, to);
  return { name: composed, ...(to === undefined ? {} : { to }) };
}
