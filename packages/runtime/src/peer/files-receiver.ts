/** Receives files of other peers: who may, how much, and that a whole file is under its name or none. */
import type { Caller, Procedures } from "../contracts/procedures.ts";
import type { Endpoint, Role } from "../contracts/endpoint.ts";
import { FILE_BLOCK_BYTES, FILE_LIMIT_BYTES, FILES_TAKEN_AT_ONCE } from "../defaults.ts";
import { errorFrom, isSkeinError, SkeinError } from "../errors.ts";
import type { PeerId } from "../ids.ts";
import type { Logger } from "../logger.ts";
import { invalidFrame } from "../wire/frames.ts";
import type { BulkReader } from "./bulk.ts";
import { digestOf, FileDigest, type Hasher, sameDigest } from "./files-digest.ts";
import { type FilePath, pathKey } from "./files-path.ts";
import type { FileDraft, FileStore } from "./files-store.ts";
import {
  FILE_LOOK,
  FILE_PUT,
  FILE_REMOVE,
  fileExists,
  type FileLooked,
  type FilePutAnswer,
  parseLook,
  parsePut,
  parseRemove,
} from "./files-words.ts";

/** Who may send files. Not tabs, but for their own jobs, and not viewers. */
const ROLES: readonly Role[] = ["scheduler", "operator", "client", "node", "peer"];

type Reader = Pick<BulkReader, "read" | "trailer" | "cancel">;
type Put = ReturnType<typeof parsePut>;

export interface FileReceiverOptions {
  readonly hasher: Hasher;
  readonly procedures: Pick<Procedures, "handle">;
  readonly bulk: { reader(from: Endpoint, id: number): Reader };
  readonly logger: Logger;
  /** Absent: files are refused. */
  readonly store: FileStore | undefined;
  /** Largest file. */
  readonly maxFileBytes: number | undefined;
  /** What a peer's files are known by: its id, and the invite it joined by. */
  readonly ownersOf: (peer: PeerId) => readonly string[];
}

export class FileReceiver {
  readonly #options: FileReceiverOptions;
  readonly #maxBytes: number;
  /** Files are put under one name one after another. */
  readonly #publishing = new Map<string, Promise<unknown>>();
  readonly #handled: readonly Disposable[];
  #taking = 0;

  constructor(options: FileReceiverOptions) {
    this.#options = options;
    this.#maxBytes = options.maxFileBytes ?? FILE_LIMIT_BYTES;
    const { procedures } = options;
    this.#handled = [
      procedures.handle(FILE_LOOK, { roles: ROLES, parse: parseLook }, ({ path, bytes }) => this.#look(path, bytes)),
      procedures.handle(FILE_PUT, { roles: ROLES, parse: parsePut }, (put, caller) => this.#take(put, caller)),
      procedures.handle(FILE_REMOVE, { roles: ROLES, parse: parseRemove }, (path, caller) =>
        this.#alone(path, () => this.#remove(path, caller)),
      ),
    ];
  }

  close(): void {
    for (const handled of this.#handled) handled[Symbol.dispose]();
  }

  async #look(path: FilePath, bytes: number): Promise<FileLooked> {
    this.#checkSize(bytes);
    const store = this.#store();
    const there = await store.look(path);
    const keptBytes = await store.kept(path, bytes);
    if (there === undefined) return { keptBytes };
    const { bytes: size, mtimeMs, executable } = there;
    return { keptBytes, there: { bytes: size, mtimeMs, executable } };
  }

  async #take(put: Put, caller: Caller): Promise<FilePutAnswer> {
    if (this.#taking >= FILES_TAKEN_AT_ONCE) {
      throw new SkeinError("LINK_OVERLOADED", `${this.#taking} files are coming already`, { hint: "send it later" });
    }
    this.#taking += 1;
    try {
      return await this.#put(put, caller);
    } finally {
      this.#taking -= 1;
    }
  }

  async #put(put: Put, caller: Caller): Promise<FilePutAnswer> {
    const { path, bytes, fromBytes } = put;
    this.#checkSize(bytes);
    if (await this.#isThere(put, put.digest, caller)) return "unchanged";
    const draft = await this.#store().draft(path, bytes, fromBytes > 0);
    let got = 0;
    try {
      const digest = await this.#kept(put, draft);
      if (digest === undefined) {
        await draft.discard();
        return "again";
      }
      got = fromBytes;
      const reader = this.#options.bulk.reader(caller.endpoint, put.bulk);
      await this.#read(put, draft, digest, reader, caller, (written) => (got = written));
      const whole = await digest.result();
      if (!sameDigest(whole, reader.trailer)) throw damaged();
      return await this.#alone(path, () => this.#publish(put, draft, whole, caller));
    } catch (error) {
      this.#options.logger.info("file.not-received", { file: path.join("/"), error: errorFrom(error).message });
      // What is no fault of the file's can be gone on with. Its place on the disk is not held for more than a day.
      const broken = isSkeinError(error) && !RESUMABLE.has(error.code);
      await (broken ? draft.discard() : draft.keep(got));
      throw error;
    }
  }

  /** Whether the same file is there. @throws {SkeinError} when another one is, which is not to be replaced */
  async #isThere(put: Put, digest: Uint8Array | undefined, caller: Caller): Promise<boolean> {
    const store = this.#store();
    const there = await store.look(put.path);
    if (there === undefined) return false;
    if (digest !== undefined && there.bytes === put.bytes) {
      const file = await store.open(put.path);
      try {
        const own = await digestOf(this.#options.hasher, file, put.bytes, caller.signal);
        if (sameDigest(await own.result(), digest)) return true;
      } finally {
        await file.close();
      }
    }
    if (!put.overwrite) throw fileExists(there);
    this.#checkOwner(there.owners, caller);
    return false;
  }

