/** For tests: where the programs are that they start, as they are published when vitest has made that tree (`tools/published-tree.ts`), else the sources. */
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const tree = process.env["SKEIN_PUBLISHED"];
const below = (url: string): string => fileURLToPath(new URL(url, import.meta.url));

/** The command `skein`. */
export const BIN: string =
  tree === undefined ? below("../../skein/bin/skein.mjs") : join(tree, "node_modules/skein/bin/skein.mjs");

/** One of the examples. */
export const example = (name: string): string =>
  tree === undefined ? below(`../../../examples/${name}`) : join(tree, "examples", name);

/** A folder for programs that a test writes, where `skein` is found as an installed package would be. */
export const programsFolder: string = tree ?? below("../../../examples/.pages");

/** One of the programs of `fixtures`. */
export const fixture = (name: string): string =>
  tree === undefined ? below(`fixtures/${name}`) : join(tree, "fixtures", name);
