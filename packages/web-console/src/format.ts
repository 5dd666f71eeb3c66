/** Numbers as people read them. Pure. */
import { HOUR_MS, MINUTE_MS, SECOND_MS } from "@skein/runtime";

const whole = new Intl.NumberFormat("en");
const short = new Intl.NumberFormat("en", { maximumSignificantDigits: 3 });

/** `12,345`. */
export const count = (value: number): string => whole.format(Math.round(value));

/** `1 task`, `2 tasks`; with a plural of its own where that is not an s more. */
export const counted = (value: number, noun: string, plural = `${noun}s`): string =>
  `${count(value)} ${value === 1 ? noun : plural}`;

/** Three digits, and whole above a thousand: `0.85`, `48.2`, `1,204`. */
export const rate = (value: number): string => (value >= 1000 ? count(value) : short.format(value < 0.01 ? 0 : value));

const BYTE_UNITS = ["B", "kB", "MB", "GB", "TB", "PB"] as const;

/** `9.2 GB`; powers of 1000. */
export function bytes(value: number): string {
  let amount = value;
  let unit = 0;
  while (amount >= 1000 && unit < BYTE_UNITS.length - 1) {
    amount /= 1000;
    unit += 1;
  }
  return `${unit === 0 ? count(amount) : short.format(amount)} ${BYTE_UNITS[unit]}`;
}

/** A length of time in its two largest units: `240 ms`, `4.2 s`, `3 min 20 s`, `2 h 5 min`. */
export function duration(ms: number): string {
  if (ms < SECOND_MS) return `${Math.round(ms)} ms`;
  if (ms < 10 * SECOND_MS) return `${(ms / SECOND_MS).toFixed(1)} s`;
  if (ms < MINUTE_MS) return `${Math.round(ms / SECOND_MS)} s`;
  const [large, small, names] =
    ms < HOUR_MS ? [MINUTE_MS, SECOND_MS, ["min", "s"]] : [HOUR_MS, MINUTE_MS, ["h", "min"]];
  const rounded = Math.round(ms / small) * small;
  const rest = Math.round((rounded % large) / small);
  return `${Math.floor(rounded / large)} ${names[0]}${rest === 0 ? "" : ` ${rest} ${names[1]}`}`;
}

/** `37 %`; never 100 before all is done, never 0 once something is. */
export function percent(part: number, all: number): string {
  if (all === 0) return "0 %";
  const value = Math.round((part / all) * 100);
  if (value === 100 && part < all) return "99 %";
  return `${value === 0 && part > 0 ? 1 : value} %`;
}

const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });

/** `17:32:10`, in the reader's time zone. */
export const timeOfDay = (timeMs: number): string => clock.format(timeMs);

/** The end of a peer's id, which is what tells two apart. */
export const shortId = (id: string): string => `…${id.slice(-6)}`;
