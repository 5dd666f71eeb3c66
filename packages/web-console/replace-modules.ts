/** Puts other code in place of modules of a page. */
import type { Plugin } from "vite";

/** How a module's path ends, and the code; an import of any other name makes the build fail, not the page. */
export type Replaced = readonly [file: string, code: string];

/** `whose`: for the error when a build meets one of them nowhere: what has moved its file would bring all of it again. */
export function replaceModules(name: string, whose: string, replaced: readonly Replaced[]): Plugin {
  const left = new Set(replaced.map(([file]) => file));
  let builds = false;
  return {
    name: `skein:${name}`,
    enforce: "pre",
    configResolved: ({ command }) => {
      builds = command === "build";
    },
    load(id) {
      const found = replaced.find(([file]) => id.endsWith(file));
      if (found === undefined) return undefined;
      left.delete(found[0]);
      return found[1];
    },
    buildEnd(error) {
      if (builds && error === undefined && left.size > 0)
        this.error(`${whose} has no ${[...left].join(", ")} any more`);
    },
  };
}