  /** The digest of what was kept of an earlier attempt; undefined when that is something else. */
  async #kept({ fromBytes, before }: Put, draft: FileDraft): Promise<FileDigest | undefined> {
    if (fromBytes === 0) return new FileDigest(this.#options.hasher);
    if (draft.keptBytes < fromBytes) return undefined;
    const digest = await digestOf(this.#options.hasher, draft, fromBytes);
    return sameDigest(await digest.result(), before) ? digest : undefined;
  }

  async #read(
    { bytes, fromBytes }: Put,
    draft: FileDraft,
    digest: FileDigest,
    reader: Reader,
    caller: Caller,
    written: (bytes: number) => void,
  ): Promise<void> {
    const stop = (): void => reader.cancel(errorFrom(caller.signal?.reason));
    if (caller.signal?.aborted === true) stop();
    caller.signal?.addEventListener("abort", stop, { once: true });
    try {
      await readBlocks(reader, draft, digest, { fromBytes, bytes }, written);
    } catch (error) {
      reader.cancel(errorFrom(error));
      throw error;
    } finally {
      caller.signal?.removeEventListener("abort", stop);
    }
  }

  async #publish(put: Put, draft: FileDraft, whole: Uint8Array, caller: Caller): Promise<FilePutAnswer> {
    caller.signal?.throwIfAborted();
    // Another sender may have been faster.
    if (await this.#isThere(put, whole, caller)) {
      await draft.discard();
      return "unchanged";
    }
    const { executable, overwrite, mtimeMs } = put;
    const owners = this.#options.ownersOf(caller.endpoint.peer);
    const time = mtimeMs === undefined ? {} : { mtimeMs };
    if (await draft.publish({ executable, overwrite, owners, ...time })) return "stored";
    if (await this.#isThere(put, whole, caller)) {
      await draft.discard();
      return "unchanged";
    }
    throw new SkeinError("FILE_FAILED", "the file's name was taken and given up while it came", {
      hint: "send it again",
    });
  }

  async #remove(path: FilePath, caller: Caller): Promise<boolean> {
    const store = this.#store();
    const there = await store.look(path);
    if (there === undefined) return false;
    this.#checkOwner(there.owners, caller);
    return await store.remove(path);
  }

  #checkOwner(owners: readonly string[], { endpoint, roles }: Caller): void {
    if (roles.includes("operator")) return;
    if (this.#options.ownersOf(endpoint.peer).some((one) => owners.includes(one))) return;
    throw new SkeinError("ROLE_FORBIDS", "that file was not sent by you", {
      hint: "who sent a file, or joined by the same invite, may replace or remove it, and operators may",
    });
  }

  #store(): FileStore {
    const { store } = this.#options;
    if (store !== undefined) return store;
    throw new SkeinError("ABILITY_NOT_GRANTED", "this peer takes no files", {
      hint: 'start it with a folder for them: startPeer({ files: "inbox" })',
    });
  }

  #checkSize(bytes: number): void {
    if (bytes <= this.#maxBytes) return;
    throw new SkeinError("FILE_TOO_LARGE", `a file of ${bytes} bytes is over the ${this.#maxBytes} taken here`, {
      hint: "raise maxFileBytes of the peer that gets it",
    });
  }

  /** Runs `work` after what is under way for the same name. */
  async #alone<T>(path: FilePath, work: () => Promise<T>): Promise<T> {
    const key = pathKey(path);
    const before = this.#publishing.get(key);
    const done = (async () => {
      await before?.catch(() => {});
      return await work();
    })();
    this.#publishing.set(key, done);
    try {
      return await done;
    } finally {
      if (this.#publishing.get(key) === done) this.#publishing.delete(key);
    }
  }
}

/** Ends of an attempt after which the next may go on where it was. */
const RESUMABLE: ReadonlySet<string> = new Set(["PEER_LOST", "TASK_CANCELLED", "TIMEOUT", "RUNTIME_CLOSED"]);

/** Takes pieces as they come and writes them by blocks, one while the next is coming. */
async function readBlocks(
  reader: Reader,
  draft: FileDraft,
  digest: FileDigest,
  { fromBytes, bytes }: { readonly fromBytes: number; readonly bytes: number },
  written: (bytes: number) => void,
): Promise<void> {
  const size = Math.min(FILE_BLOCK_BYTES, bytes - fromBytes);
  let block = new Uint8Array(size);
  let other = new Uint8Array(bytes - fromBytes > size ? size : 0);
  let used = 0;
  let at = fromBytes;
  let writing: Promise<void> | undefined;
  const flush = async (): Promise<void> => {
    const full = block.subarray(0, used);
    const hashed = digest.add(full);
    await writing;
    const end = at + used;
    writing = draft.write(at, full).then(() => written(end));
    writing.catch(() => {});
    [block, other] = [other, block];
    at = end;
    used = 0;
    await hashed;
  };
  try {
    for (let piece = await reader.read(); piece !== undefined; piece = await reader.read()) {
      if (at + used + piece.byteLength > bytes) throw invalidFrame("more of a file came than was announced");
      for (let taken = 0; taken < piece.byteLength;) {
        const part = piece.subarray(taken, taken + block.byteLength - used);
        block.set(part, used);
        used += part.byteLength;
        taken += part.byteLength;
        if (used === size && at + used < bytes) await flush();
      }
    }
    if (at + used !== bytes) throw invalidFrame("less of a file came than was announced");
    if (used > 0) await flush();
  } finally {
    await writing;
  }
}

const damaged = (): SkeinError =>
  new SkeinError("FILE_FAILED", "the file came damaged, or was changed while it was sent", { hint: "send it again" });
