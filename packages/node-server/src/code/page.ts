/** A text of which only pieces are kept, each in its line and column. */
import type { Node } from "./node.ts";

interface Piece {
  readonly start: number;
  readonly end: number;
  readonly before: string;
  readonly after: string;
}

/** A text of which only pieces are kept; what is written before one takes the place of blanks. */
export class Page {
  readonly #text: string;
  readonly #pieces: Piece[] = [];
  readonly #replaced: { readonly start: number; readonly end: number; readonly by: string }[] = [];

  constructor(text: string) {
    this.#text = text;
  }

  /** False when it overlaps what is kept already. */
  keep({ start, end }: Node, before = "", after = ""): boolean {
    if (this.#pieces.some((piece) => start < piece.end && piece.start < end)) return false;
    this.#pieces.push({ start, end, before, after });
    return true;
  }

  /** Other words in the place of these, wherever they are kept: what follows in that line has another column. */
  replace({ start, end }: { readonly start: number; readonly end: number }, by: string): void {
    this.#replaced.push({ start, end, by });
  }

  /** That part of the text, with what is replaced in it. */
  slice(start: number, end: number): string {
    let text = "";
    let at = start;
    for (const one of this.#replaced.toSorted((a, b) => a.start - b.start)) {
      if (one.start < at || one.end > end) continue;
      text += this.#text.slice(at, one.start) + one.by;
      at = one.end;
    }
    return text + this.#text.slice(at, end);
  }

  text(): string {
    let text = "";
    let at = 0;
    for (const { start, end, before, after } of this.#pieces.toSorted((a, b) => a.start - b.start)) {
      text += over(blank(this.#text.slice(at, start)), before) + this.slice(start, end) + after;
      at = end;
    }
    // What is behind the last statement may name a map.
    return text + (/\n\/\/# sourceMappingURL=\S+\s*$/.exec(this.#text.slice(at))?.[0] ?? "");
  }
}

const blank = (text: string): string => text.replaceAll(/[^\n]/g, " ");

/** `words` at the end of blanks, on a line of their own where there is one: what follows keeps its column. */
function over(blanks: string, words: string): string {
  if (words === "") return blanks;
  const line = blanks.lastIndexOf("\n");
  if (line >= 0) return `${blanks.slice(0, line)}${words}${blanks.slice(line)}`;
  return blanks.length >= words.length ? blanks.slice(0, blanks.length - words.length) + words : blanks + words;
}
