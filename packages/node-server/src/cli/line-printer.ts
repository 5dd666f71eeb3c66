/** Standard output of what prints many lines: written a turn's at a time, no further than whoever reads it takes it. */
import { KIB } from "@skein/runtime";

/** Characters after which whoever prints is to wait. */
const FULL_CHARACTERS: number = 64 * KIB;

export class LinePrinter {
  readonly #stream: NodeJS.WritableStream;
  readonly #onGone: (error: Error) => void;
  #text = "";
  #soon: NodeJS.Immediate | undefined;
  #gone = false;

  /** `onGone` is told when nobody reads any more, or the disk is full. */
  constructor(stream: NodeJS.WritableStream, onGone: (error: Error) => void) {
    this.#stream = stream;
    this.#onGone = onGone;
  }

  /** So much waits that whoever prints is to wait for `flush`. */
  get full(): boolean {
    return this.#text.length >= FULL_CHARACTERS;
  }

  put(line: string): void {
    this.#text += `${line}\n`;
    this.#soon ??= setImmediate(() => void this.flush());
  }

  /** Resolves when what was put has been taken, or nobody takes anything any more. */
  async flush(): Promise<void> {
    if (this.#soon !== undefined) clearImmediate(this.#soon);
    this.#soon = undefined;
    const text = this.#text;
    this.#text = "";
    if (text === "" || this.#gone) return;
    await new Promise<void>((resolve) => {
      this.#stream.write(text, (error) => {
        if (error !== null && error !== undefined && !this.#gone) {
          this.#gone = true;
          this.#onGone(error);
        }
        resolve();
      });
    });
  }
}
