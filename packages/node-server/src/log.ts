/** A `Logger` that writes lines: text for people, or one JSON object each. */
import type { LogFields, Logger, LogLevel } from "@skein/runtime";

export const LOG_THRESHOLDS = ["debug", "info", "warn", "error", "none"] as const;
/** What is at least logged. */
export type LogThreshold = (typeof LOG_THRESHOLDS)[number];

export const LOG_FORMATS = ["text", "json"] as const;
export type LogFormat = (typeof LOG_FORMATS)[number];

export interface LineLoggerOptions {
  /** Default "warn". */
  readonly level?: LogThreshold;
  /** Default "text". */
  readonly format?: LogFormat;
  /** Takes a line with its line end. Default: standard error. */
  readonly write?: (line: string) => void;
}

/**
 * Makes a logger that writes a line per event.
 *
 * @example
 * const logger = createLineLogger({ level: "info" });
 * logger.info("server.lost", { server: 2 }); // 14:03:07 info  server.lost server=2
 */
export function createLineLogger(options: LineLoggerOptions = {}): Logger {
  const least = LOG_THRESHOLDS.indexOf(options.level ?? "warn");
  const write = options.write ?? ((line: string): unknown => process.stderr.write(line));
  const lineOf = options.format === "json" ? jsonLine : textLine;
  const at =
    (level: LogLevel) =>
    (event: string, fields: LogFields = {}): void => {
      if (LOG_THRESHOLDS.indexOf(level) >= least) write(lineOf(new Date(), level, event, fields));
    };
  return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}

function jsonLine(time: Date, level: LogLevel, event: string, fields: LogFields): string {
  return `${JSON.stringify({ time: time.toISOString(), level, event, ...fields }, plainValue)}\n`;
}

/** A line for people of what happened at `at`, by this machine's clock; of another day than today with its date. */
export function textLine(at: Date, level: LogLevel, event: string, fields: LogFields): string {
  const date = at.toDateString() === new Date().toDateString() ? "" : `${dateText(at)} `;
  const time = `${date}${at.toTimeString().slice(0, 8)}`;
  const told = Object.entries(fields).map(([key, value]) => ` ${key}=${shown(value)}`);
  return `${time} ${level.padEnd(5)} ${event}${told.join("")}\n`;
}

/** `2026-11-20`, by this machine's clock. */
const dateText = (at: Date): string =>
  [at.getFullYear(), at.getMonth() + 1, at.getDate()].map((part) => String(part).padStart(2, "0")).join("-");

/** A value as one word: quoted where it has spaces or would break the line or the terminal. */
function shown(value: unknown): string {
  if (value instanceof Error) return JSON.stringify(value.message);
  if (typeof value === "string") return /^[\w.:/@%+,=#-]+$/.test(value) ? value : JSON.stringify(value);
  return JSON.stringify(value, plainValue) ?? String(value);
}

function plainValue(_key: string, value: unknown): unknown {
  if (typeof value === "bigint") return value.toString();
  if (value instanceof Error)
    return { name: value.name, message: value.message, ...("code" in value ? { code: value.code } : {}) };
  return value;
}
