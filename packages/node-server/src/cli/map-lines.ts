/** Lines of files and of standard input, as they come: each with its number and where it stands. */
import { closeSync, createReadStream, fstatSync, openSync } from "node:fs";
import { MIB, SkeinError } from "@skein/runtime";
import { MESSAGE_LIMIT_BYTES } from "@skein/runtime/host";

/** One item of `skein map`. */
export interface Line {
  /** From 1, over all inputs. */
  readonly number: number;
  readonly text: string;
  /** Bytes it takes of its input. */
  readonly bytes: number;
  /** For people: `line 12`, `names.txt:12`. */
  readonly where: string;
}

export interface Input {
  /** For people; `undefined` for the only one. */
  readonly name: string | undefined;
  readonly chunks: AsyncIterable<Uint8Array>;
  /** Bytes in all, where that is known. */
  readonly bytes: number | undefined;
}

const NEWLINE = 10;
const RETURN = 13;

/** The inputs that were named; none, or `-`: standard input. @throws {SkeinError} `OPTION_INVALID` for a file that can't be read */
export function openInputs(paths: readonly string[]): Input[] {
  const all = paths.length === 0 ? ["-"] : paths;
  return all.map((path) => {
    const name = all.length === 1 ? undefined : path === "-" ? "standard input" : path;
    if (path === "-") return { name, chunks: process.stdin, bytes: sizeOf(0) };
    try {
      // Looked at now, and opened in its turn: there may be thousands.
      const fd = openSync(path, "r");
      const bytes = sizeOf(fd);
      closeSync(fd);
      return { name, chunks: fileChunks(path), bytes };
    } catch (error) {
      throw new SkeinError("OPTION_INVALID", `${path} can't be read`, {
        hint: "name files of lines, or - for standard input",
        cause: error,
      });
    }
  });
}

/** In batches, as they come. With `blank: false` empty lines are left out, and not counted. */
export async function* linesOf(
  inputs: readonly Input[],
  { separator = NEWLINE, blank = true }: { readonly separator?: number; readonly blank?: boolean } = {},
): AsyncGenerator<Line[]> {
  let number = 0;
  for (const { name, chunks } of inputs) {
    let at = 0;
    for await (const parts of split(chunks, separator)) {
      const batch: Line[] = [];
      for (const part of parts) {
        at += 1;
        const text = textOf(part, separator);
        if (!blank && text.trim() === "") continue;
        number += 1;
        const where = name === undefined ? `line ${at}` : `${name}:${at}`;
        batch.push({ number, text, bytes: part.byteLength + 1, where });
      }
      if (batch.length > 0) yield batch;
    }
  }
}

async function* fileChunks(path: string): AsyncGenerator<Uint8Array> {
  yield* createReadStream(path);
}

/** The parts between separators that each chunk completes; the last may have none behind it. */
async function* split(chunks: AsyncIterable<Uint8Array>, separator: number): AsyncGenerator<Uint8Array[]> {
  let rest: Uint8Array[] = [];
  let restBytes = 0;
  for await (const chunk of chunks) {
    const parts: Uint8Array[] = [];
    let from = 0;
    for (let end = chunk.indexOf(separator); end >= 0; end = chunk.indexOf(separator, from)) {
      const part = chunk.subarray(from, end);
      parts.push(rest.length === 0 ? part : Buffer.concat([...rest, part]));
      [rest, restBytes, from] = [[], 0, end + 1];
    }
    if (from < chunk.byteLength) {
      rest.push(chunk.subarray(from));
      restBytes += chunk.byteLength - from;
    }
    if (parts.length > 0) yield parts;
    if (restBytes > MESSAGE_LIMIT_BYTES) throw tooLong();
  }
  if (rest.length > 0) yield [Buffer.concat(rest)];
}

function textOf(part: Uint8Array, separator: number): string {
  const end = separator === NEWLINE && part.at(-1) === RETURN ? part.byteLength - 1 : part.byteLength;
  return Buffer.from(part.buffer, part.byteOffset, end).toString("utf8");
}

/** Of a pipe or a terminal nobody knows. */
function sizeOf(fd: number): number | undefined {
  try {
    const stat = fstatSync(fd);
    return stat.isFile() ? stat.size : undefined;
  } catch {
    return undefined;
  }
}

const tooLong = (): SkeinError =>
  new SkeinError("MESSAGE_TOO_LARGE", `a line has more than ${MESSAGE_LIMIT_BYTES / MIB} MiB`, {
    hint: "give the names of large things, and have the function read them; items end with a newline, or with -0 by NUL",
  });
