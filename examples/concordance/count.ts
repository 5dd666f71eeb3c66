/** Counts the words of files: the work itself, the same in a server process and in one plain process. */
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { extname } from "node:path";
import { isUtf8 } from "node:buffer";

/** A word is a run of 3 to 64 letters (Unicode `L`), in lower case; longer runs are data, not words. */
const LETTERS = /\p{L}+/gu;
const SHORTEST_WORD = 3;
const LONGEST_WORD = 64;
/** Read at once; larger files come in pieces of this size, so that memory is bounded whatever the file. */
const PIECE_BYTES = 4 * 1024 * 1024;
/** A file with a NUL byte in its first 8 KiB is binary: its bytes count, its words don't. */
const SNIFFED_BYTES = 8 * 1024;

/** Made by tools from other files: their bytes count, their words would be noise. */
const GENERATED = new Set([".map"]);

export interface TypeCount {
  files: number;
  bytes: number;
}

export interface LongestLine {
  /** In UTF-16 code units, without the line break. */
  readonly length: number;
  readonly path: string;
  /** From 1. */
  readonly line: number;
}

/** What was odd about a file; none of it stops the count. */
export interface FileNote {
  readonly path: string;
  readonly kind: "empty" | "binary" | "generated" | "invalid-utf8" | "unreadable" | "loop" | "special";
  readonly detail?: string;
}

/** How often a word comes, and in how many files. */
export interface WordCount {
  times: number;
  files: number;
}

export interface Counts {
  readonly words: Map<string, WordCount>;
  readonly types: Map<string, TypeCount>;
  files: number;
  bytes: number;
  longest: LongestLine | undefined;
  readonly notes: FileNote[];
}

export const emptyCounts = (): Counts => ({
  words: new Map(),
  types: new Map(),
  files: 0,
  bytes: 0,
  longest: undefined,
  notes: [],
});

/** Of two lines the longer; of equals the first by path, then by line, so that the order of counting doesn't matter. */
export function longerLine(a: LongestLine | undefined, b: LongestLine | undefined): LongestLine | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  if (a.length !== b.length) return a.length > b.length ? a : b;
  if (a.path !== b.path) return a.path < b.path ? a : b;
  return a.line <= b.line ? a : b;
}

/** The extension in lower case, or "(none)". */
export const typeOf = (path: string): string => extname(path).toLowerCase() || "(none)";

/** Adds `times` occurrences of `word` in `files` files. */
export function addWord(words: Map<string, WordCount>, word: string, times: number, files: number): void {
  const known = words.get(word);
  if (known === undefined) {
    words.set(word, { times, files });
    return;
  }
  known.times += times;
  known.files += files;
}

/** Adds one file to `into`. Never throws for the file's sake: what is odd about it becomes a note. */
export function countFile(path: string, into: Counts): void {
  let descriptor: number;
  try {
    descriptor = openSync(path, "r");
  } catch (error) {
    into.notes.push({ path, kind: "unreadable", detail: reasonOf(error) });
    return;
  }
  try {
    countOpenFile(descriptor, path, into);
  } catch (error) {
    into.notes.push({ path, kind: "unreadable", detail: reasonOf(error) });
  } finally {
    closeSync(descriptor);
  }
}

function countOpenFile(descriptor: number, path: string, into: Counts): void {
  const size = fstatSync(descriptor).size;
  const buffer = Buffer.allocUnsafe(Math.min(PIECE_BYTES, Math.max(SNIFFED_BYTES, size)));
  const text = new TextCount(path);
  let bytes = 0;
  let binary = false;
  for (;;) {
    const count = readSync(descriptor, buffer, 0, buffer.length, null);
    if (count === 0) break;
    const piece = buffer.subarray(0, count);
    if (bytes === 0) binary = GENERATED.has(typeOf(path)) || piece.subarray(0, SNIFFED_BYTES).includes(0);
    bytes = binary ? Math.max(size, count) : bytes + count;
    if (binary) break;
    text.add(piece);
  }
  const type = into.types.get(typeOf(path)) ?? { files: 0, bytes: 0 };
  type.files += 1;
  type.bytes += bytes;
  into.types.set(typeOf(path), type);
  into.files += 1;
  into.bytes += bytes;
  if (bytes === 0) into.notes.push({ path, kind: "empty" });
  if (binary) into.notes.push({ path, kind: GENERATED.has(typeOf(path)) ? "generated" : "binary" });
  if (binary || bytes === 0) return;
  text.end();
  if (!text.valid) into.notes.push({ path, kind: "invalid-utf8" });
  into.longest = longerLine(into.longest, text.longest);
  for (const [word, times] of text.words) addWord(into.words, word, times, 1);
}

