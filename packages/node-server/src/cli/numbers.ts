/** Numbers as people read them in a terminal. Pure. */
import { HOUR_MS, MINUTE_MS, SECOND_MS } from "@skein/runtime";

const grouped = new Intl.NumberFormat("en");
const short = new Intl.NumberFormat("en", { maximumSignificantDigits: 3 });

/** `12,345` */
export const whole = (value: number): string => grouped.format(Math.round(value));

/** `1 task`, `2 tasks` */
export const counted = (value: number, noun: string): string => `${whole(value)} ${noun}${value === 1 ? "" : "s"}`;

/** Three digits, and whole above a thousand. */
export const rate = (value: number): string => (value >= 1000 ? whole(value) : short.format(value < 0.01 ? 0 : value));

/** `1.2 GiB` */
export function size(bytes: number): string {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  const power = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(bytes) / 10));
  const scaled = bytes / 2 ** (10 * power);
  return `${scaled < 10 && power > 0 ? scaled.toFixed(1) : Math.round(scaled)} ${units[power] ?? ""}`;
}

/** A length of time in its two largest units: `4 s`, `3 min 20 s`, `2 h 5 min`. */
export function duration(ms: number): string {
  if (ms < MINUTE_MS) return `${Math.ceil(ms / SECOND_MS)} s`;
  const [large, small, names] =
    ms < HOUR_MS ? [MINUTE_MS, SECOND_MS, ["min", "s"]] : [HOUR_MS, MINUTE_MS, ["h", "min"]];
  const rounded = Math.round(ms / small) * small;
  const rest = Math.round((rounded % large) / small);
  return `${Math.floor(rounded / large)} ${names[0]}${rest === 0 ? "" : ` ${rest} ${names[1]}`}`;
}
