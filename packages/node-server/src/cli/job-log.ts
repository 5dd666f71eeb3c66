/** What `skein map` has done, in a file: one JSON line an item, so that a run that was cut short goes on where it was. */
import { closeSync, fdatasync, fsyncSync, ftruncateSync, openSync, readSync, writeSync } from "node:fs";
import { crc32 } from "node:zlib";
import { errorFrom, KIB, MIB, SECOND_MS, SkeinError } from "@skein/runtime";
import type { ErrorFields } from "./map-text.ts";

const READ_BYTES: number = MIB;
const WINDOW_BYTES: number = 64 * KIB;
/** Entries are written together once they are so many characters; a turn's are, too. */
const WRITE_CHARACTERS: number = 64 * KIB;
const NEWLINE = 10;
/** So much of an entry says which item it is of. */
const HEAD_BYTES = 64;
const ENTRY = /^\{"line":(\d+),"sum":"([0-9a-f]{8})","result":/;

/**
 * ```text
 * {"skein":"map","function":"/home/ann/work.ts#square"}
 * {"line":1,"sum":"83dcefb7","result":1}
 * {"line":3,"sum":"6dd28e9b","error":{"name":"RangeError","message":"not three"}}
 * ```
 * `line` counts items from 1, `sum` is the CRC-32 of its text. Entries come as items end. A torn last line, of a run that
 * was killed, is cut off. Memory: 8 bytes an item.
 */
export class JobLog {
  readonly #fd: number;
  /** Where the entry of item n begins, plus one; 0: it isn't done. */
  #done: Float64Array<ArrayBuffer> = new Float64Array(1024);
  #text = "";
  #window: Buffer = Buffer.alloc(0);
  #windowAt = 0;
  #dirty = false;
  #soon: NodeJS.Immediate | undefined;
  readonly #sync: NodeJS.Timeout;

  /**
   * @param fn names the function: a log is of one
   * @throws {SkeinError} `FILE_EXISTS` without `resume` when there is one; `OPTION_INVALID` when it is of something else, or
   * can't be written
   */
  constructor(path: string, fn: string, resume: boolean) {
    this.#fd = opened(path);
    try {
      this.#begin(path, fn, resume);
    } catch (error) {
      closeSync(this.#fd);
      throw error;
    }
    // What is written outlives this process at once, and the machine's fall after a second.
    this.#sync = setInterval(() => {
      if (this.#dirty) fdatasync(this.#fd, () => undefined);
      this.#dirty = false;
    }, SECOND_MS).unref();
  }

  /** The result of an item that was done before, as JSON. */
  find(line: number, text: string): string | undefined {
    const at = this.#done[line];
    if (at === undefined || at === 0) return undefined;
    const entry = this.#entryAt(at - 1);
    const [head = "", , sum] = ENTRY.exec(entry) ?? [];
    return sum === sumOf(text) ? entry.slice(head.length, -1) : undefined;
  }

  /** It has ended with this result (JSON). */
  done(line: number, text: string, result: string): void {
    this.#write(`{"line":${line},"sum":"${sumOf(text)}","result":${result}}\n`);
  }

  failed(line: number, text: string, error: ErrorFields): void {
    this.#write(`{"line":${line},"sum":"${sumOf(text)}","error":${JSON.stringify(error)}}\n`);
  }

  /** What was told is in the file. @throws what the system says */
  flush(): void {
    if (this.#soon !== undefined) clearImmediate(this.#soon);
    this.#soon = undefined;
    const bytes = Buffer.from(this.#text);
    this.#text = "";
    for (let at = 0; at < bytes.byteLength;) at += writeSync(this.#fd, bytes, at);
    this.#dirty ||= bytes.byteLength > 0;
  }

  close(): void {
    clearInterval(this.#sync);
    this.flush();
    fsyncSync(this.#fd);
    closeSync(this.#fd);
  }

  #write(entry: string): void {
    this.#text += entry;
    if (this.#text.length >= WRITE_CHARACTERS) this.flush();
    else this.#soon ??= setImmediate(() => this.flush());
  }

  #begin(path: string, fn: string, resume: boolean): void {
    const header = `${JSON.stringify({ skein: "map", function: fn })}\n`;
    const { first, end } = this.#read();
    if (first === undefined) {
      // Nothing, or not even a whole first line.
      const isForeign = end > 0 && !header.startsWith(this.#start(end));
      if (isForeign) throw notALog(path);
      ftruncateSync(this.#fd, 0);
      this.#write(header);
      this.flush();
      return;
    }
    const of = functionOf(first);
    if (of === undefined) throw notALog(path);
    if (!resume) {
      throw new SkeinError("FILE_EXISTS", `${path} has the log of an earlier run`, {
        hint: "give --resume to go on with it, or remove it to do all anew",
      });
    }
    if (of !== fn) {
      throw new SkeinError("OPTION_INVALID", `${path} is the log of ${of}`, {
        hint: "give each function a log of its own",
      });
    }
  }

  /** Goes over the whole file, notes what is done, and cuts off what was torn. */
  #read(): { readonly first: string | undefined; readonly end: number } {
    const buffer = Buffer.alloc(READ_BYTES);
    /** Where the present line begins, and its first bytes. */
    let lineAt = 0;
    let head = "";
    let at = 0;
    let first: string | undefined;
    for (;;) {
      const count = readSync(this.#fd, buffer, 0, READ_BYTES, at);
      if (count === 0) break;
      let from = 0;
      while (from < count) {
        const found = buffer.subarray(0, count).indexOf(NEWLINE, from);
        const end = found < 0 ? count : found;
        const most = first === undefined ? READ_BYTES : HEAD_BYTES;
        if (head.length < most) head += buffer.toString("latin1", from, Math.min(end, from + most - head.length));
        if (found < 0) break;
        if (first === undefined) first = Buffer.from(head, "latin1").toString("utf8");
        else this.#note(head, lineAt);
        [lineAt, head, from] = [at + found + 1, "", found + 1];
      }
      at += count;
    }
    if (first !== undefined && lineAt < at) ftruncateSync(this.#fd, lineAt);
    return { first, end: at };
  }

  #note(head: string, at: number): void {
    const number = Number(ENTRY.exec(head)?.[1]);
    if (!Number.isSafeInteger(number)) return; // a failure: it is done again
    if (number >= this.#done.length) {
      const more = new Float64Array(Math.max(number + 1, this.#done.length * 2));
      more.set(this.#done);
      this.#done = more;
    }
    this.#done[number] = at + 1;
  }

  #start(bytes: number): string {
    const buffer = Buffer.alloc(Math.min(bytes, READ_BYTES));
    return buffer.toString("utf8", 0, readSync(this.#fd, buffer, 0, buffer.byteLength, 0));
  }

  /** The line that begins there. They are mostly asked for one after the other. */
  #entryAt(at: number): string {
    for (let bytes = WINDOW_BYTES; ; bytes *= 4) {
      const from = at - this.#windowAt;
      if (from >= 0 && from < this.#window.byteLength) {
        const end = this.#window.indexOf(NEWLINE, from);
        if (end >= 0) return this.#window.toString("utf8", from, end);
      }
      const window = Buffer.alloc(bytes);
      const count = readSync(this.#fd, window, 0, bytes, at);
      [this.#window, this.#windowAt] = [window.subarray(0, count), at];
      if (count < bytes && !this.#window.includes(NEWLINE)) return ""; // somebody has cut the file
    }
  }
}

function opened(path: string): number {
  try {
    return openSync(path, "a+");
  } catch (error) {
    throw new SkeinError("OPTION_INVALID", `the log ${path} can't be written: ${errorFrom(error).message}`, {
      hint: "name a file of yours for --joblog, in a folder that is there",
      cause: error,
    });
  }
}

const sumOf = (text: string): string => crc32(text).toString(16).padStart(8, "0");

function functionOf(header: string): string | undefined {
  try {
    const value: unknown = JSON.parse(header);
    if (typeof value !== "object" || value === null) return undefined;
    if (!("skein" in value) || value.skein !== "map" || !("function" in value)) return undefined;
    return typeof value.function === "string" ? value.function : undefined;
  } catch {
    return undefined;
  }
}

const notALog = (path: string): SkeinError =>
  new SkeinError("FILE_EXISTS", `${path} is no log of skein map`, { hint: "name another file for --joblog" });
