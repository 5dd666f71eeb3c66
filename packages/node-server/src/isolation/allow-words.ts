/** What `--allow` says, as words: `read=/data`, `write=/scratch`, `run`, `net`, `threads`, `addons`. */
import { resolve } from "node:path";
import { type Allow, SkeinError } from "@skein/runtime";
import { checkIsolation } from "@skein/runtime/network";

const WORDS = "read=PATH, write=PATH, run, net, threads, addons";

/**
 * Reads the words of `--allow`. Paths are taken from the working directory on.
 *
 * @throws {SkeinError} `OPTION_INVALID` for a word that is none of them
 * @example
 * parseAllow(["read=/data", "net"]); // { read: ["/data"], net: true }
 */
export function parseAllow(words: readonly string[]): Allow {
  const read: string[] = [];
  const write: string[] = [];
  const switches: { -readonly [Name in "run" | "net" | "threads" | "addons"]?: true } = {};
  for (const word of words) {
    const [name = "", ...rest] = word.split("=");
    const path = rest.join("=");
    if (name === "read" && path !== "") read.push(resolve(path));
    else if (name === "write" && path !== "") write.push(resolve(path));
    else if ((name === "run" || name === "net" || name === "threads" || name === "addons") && rest.length === 0) {
      switches[name] = true;
    } else {
      throw new SkeinError("OPTION_INVALID", `--allow ${JSON.stringify(word)} is nothing that can be allowed`, {
        hint: `give ${WORDS}`,
      });
    }
  }
  const allow: Allow = {
    ...(read.length === 0 ? {} : { read }),
    ...(write.length === 0 ? {} : { write }),
    ...switches,
  };
  checkIsolation({ allow });
  return allow;
}
