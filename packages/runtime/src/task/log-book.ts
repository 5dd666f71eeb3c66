/** The last lines that a process logs, kept while somebody looks at them. */
import { cut } from "../cut-text.ts";
import { LOG_FIELD_LIMIT, LOG_LINES_SHOWN } from "../defaults.ts";
import type { LogFields, Logger, LogLevel } from "../logger.ts";
import type { Engine } from "./engine.ts";
import { Ring } from "./run-queue.ts";

/** A line that a place itself logs, not one of its tasks. */
export interface LogLine {
  /** Counts the lines of its place while it is looked at, of all levels: a line is told again with the same number. */
  readonly line: number;
  readonly timeMs: number;
  readonly level: LogLevel;
  /** The event's name, `noun.verb`. */
  readonly text: string;
  /** Its fields as text, cut. */
  readonly fields?: Readonly<Record<string, string>>;
}

const RANKS: Readonly<Record<LogLevel, number>> = { debug: 0, info: 1, warn: 2, error: 3 };
/** Fields of one line; more are left out. */
const FIELDS_SHOWN = 16;

class LogBook {
  readonly #engine: Engine;
  readonly #lines = new Ring<LogLine>();
  /** Lines of each level that were kept once. */
  readonly #counts: Record<LogLevel, number> = { debug: 0, info: 0, warn: 0, error: 0 };
  /** Lines below this are not kept. */
  #least = Infinity;
  #last = 0;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /** Keeps lines of these levels and worse; without any, none: what is kept goes. */
  keep(levels: readonly LogLevel[]): void {
    this.#least = Math.min(...levels.map((level) => RANKS[level]));
    if (levels.length > 0) return;
    while (this.#lines.size > 0) this.#lines.shift();
    for (const level of LEVELS) this.#counts[level] = 0;
  }

  add(level: LogLevel, text: string, fields: LogFields | undefined): void {
    if (RANKS[level] < this.#least) return;
    this.#last += 1;
    this.#counts[level] += 1;
    if (this.#lines.size >= LOG_LINES_SHOWN) this.#lines.shift();
    const shown = fields === undefined ? {} : { fields: shownFields(fields) };
    const timeMs = this.#engine.platform.wallMs();
    this.#lines.push({ line: this.#last, timeMs, level, text: cutField(text), ...shown });
  }

  /** The kept lines of this level and worse, oldest first, and how many more there were. */
  lines(level: LogLevel): { readonly lines: readonly LogLine[]; readonly more: number } {
    const least = RANKS[level];
    const lines: LogLine[] = [];
    for (let index = 0; index < this.#lines.size; index += 1) {
      const line = this.#lines.peek(index);
      if (RANKS[line.level] >= least) lines.push(line);
    }
    const all = LEVELS.reduce((sum, one) => sum + (RANKS[one] >= least ? this.#counts[one] : 0), 0);
    return { lines, more: all - lines.length };
  }
}

/** The key of an engine's {@link LogBook}. */
export const logBook = (engine: Engine): LogBook => new LogBook(engine);

/** A logger that says the same to `logger`, and to those who look at this runtime. */
export function bookedLogger(engine: Engine, logger: Logger): Logger {
  const book = engine.part(logBook);
  const at =
    (level: LogLevel) =>
    (text: string, fields?: LogFields): void => {
      book.add(level, text, fields);
      logger[level](text, fields);
    };
  return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}

const LEVELS: readonly LogLevel[] = ["debug", "info", "warn", "error"];

function shownFields(fields: LogFields): Readonly<Record<string, string>> {
  const shown: Record<string, string> = {};
  for (const [name, value] of Object.entries(fields).slice(0, FIELDS_SHOWN)) {
    try {
      shown[cutField(name)] = cutField(fieldText(value));
    } catch {
      shown[cutField(name)] = "?";
    }
  }
  return shown;
}

/** In short: what is logged may be anything. */
function fieldText(value: unknown): string {
  switch (typeof value) {
    case "string":
      return value;
    case "number":
    case "boolean":
    case "bigint":
    case "undefined":
      return String(value);
    case "object":
      if (value instanceof Error) return value.message;
      return value === null ? "null" : Array.isArray(value) ? `[${value.length}]` : "{…}";
    default:
      return typeof value;
  }
}

const cutField = (text: string): string => cut(text, LOG_FIELD_LIMIT);
