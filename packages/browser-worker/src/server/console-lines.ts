/** Sends what tasks in a tab's server print to its page, line by line and no more than that takes. */
import type { TaskId } from "@skein/runtime";
import type { ServerLine } from "@skein/runtime/host";
import { LINE_CHARACTERS, LINES_AHEAD } from "./words.ts";

export interface ConsoleLinesOptions {
  readonly send: (line: ServerLine) => void;
  /** The task that prints, where that is known. */
  readonly speaker: () => TaskId | undefined;
}

const STREAMS = { debug: "stdout", info: "stdout", log: "stdout", warn: "stderr", error: "stderr" } as const;

export class ConsoleLines {
  readonly #options: ConsoleLinesOptions;
  #ahead = 0;
  #dropped = 0;

  constructor(options: ConsoleLinesOptions) {
    this.#options = options;
  }

  /** From now on what is printed by `target` comes here. */
  take(target: Pick<Console, keyof typeof STREAMS>): void {
    for (const [name, stream] of Object.entries(STREAMS)) {
      const print = (...values: unknown[]): void => this.print(stream, values.map(shown).join(" "));
      Object.defineProperty(target, name, { value: print, configurable: true, writable: true });
    }
  }

  print(stream: ServerLine["stream"], text: string): void {
    const task = this.#options.speaker();
    for (const line of text.split("\n")) {
      if (this.#ahead >= LINES_AHEAD) this.#dropped += 1;
      else {
        this.#ahead += 1;
        const cut = line.slice(0, LINE_CHARACTERS);
        this.#options.send({ stream, text: cut, ...(task === undefined ? {} : { task }) });
      }
    }
  }

  /** The page has taken lines. */
  taken(lines: number): void {
    this.#ahead = Math.max(0, this.#ahead - lines);
    if (this.#dropped === 0 || this.#ahead >= LINES_AHEAD) return;
    const dropped = this.#dropped;
    this.#dropped = 0;
    this.print("stderr", `${dropped} lines were dropped: they came faster than they are read`);
  }
}

/** What is left when objects, functions and symbols are gone. */
type Plain = string | number | bigint | boolean | null | undefined;

function shown(value: unknown): string {
  if (typeof value === "string") return value;
  if (value instanceof Error) return value.stack ?? String(value);
  try {
    if (typeof value === "object" && value !== null) return JSON.stringify(value);
    return typeof value === "symbol" || typeof value === "function" ? value.toString() : `${value as Plain}`;
  } catch {
    return Object.prototype.toString.call(value); // a cycle, or what a `toJSON` throws
  }
}
