/** Whole numbers as options are given them. */
import { SkeinError } from "@skein/runtime";

/** @throws {SkeinError} `OPTION_INVALID`, naming `option` */
export function wholeNumber(option: string, text: string, least: number): number {
  const number = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isSafeInteger(number) && number >= least) return number;
  throw new SkeinError("OPTION_INVALID", `${option}: ${text} is no whole number from ${least} up`, {
    hint: `write ${option} ${Math.max(least, 4)}, for example`,
  });
}
