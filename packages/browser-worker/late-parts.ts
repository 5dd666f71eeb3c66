/**
 * Takes out of the program of a tab's servers what few tasks use: there it has no value, and code that names it gets
 * `src/server/late.ts`, which the page loads then.
 */
import { fileURLToPath } from "node:url";
import type { Plugin } from "vite";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** As `index.ts` of the runtime imports them, with what it takes of each. */
const LATE: Readonly<Record<string, readonly string[]>> = {
  "./fault/supervisor.ts": ["supervise"],
  "./pipe/pipe.ts": ["pipe"],
  "./pool/executor.ts": ["executor"],
  "./sync/barrier.ts": ["Barrier"],
  "./sync/condition.ts": ["Condition"],
  "./sync/latch.ts": ["Latch"],
  "./sync/mutex.ts": ["Mutex"],
  "./task/web-stream.ts": ["fromWebStream", "toWebStream"],
};
const INDEX = here("../runtime/src/index.ts");
const OFFLOAD = "../offload/offload.ts";
/** The one gives names without values, the other all of the runtime's that are late. */
const [NONE, ALL] = ["\0skein:late:", "\0skein:all-late"];

export function lateParts(): Plugin {
  const left = new Set([...Object.keys(LATE), OFFLOAD]);
  return {
    name: "skein:late-parts",
    enforce: "pre",
    resolveId: (source, importer) => {
      if (source === "@skein/runtime" && importer === here("src/server/late.ts")) return ALL;
      const isLate =
        importer === INDEX ? source in LATE : importer === here("src/server/main.ts") && source === OFFLOAD;
      if (!isLate) return undefined;
      left.delete(source);
      return NONE + source;
    },
    load: (id) => {
      if (id.startsWith(NONE)) {
        const names = LATE[id.slice(NONE.length)] ?? ["offload"];
        return names.map((name) => `export const ${name} = undefined;`).join("\n");
      }
      if (id !== ALL) return undefined;
      const lines = Object.entries(LATE).map(([file, names]) => {
        return `export { ${names.join(", ")} } from ${JSON.stringify(here(`../runtime/src/${file}`))};`;
      });
      return lines.join("\n");
    },
    buildEnd(error) {
      if (error === undefined && left.size > 0) this.error(`nothing imports ${[...left].join(", ")} any more`);
    },
  };
}
