/** Times as people write them: `90s`, `30m`, `24h`, `7d`. */
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS, SkeinError } from "@skein/runtime";

const UNITS_MS: Readonly<Record<string, number>> = { ms: 1, s: SECOND_MS, m: MINUTE_MS, h: HOUR_MS, d: DAY_MS };

/** Milliseconds of `text`, up to a year. @throws {SkeinError} `OPTION_INVALID`, naming `option` */
export function durationMs(option: string, text: string): number {
  const [, number, unit = ""] = /^(\d+)(ms|[smhd])$/.exec(text) ?? [];
  const ms = Number(number) * (UNITS_MS[unit] ?? Number.NaN);
  if (ms >= 0 && ms <= 365 * DAY_MS) return ms;
  throw new SkeinError("OPTION_INVALID", `${option}: ${text} is no time up to a year`, {
    hint: "write 90s, 30m, 24h or 7d",
  });
}
