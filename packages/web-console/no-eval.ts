/** Makes libraries not try `new Function` in a page: its policy forbids it, and each try would be reported. */
import type { Plugin } from "vite";

/** What is replaced in which file; text that is not found there makes the build fail, not the page complain. */
const REPLACED: readonly (readonly [file: RegExp, from: string, to: string])[] = [
  // Whether code can be compiled is tried out: it can't.
  [/\/zod\/v4\/core\/util\.js$/, "const F = Function;", "return false; const F = Function;"],
];

export function noEval(): Plugin {
  return {
    name: "skein:no-eval",
    enforce: "pre",
    transform(code, id) {
      const found = REPLACED.find(([file]) => file.test(id));
      if (found === undefined) return undefined;
      const [, from, to] = found;
      if (!code.includes(from)) this.error(`${id} has no "${from}" any more: see how it finds out about eval now`);
      return { code: code.replace(from, to), map: null };
    },
  };
}
