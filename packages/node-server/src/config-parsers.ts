/** What narrows the values of options: texts of flags and the environment, and values of a file. */
import { availableParallelism } from "node:os";
import { MIB, SkeinError } from "@skein/runtime";

/** Where a value was given, for people: a flag, a variable, a key of a file. */
export type Source = string;

export function invalid(message: string, hint: string): SkeinError {
  return new SkeinError("OPTION_INVALID", message, { hint });
}

export function text(given: unknown, source: Source): string {
  if (typeof given === "string" && given !== "") return given;
  throw invalid(`${source} needs a text`, `write ${source} VALUE`);
}

export function list(given: unknown, source: Source): readonly string[] {
  const items: readonly unknown[] = Array.isArray(given) ? given : [given];
  return items.map((item) => text(item, source));
}

export function labels(given: unknown, source: Source): Readonly<Record<string, string>> {
  if (typeof given === "object" && given !== null && !Array.isArray(given)) {
    return Object.fromEntries(Object.entries(given).map(([key, value]) => [key, text(value, `${source}.${key}`)]));
  }
  return Object.fromEntries(
    list(given, source).map((item) => {
      const [key = "", ...value] = item.split("=");
      if (key === "" || value.length === 0)
        throw invalid(`${source}: ${JSON.stringify(item)} is no KEY=VALUE`, "write gpu=yes, for example");
      return [key, value.join("=")];
    }),
  );
}

export function servers(given: unknown, source: Source): number {
  const all = availableParallelism();
  if (given === "all") return all;
  const said = Number(given);
  if (!Number.isInteger(said) || given === "") {
    throw invalid(
      `${source}: ${JSON.stringify(given)} is no number of servers`,
      "give a number, all, or -N for all but N",
    );
  }
  if (said === 0) {
    throw invalid(`${source}: a node has 1 server or more`, "leave the option out for one for each core");
  }
  const wanted = said > 0 ? said : all + said;
  if (wanted >= 1 && wanted <= 1024) return wanted;
  throw invalid(
    `${source}: ${String(given)} leaves ${wanted} servers on ${all} cores`,
    "at least 1 and at most 1024 are possible",
  );
}

export function port(given: unknown, source: Source): number {
  const number = given === "" ? Number.NaN : Number(given);
  if (Number.isInteger(number) && number >= 0 && number <= 65_535) return number;
  throw invalid(`${source}: ${JSON.stringify(given)} is no port`, "give a number from 0 to 65535");
}

/** Two ports and all between them, as `40000-40100`; in a file also a list of the two. */
export function portRange(given: unknown, source: Source): readonly [first: number, last: number] {
  const ends: readonly unknown[] = Array.isArray(given) ? given : String(given).split("-");
  const [first = 0, last = first] = ends.map((end) => port(end, source));
  if (ends.length === 2 && first > 0 && last >= first) return [first, last];
  throw invalid(`${source}: ${JSON.stringify(given)} is no range of ports`, "write 40000-40100, for example");
}

export function yesOrNo(given: unknown, source: Source): boolean {
  if (typeof given === "boolean") return given;
  if (given === "yes" || given === "true" || given === "1") return true;
  if (given === "no" || given === "false" || given === "0") return false;
  throw invalid(`${source}: ${JSON.stringify(given)} is neither yes nor no`, "write yes or no");
}

export function oneOf<T extends string>(values: readonly T[]): (given: unknown, source: Source) => T {
  return (given, source) => {
    const found = values.find((value) => value === given);
    if (found === undefined)
      throw invalid(
        `${source}: ${JSON.stringify(given)} is none of ${values.join(", ")}`,
        `choose one of ${values.join(", ")}`,
      );
    return found;
  };
}

/** A number of bytes, 1 or more, as `4096`, `100k`, `10m`, `4g` or `1t` (of 1024 each). */
export function bytes(given: unknown, source: Source): number {
  const [, digits = "", unit = ""] = /^(\d+(?:\.\d+)?)([kmgt]?)$/i.exec(String(given)) ?? [];
  const size = Math.floor(Number(digits) * 1024 ** " kmgt".indexOf(unit.toLowerCase() || " "));
  if (digits !== "" && Number.isSafeInteger(size) && size >= 1) return size;
  throw invalid(`${source}: ${JSON.stringify(given)} is no size`, "give bytes, or 100k, 10m, 4g");
}

/** A number of bytes, `least` or more. */
export function bytesFrom(least: number, why: string): (given: unknown, source: Source) => number {
  return (given, source) => {
    const size = bytes(given, source);
    if (size >= least) return size;
    throw invalid(`${source}: ${String(given)} is ${size} bytes: ${why}`, `give ${least / MIB}m or more`);
  };
}

/** A whole number from 1. */
export function count(given: unknown, source: Source): number {
  const number = given === "" ? Number.NaN : Number(given);
  if (Number.isSafeInteger(number) && number >= 1) return number;
  throw invalid(`${source}: ${JSON.stringify(given)} is no whole number from 1`, "give a number, 1 for example");
}

/** A time of milliseconds, from `leastMs` to `mostMs`. */
export function milliseconds(leastMs: number, mostMs: number = Infinity): (given: unknown, source: Source) => number {
  return (given, source) => {
    const number = given === "" ? Number.NaN : Number(given);
    if (Number.isSafeInteger(number) && number >= leastMs && number <= mostMs) return number;
    const most = mostMs === Infinity ? "" : ` and at most ${mostMs}`;
    throw invalid(
      `${source}: ${JSON.stringify(given)} is no time of at least ${leastMs}${most} ms`,
      "give whole milliseconds: 30000 is half a minute",
    );
  };
}

/** A time of day, as `HH:MM`. */
export function timeOfDay(given: unknown, source: Source): string {
  const [, hours = "", minutes = ""] = /^(\d{1,2}):(\d{2})$/.exec(String(given)) ?? [];
  if (hours !== "" && Number(hours) < 24 && Number(minutes) < 60) return `${hours.padStart(2, "0")}:${minutes}`;
  throw invalid(`${source}: ${JSON.stringify(given)} is no time of day`, "write HH:MM, as 08:30 or 22:00");
}
