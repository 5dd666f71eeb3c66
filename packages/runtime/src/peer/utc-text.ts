/** A time on the calendar as people read it, from milliseconds since 1970; for messages about clocks and expiry. */
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from "../units.ts";

/** `2026-11-20 20:31:05 UTC`. */
export function utcText(ms: number): string {
  const days = Math.floor(ms / DAY_MS);
  const { year, month, day } = dateOf(days);
  const rest = ms - days * DAY_MS;
  const clock = [rest / HOUR_MS, (rest / MINUTE_MS) % 60, (rest / SECOND_MS) % 60].map((part) => two(Math.floor(part)));
  return `${year}-${two(month)}-${two(day)} ${clock.join(":")} UTC`;
}

/** `3 s`, `7 min`, `5 h`, `2 days`. */
export function durationText(ms: number): string {
  if (ms < MINUTE_MS) return `${Math.round(ms / SECOND_MS)} s`;
  if (ms < HOUR_MS) return `${Math.round(ms / MINUTE_MS)} min`;
  return ms < 2 * DAY_MS ? `${Math.round(ms / HOUR_MS)} h` : `${Math.round(ms / DAY_MS)} days`;
}

const two = (part: number): string => String(part).padStart(2, "0");

/** The Gregorian date so many days after 1970-01-01; years are counted from March, so that leap days come last. */
function dateOf(days: number): { readonly year: number; readonly month: number; readonly day: number } {
  const shifted = days + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const shiftedMonth = Math.floor((5 * dayOfYear + 2) / 153);
  const month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9;
  return {
    year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0),
    month,
    day: dayOfYear - Math.floor((153 * shiftedMonth + 2) / 5) + 1,
  };
}
