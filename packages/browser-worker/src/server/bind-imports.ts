/** Binds what a bundle imports of skein to the server's own copy: a blob has no place from which names could be resolved. */
import { SkeinError } from "@skein/runtime";
import { parse } from "es-module-lexer/js";

/** What shipped code may import of ours in a tab. */
const OURS: ReadonlySet<string> = new Set(["skein", "skein/browser", "@skein/runtime", "@skein/browser-worker"]);
const NODES: ReadonlySet<string> = new Set(["skein/node", "@skein/node-server"]);
/** What finds its own way, or not, as its browser says. */
const HAS_PLACE = /^(blob|data):/;
const IS_ADDRESS = /^(https?:|\.{0,2}\/)/;
/** Under this name the global scope has what takes the place of an `import()` of what a tab has not. */
const LACKS = "skein.lacks";

/**
 * The module's text with `own` in place of the names of our packages; lines stay where they are. An `import()` of what a
 * tab has not rejects with `CODE_NOT_BUNDLABLE`: it may never be reached.
 *
 * @throws {SkeinError} `CODE_NOT_BUNDLABLE` for any other import of anything else: a tab has no packages and is no Node
 */
export function bindImports(code: string, own: string): string {
  Object.defineProperty(globalThis, LACKS, { value: notHereLater, configurable: true });
  let text = "";
  let at = 0;
  for (const { n: name, s: start, e: end, ss, se, d: dynamic } of parse(code)[0]) {
    // Without a name: `import.meta`, or an expression that only running it tells.
    if (name === undefined || HAS_PLACE.test(name)) continue;
    if (OURS.has(name)) {
      // The quotes of a dynamic import are within.
      text += code.slice(at, start) + (dynamic < 0 ? own : JSON.stringify(own));
      at = end;
    } else if (dynamic < 0) throw notHere(name);
    else if (!IS_ADDRESS.test(name)) {
      const lines = "\n".repeat(code.slice(ss, se).split("\n").length - 1);
      text += `${code.slice(at, ss)}globalThis[${JSON.stringify(LACKS)}](${JSON.stringify(name)}${lines})`;
      at = se;
    }
  }
  return text + code.slice(at);
}

/** The text of a module that gives every name of `members`, which it finds under `key` of the global scope. */
export function ownModule(key: string, members: Readonly<Record<string, unknown>>): string {
  const names = Object.keys(members).filter((name) => /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(name));
  return `const { ${names.join(", ")} } = globalThis[${JSON.stringify(key)}];\nexport { ${names.join(", ")} };\n`;
}

const notHereLater = async (name: string): Promise<never> => {
  throw notHere(name);
};

function notHere(name: string): SkeinError {
  const isNode = NODES.has(name) || name.startsWith("node:");
  return new SkeinError(
    "CODE_NOT_BUNDLABLE",
    `this code imports ${name}, which ${isNode ? "only Node has" : "is not installed here"}: a tab can't run it`,
    { hint: 'run it on nodes (where: [{ kind: "node" }]), or leave the import out of the module' },
  );
}
