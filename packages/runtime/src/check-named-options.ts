/** Checks options where there is a network: from then on errors say which name was meant. */
import { checkOptions as check, type OptionTable, suggestNames } from "./check-options.ts";
import { nearestName } from "./nearest-name.ts";

/** As `checkOptions` of `check-options.ts`, which loads no package of others. @throws {SkeinError} `OPTION_INVALID` */
export function checkOptions<T extends object>(what: string, options: unknown, table: OptionTable<T>): void {
  suggestNames(nearestName);
  check(what, options, table);
}
