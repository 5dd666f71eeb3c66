/** Checks the options that a program gives, by one table for each type of options: names that are none, and values of the wrong kind. */
import { SkeinError } from "./errors.ts";

/** Checks the value of one option. `path` is its name, `what` the function it was given to. */
export type OptionKind = (value: unknown, path: string, what: string) => void;

/** Each option of `T` with its kind: one that is new and has none does not compile. */
export type OptionTable<T> = { readonly [K in keyof Required<T>]: OptionKind };

/**
 * Options that are `undefined` are left out.
 *
 * @throws {SkeinError} `OPTION_INVALID`, which names the option, says what it may be, or which name may have been meant
 * @example
 * checkOptions("run", { retires: 2 }, RUN_OPTIONS); // throws: run has no option retires: did you mean retries?
 */
export function checkOptions<T extends object>(what: string, options: unknown, table: OptionTable<T>): void {
  if (options !== undefined) checkEach(options, "", what, table);
}

function checkEach(options: unknown, path: string, what: string, table: Readonly<Record<string, OptionKind>>): void {
  if (typeof options !== "object" || options === null || Array.isArray(options)) {
    const named = path === "" ? `the options of ${what} are` : `${path} of ${what} is`;
    throw invalid(`${named} ${shown(options)}`, `give an object with ${Object.keys(table).join(", ")}`);
  }
  for (const [name, value] of Object.entries(options)) {
    const kind = Object.hasOwn(table, name) ? table[name] : undefined;
    if (kind === undefined) throw unknownName(name, path, what, Object.keys(table));
    if (value !== undefined) kind(value, path === "" ? name : `${path}.${name}`, what);
  }
}

/** A kind of values; `give` completes "give …". */
export const kindOf =
  (give: string, fits: (value: unknown) => boolean): OptionKind =>
  (value, path, what) => {
    if (!fits(value)) throw invalid(`${path} of ${what} is ${shown(value)}`, `give ${give}`);
  };

export const text: OptionKind = kindOf("a text", (value) => typeof value === "string");
export const flag: OptionKind = kindOf("true or false", (value) => typeof value === "boolean");
/** What is not asked for is left out. */
export const yes: OptionKind = kindOf("true, or leave it out", (value) => value === true);
export const callable: OptionKind = kindOf("a function", (value) => typeof value === "function");
export const anyObject: OptionKind = kindOf("an object", (value) => typeof value === "object" && value !== null);
export const anyList: OptionKind = kindOf("an array", Array.isArray);
export const regExp: OptionKind = kindOf(
  "a RegExp",
  (value) => Object.prototype.toString.call(value) === "[object RegExp]",
);
export const url: OptionKind = kindOf(
  "a URL: new URL(…, import.meta.url)",
  (value) => typeof value === "object" && value !== null && "href" in value,
);
export const signal: OptionKind = kindOf(
  "an AbortSignal",
  (value) => typeof value === "object" && value !== null && "aborted" in value && "addEventListener" in value,
);

/** Milliseconds to wait. */
export const time: OptionKind = kindOf(
  "milliseconds, from 0 on; Infinity waits without a limit",
  (value) => typeof value === "number" && value >= 0,
);
/** A number from `least` to `most`, both among them. */
export const amount = (least = 0, most: number = Number.MAX_VALUE): OptionKind =>
  kindOf(
    most === Number.MAX_VALUE ? `a number from ${least} on` : `a number from ${least} to ${most}`,
    (value) => typeof value === "number" && value >= least && value <= most,
  );
/** The same, without fractions. */
export const whole = (least: number, most: number): OptionKind =>
  kindOf(
    `a whole number from ${least} to ${most}`,
    (value) => typeof value === "number" && Number.isInteger(value) && value >= least && value <= most,
  );
/** How often what was lost is started again. */
export const retries: OptionKind = kindOf(
  "a whole number from 0 on, or Infinity",
  (value) => typeof value === "number" && value >= 0 && (Number.isInteger(value) || value === Infinity),
);
export const oneOf = (values: readonly string[]): OptionKind =>
  kindOf(values.map((value) => JSON.stringify(value)).join(" or "), (value) => values.some((one) => one === value));

/** An array, each of whose values is of that kind. */
export const listOf =
  (kind: OptionKind): OptionKind =>
  (value, path, what) => {
    if (!Array.isArray(value)) throw invalid(`${path} of ${what} is ${shown(value)}`, "give an array");
    value.forEach((one, index) => kind(one, `${path}[${index}]`, what));
  };
/** One of these values, or an array of them. */
export const oneOrListOf =
  (kind: OptionKind): OptionKind =>
  (value, path, what) =>
    (Array.isArray(value) ? listOf(kind) : kind)(value, path, what);
/** A function, or a value of that kind. */
export const callableOr =
  (kind: OptionKind): OptionKind =>
  (value, path, what) => {
    if (typeof value !== "function") kind(value, path, what);
  };
/** An object of options of its own. */
export const optionsOf =
  <T extends object>(table: OptionTable<T>): OptionKind =>
  (value, path, what) =>
    checkEach(value, path, what, table);
const PACKAGE_NAME = /^(@[\w.~-]+\/)?[\w.~-]+$/;
export const packageName: OptionKind = kindOf(
  'a package\'s name as in package.json: "sharp", "@scope/name"',
  (value) => typeof value === "string" && PACKAGE_NAME.test(value) && !/^\.+$/.test(value),
);
/** Texts by name. */
export const texts: OptionKind = kindOf(
  "texts by name",
  (value) =>
    typeof value === "object" &&
    value !== null &&
    !Array.isArray(value) &&
    Object.values(value).every((one) => typeof one === "string"),
);

/** A value as an error shows it. */
export function shown(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value.length > 80 ? `${value.slice(0, 80)}…` : value);
  if (Array.isArray(value)) return "an array";
  if (typeof value === "function") return "a function";
  if (typeof value === "object" && value !== null) return "an object";
  return String(value);
}

/** @param names those there are */
function unknownName(name: string, path: string, what: string, names: readonly string[]): SkeinError {
  const where = path === "" ? what : `${path} of ${what}`;
  const meant = findMeant?.(name, names);
  const question = meant === undefined ? "" : `: did you mean ${meant}?`;
  return invalid(`${where} has no option ${name.slice(0, 80)}${question}`, `there are ${names.join(", ")}`);
}

/** Finds the name that was meant. A program without a network goes without: it loads no package of others. */
type FindName = (name: string, names: readonly string[]) => string | undefined;
let findMeant: FindName | undefined;

/** Has errors say which name was meant. */
export function suggestNames(find: FindName): void {
  findMeant = find;
}

const invalid = (message: string, hint: string): SkeinError => new SkeinError("OPTION_INVALID", message, { hint });