/** Words and lines of one text that comes in pieces. */
class TextCount {
  readonly #path: string;
  readonly words: Map<string, number> = new Map();
  readonly #decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  /** Letters at the end of the last piece: their word may go on in the next. */
  #carried = "";
  #lineLength = 0;
  #line = 1;
  #endsInReturn = false;
  #pieces = 0;
  #replaced = false;
  #firstIsValid = true;
  longest: LongestLine | undefined;

  constructor(path: string) {
    this.#path = path;
  }

  /** False when bytes had to be replaced because they are no UTF-8. */
  get valid(): boolean {
    return this.#pieces === 1 ? this.#firstIsValid : !this.#replaced;
  }

  add(piece: Uint8Array): void {
    this.#pieces += 1;
    if (this.#pieces === 1) this.#firstIsValid = isUtf8(piece);
    const text = this.#decoder.decode(piece, { stream: true });
    // a whole file in one piece is checked exactly; a larger one by the character that replaces what is no UTF-8
    this.#replaced ||= text.includes("\uFFFD");
    this.#addText(text);
  }

  end(): void {
    this.#addText(this.#decoder.decode());
    this.#countWords(this.#carried);
    this.#endLine();
  }

  #addText(text: string): void {
    this.#addLines(text);
    const whole = this.#carried + text;
    const cut = lettersAtEnd(whole);
    this.#countWords(whole.slice(0, cut));
    this.#carried = shortened(whole.slice(cut));
  }

  #countWords(text: string): void {
    const words = this.words;
    LETTERS.lastIndex = 0;
    for (let match = LETTERS.exec(text); match !== null; match = LETTERS.exec(text)) {
      const run = match[0];
      if (run.length < SHORTEST_WORD || run.length > LONGEST_WORD) continue;
      const word = run.toLowerCase();
      words.set(word, (words.get(word) ?? 0) + 1);
    }
  }

  #addLines(text: string): void {
    let from = 0;
    for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", from)) {
      this.#lineLength += at - from;
      if (at > 0) this.#endsInReturn = text.charCodeAt(at - 1) === 13;
      this.#endLine();
      this.#line += 1;
      from = at + 1;
    }
    this.#lineLength += text.length - from;
    if (text.length > from) this.#endsInReturn = text.charCodeAt(text.length - 1) === 13;
  }

  #endLine(): void {
    const length = this.#lineLength - (this.#endsInReturn && this.#lineLength > 0 ? 1 : 0);
    if (length > (this.longest?.length ?? 0)) this.longest = { length, path: this.#path, line: this.#line };
    this.#lineLength = 0;
    this.#endsInReturn = false;
  }
}

const LETTER = /^\p{L}$/u;

/** Where the run of letters at the end of `text` begins. */
function lettersAtEnd(text: string): number {
  let at = text.length;
  while (at > 0) {
    const isPair = at > 1 && isLowSurrogate(text.charCodeAt(at - 1));
    const before = at - (isPair ? 2 : 1);
    if (!LETTER.test(text.slice(before, at))) return at;
    at = before;
    // a run this long is no word however it goes on
    if (text.length - at > PIECE_BYTES) return at;
  }
  return at;
}

/** Of a run that is too long to be a word, just enough to know it. */
function shortened(run: string): string {
  if (run.length <= 2 * LONGEST_WORD) return run;
  const end = 2 * LONGEST_WORD;
  return run.slice(0, isLowSurrogate(run.charCodeAt(end)) ? end + 1 : end);
}

const isLowSurrogate = (code: number): boolean => code >= 0xdc00 && code <= 0xdfff;

const reasonOf = (error: unknown): string =>
  error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : String(error);
