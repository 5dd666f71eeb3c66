/** A terminal's whole screen for `skein top`, drawn anew in place, and the keys that are pressed there. */
import { emitKeypressEvents } from "node:readline";
import type { ReadStream, WriteStream } from "node:tty";
import { styled } from "./output.ts";
import type { TopLine } from "./top-text.ts";

/** A second screen, so that what was there is there again afterwards; without a cursor. */
const OPEN = "\u001B[?1049h\u001B[?25l";
const SHUT = "\u001B[?25h\u001B[?1049l";
const HOME = "\u001B[H";
const REST_OF_LINE = "\u001B[K";
const REST_OF_SCREEN = "\u001B[J";

/** Of a terminal that does not say how large it is. */
const COLUMNS = 80;
const ROWS = 24;

export interface TopScreenOptions {
  readonly input: ReadStream;
  readonly output: WriteStream;
  readonly onKey: (key: string) => void;
  readonly onResize: () => void;
}

/** Disposing gives the terminal back as it was. */
export class TopScreen implements Disposable {
  readonly #options: TopScreenOptions;
  #first = 0;
  readonly #key = (text: string | undefined, key: { readonly name?: string; readonly ctrl?: boolean }): void => {
    this.#options.onKey(key.ctrl === true && key.name === "c" ? "ctrl-c" : (text ?? key.name ?? ""));
  };

  constructor(options: TopScreenOptions) {
    this.#options = options;
    const { input, output, onResize } = options;
    output.write(OPEN);
    output.on("resize", onResize);
    emitKeypressEvents(input);
    input.setRawMode(true);
    input.on("keypress", this.#key).resume();
  }

  /** Moves what is shown of the body by so many lines. */
  scroll(lines: number): void {
    this.#first = Math.max(0, this.#first + lines);
  }

  draw(head: readonly TopLine[], body: readonly TopLine[], foot: string): void {
    const { output } = this.#options;
    const room = Math.max(0, (output.rows || ROWS) - head.length - 1);
    this.#first = Math.min(this.#first, Math.max(0, body.length - room));
    const shown = body.slice(this.#first, this.#first + room);
    const lines = [...head, ...shown].map((line) => this.#line(line));
    const below = Array.from({ length: Math.max(0, room - shown.length) }, () => REST_OF_LINE);
    const last = this.#line({ text: foot, style: "dim" });
    output.write(`${HOME}${[...lines, ...below, last].join("\n")}${REST_OF_SCREEN}`);
  }

  [Symbol.dispose](): void {
    const { input, output, onResize } = this.#options;
    input.off("keypress", this.#key).setRawMode(false);
    input.pause();
    output.off("resize", onResize);
    output.write(SHUT);
  }

  /** Cut where the terminal ends: a line that wraps would move all others. */
  #line({ text, style }: TopLine): string {
    const columns = this.#options.output.columns || COLUMNS;
    const cut = text.length > columns ? `${text.slice(0, Math.max(0, columns - 1))}…` : text;
    return `${style === undefined ? cut : styled(style, cut)}${REST_OF_LINE}`;
  }
}
