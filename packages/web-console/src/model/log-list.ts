/** The last log lines of tasks, in the order they came: bounded by number and by characters. */
import type { JobId, LogLevel, Observed, TaskId } from "@skein/runtime";

export const LOG_LINE_LIMIT = 20_000;
export const LOG_TEXT_LIMIT: number = 4 * 1024 * 1024;

export interface LogRow {
  /** Counts the lines this page has heard. */
  readonly number: number;
  readonly timeMs: number;
  readonly level: LogLevel;
  readonly text: string;
  /** Fields as one line of text; empty without any. */
  readonly fields: string;
  readonly job: JobId | undefined;
  readonly task: TaskId | undefined;
  /** Where it was logged: by a task or program there, or (`own`) by skein itself. */
  readonly at: Observed["at"];
  readonly own: boolean;
}

export class LogList {
  readonly #limit: number;
  readonly #rows: (LogRow | undefined)[] = [];
  #first = 0;
  #count = 0;
  #characters = 0;

  constructor(limit: number = LOG_LINE_LIMIT) {
    this.#limit = limit;
  }

  /** How many were ever added. */
  get count(): number {
    return this.#count;
  }

  /** The number of the oldest one kept. */
  get first(): number {
    return this.#first;
  }

  add(line: Omit<LogRow, "number">): void {
    if (this.#count - this.#first >= this.#limit) this.#drop();
    const row = { ...line, number: this.#count };
    this.#rows[this.#count % this.#limit] = row;
    this.#count += 1;
    this.#characters += sizeOf(row);
    while (this.#characters > LOG_TEXT_LIMIT) this.#drop();
  }

  /** The line of that number, while it is kept. */
  at(number: number): LogRow | undefined {
    return number < this.#first || number >= this.#count ? undefined : this.#rows[number % this.#limit];
  }

  #drop(): void {
    const at = this.#first % this.#limit;
    const row = this.#rows[at];
    if (row !== undefined) this.#characters -= sizeOf(row);
    this.#rows[at] = undefined;
    this.#first += 1;
  }
}

const sizeOf = ({ text, fields }: LogRow): number => text.length + fields.length;
