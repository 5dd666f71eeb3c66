/** Sends one file: asks what is there, then sends what is missing, hashed on its way. */
import type { FileSource } from "../contracts/file-source.ts";
import type { Endpoint } from "../contracts/endpoint.ts";
import type { Procedures } from "../contracts/procedures.ts";
import { FILE_BLOCK_BYTES } from "../defaults.ts";
import { errorFrom, SkeinError } from "../errors.ts";
import type { BulkWriter } from "./bulk.ts";
import { digestOf, type FileDigest, type Hasher } from "./files-digest.ts";
import {
  FILE_LOOK,
  FILE_PUT,
  fileExists,
  type FilePlace,
  type FilePut,
  type FilePutAnswer,
  parseLooked,
  parsePutAnswer,
} from "./files-words.ts";

export interface FileSenderOptions {
  readonly hasher: Hasher;
  readonly procedures: Pick<Procedures, "call">;
  readonly bulk: { writer(to: Endpoint): Writer };
}

export interface FileSending {
  readonly to: Endpoint;
  readonly place: FilePlace;
  readonly source: FileSource;
  readonly overwrite: boolean;
  readonly progress: (sentBytes: number, totalBytes: number) => void;
  /** Aborted when nobody wants it any more. */
  readonly signal: AbortSignal;
  /** Gets the digest of the whole file, once that is known. */
  readonly onDigest?: (digest: Uint8Array) => void;
}

type Writer = Pick<BulkWriter, "id" | "write" | "end" | "abort">;

export class FileSender {
  readonly #options: FileSenderOptions;

  constructor(options: FileSenderOptions) {
    this.#options = options;
  }

  /** @throws {SkeinError} `FILE_EXISTS`, `FILE_FAILED`, and whatever the other side refuses it with */
  async send(sending: FileSending): Promise<"stored" | "unchanged"> {
    const { to, place, source, overwrite, signal } = sending;
    const { procedures, hasher } = this.#options;
    const { bytes } = source;
    const { there, keptBytes } = parseLooked(
      await procedures.call(to, FILE_LOOK, { ...place, bytes }, { timeoutMs: Infinity, signal }),
    );
    const likely = there?.bytes === bytes;
    if (there !== undefined && !likely && !overwrite) throw fileExists(there);
    const digest = likely ? await (await digestOf(hasher, source, bytes, signal)).result() : undefined;
    if (digest !== undefined) sending.onDigest?.(digest);
    const words = {
      ...place,
      bytes,
      overwrite,
      executable: source.executable,
      ...(source.mtimeMs === undefined ? {} : { mtimeMs: source.mtimeMs }),
      ...(digest === undefined ? {} : { digest }),
    };
    const first = await this.#put(sending, words, keptBytes - (keptBytes % FILE_BLOCK_BYTES));
    const answer = first === "again" ? await this.#put(sending, words, 0) : first;
    if (answer !== "again") return answer;
    throw new SkeinError("WIRE_INVALID", "a file was wanted from the beginning twice", {
      hint: "check that both sides run the same version of skein",
    });
  }

  async #put(
    sending: FileSending,
    words: Omit<FilePut, "bulk" | "fromBytes" | "before">,
    kept: number,
  ): Promise<FilePutAnswer> {
    const { to, source, signal } = sending;
    const { procedures, hasher, bulk } = this.#options;
    const fromBytes = kept > source.bytes ? 0 : kept;
    const digest = await digestOf(hasher, source, fromBytes, signal);
    const before = fromBytes === 0 ? {} : { before: await digest.result() };
    const writer = bulk.writer(to);
    const given: FilePut = { ...words, ...before, fromBytes, bulk: writer.id };
    const answer = procedures.call(to, FILE_PUT, given, { timeoutMs: Infinity, signal });
    const stream = this.#stream(sending, writer, fromBytes, digest);
    try {
      return parsePutAnswer(await answer);
    } catch (error) {
      writer.abort(errorFrom(error));
      // What this side could not do was told to the other, and came back as its answer.
      throw (await stream) ?? error;
    } finally {
      writer.abort(answered());
      await stream;
    }
  }

  /** @returns what failed on this side */
  async #stream(
    sending: FileSending,
    writer: Writer,
    fromBytes: number,
    digest: FileDigest,
  ): Promise<Error | undefined> {
    let stopped = false;
    const write = async (bytes: Uint8Array): Promise<void> => {
      try {
        await writer.write(bytes);
      } catch (error) {
        stopped = true;
        throw error;
      }
    };
    try {
      await sendBlocks(sending, fromBytes, digest, write);
      const trailer = await digest.result();
      sending.onDigest?.(trailer);
      stopped = true;
      writer.end(trailer);
      return undefined;
    } catch (error) {
      const failed = errorFrom(error);
      writer.abort(failed);
      return stopped ? undefined : failed;
    }
  }
}

async function sendBlocks(
  { source, progress }: FileSending,
  fromBytes: number,
  digest: FileDigest,
  write: (bytes: Uint8Array) => Promise<void>,
): Promise<void> {
  const { bytes: total } = source;
  const size = Math.min(FILE_BLOCK_BYTES, total - fromBytes);
  let buffer = new Uint8Array(size);
  let other = new Uint8Array(total - fromBytes > size ? size : 0);
  const read = async (at: number, into: Uint8Array): Promise<Uint8Array> => {
    const block = into.subarray(0, Math.min(FILE_BLOCK_BYTES, total - at));
    await source.read(at, block);
    return block;
  };
  progress(fromBytes, total);
  let next = fromBytes < total ? read(fromBytes, buffer) : undefined;
  let at = fromBytes;
  while (next !== undefined) {
    const block = await next;
    at += block.byteLength;
    // The next block is read, and this one hashed, while this one goes.
    next = at < total ? read(at, other) : undefined;
    next?.catch(() => {});
    [buffer, other] = [other, buffer];
    await digest.add(block);
    await write(block);
    progress(at, total);
  }
}

const answered = (): SkeinError =>
  new SkeinError("TASK_CANCELLED", "the rest of a file is not wanted", { hint: "the answer says how it ended" });
