/** Which part of its file a live function is, and whether that part can run elsewhere. */
import { SkeinError } from "@skein/runtime";
import type { LiveFunction } from "@skein/runtime/host";
import { isOwnName } from "./extract.ts";
import { mostlySays, sameWords, wordsOf } from "./function-words.ts";
import { isNode, type Node } from "./node.ts";
import { type Change, type Definition, type Program, type Use } from "./program.ts";
import type { Position, WrittenPlace } from "./source-file.ts";

const CLASS_TEXT = /^class\b/;
const FORMS: Readonly<Record<string, { readonly generator: boolean; readonly async: boolean }>> = {
  GeneratorFunction: { generator: true, async: false },
  AsyncFunction: { generator: false, async: true },
  AsyncGeneratorFunction: { generator: true, async: true },
};

/** The definition that `fn` was made from; `undefined` when the file says nothing like it at that place. */
export function definitionOf(fn: LiveFunction, program: Program, { file, at }: WrittenPlace): Definition | undefined {
  const alike = program.definitions.filter(({ node }) => isLike(node, fn));
  if (file.map === undefined) {
    const index = program.indexOf(at);
    // The engine gives a class the place of its constructor.
    const around = alike.filter(({ node }) => node.start <= index && index <= (isClass(fn) ? node.end : headEnd(node)));
    return around.toSorted((a, b) => b.node.start - a.node.start)[0];
  }
  return byWords(fn, program, { file, at }, alike);
}

/**
 * Where a tool has made the script: positions may be a little wrong by its map, or wholly where two tools were at work, so
 * the words of the function decide, and the position only among those that say the same.
 */
function byWords(
  fn: LiveFunction,
  program: Program,
  { file, at }: WrittenPlace,
  alike: readonly Definition[],
): Definition | undefined {
  const live = wordsOf(Function.prototype.toString.call(fn), program.imports);
  if (live === undefined) return undefined;
  const near = alike
    .map((one) => ({
      one,
      far: distance(one, program, file.original, at),
      words: wordsOf(textOf(one, program), program.imports) ?? [],
    }))
    .toSorted((a, b) => a.far - b.far);
  const same = near.filter(({ words }) => sameWords(live, words));
  const [first, second] = same;
  if (first !== undefined && (first.far < Infinity || second === undefined)) return first.one;
  return near.find(({ far, words }) => far < Infinity && mostlySays(live, words))?.one;
}

/** Its text, with its name where it is a method. */
function textOf({ node, parent }: Definition, { text }: Program): string {
  const isMethod = parent["method"] === true || parent["kind"] === "get" || parent["kind"] === "set";
  if (!isMethod && parent.type !== "MethodDefinition") return text.slice(node.start, node.end);
  return text.slice(parent.start, node.end).replace(/^static\s+/, "");
}

export const isClass = (fn: unknown): boolean =>
  typeof fn === "function" && CLASS_TEXT.test(Function.prototype.toString.call(fn));

function isLike(node: Node, fn: LiveFunction): boolean {
  if (node.type.startsWith("Class")) return isClass(fn);
  const form = FORMS[Object.prototype.toString.call(fn).slice(8, -1)] ?? { generator: false, async: false };
  return !isClass(fn) && (node["generator"] === true) === form.generator && (node["async"] === true) === form.async;
}

/** Where the head of a function or class ends: its body begins there. */
const headEnd = ({ body, end }: Node): number => (isNode(body) ? body.start : end);

function distance(one: Definition, program: Program, original: WrittenPlace["file"]["original"], at: Position): number {
  let least = Infinity;
  const starts = [
    one.node.start,
    paramsStart(one.node, program.text),
    one.parent.start,
    ...constructorStarts(one.node),
  ];
  for (const index of new Set(starts)) {
    const found = original(program.positionOf(index));
    if (found?.line === at.line) least = Math.min(least, Math.abs(found.column - at.column));
  }
  return least;
}

/** Of a class: where its constructor begins, and the parameters of it. */
function constructorStarts({ body }: Node): number[] {
  const members: unknown = isNode(body) ? body["body"] : undefined;
  const all = Array.isArray(members) ? members.filter(isNode) : [];
  const found = all.find(({ kind }) => kind === "constructor");
  return found === undefined ? [] : [found.start, isNode(found["value"]) ? found["value"].start : found.start];
}

const paramsStart = (node: Node, text: string): number => Math.max(node.start, text.indexOf("(", node.start));

/** Names that stand for something in every function. */
const ALWAYS: ReadonlySet<string> = new Set(["undefined", "require"]);

/**
 * Refuses what can't run elsewhere.
 * @throws {SkeinError} `FUNCTION_NOT_SELF_CONTAINED` with the name, the file and the line of what it lacks
 */
export function checkSelfContained(
  program: Program,
  name: string,
  file: WrittenPlace["file"],
  definition: Definition,
): void {
  const { node, parent } = definition;
  const refuse = (use: { readonly index: number } | undefined, why: string): never => {
    throw notSelfContained(name, placeText(program, file, use?.index ?? node.start), why);
  };
  if (parent["kind"] === "get" || parent["kind"] === "set") refuse(undefined, "it is a getter or setter");
  for (const use of program.usesOf(node)) {
    const why = isOwnName(use, definition) ? undefined : whyNot(use);
    if (why !== undefined) refuse(use, why);
  }
}

/** Refuses what a declaration that the function reaches can't be without: what was made by the running program. */
export function checkDeclaration(
  program: Program,
  name: string,
  file: WrittenPlace["file"],
  statement: Node,
  as: string,
): void {
  for (const use of program.usesOf(statement)) {
    if (use.kind !== "await" && use.kind !== "using" && use.kind !== "import.meta") continue;
    const why =
      use.kind === "import.meta"
        ? `it uses ${as}, which is made of import.meta`
        : `it uses ${as}, which this program made while it started and which stays here`;
    throw notSelfContained(name, placeText(program, file, statement.start), why);
  }
}

/** What to do about a function that uses what others change, in a job and in a pool. */
export const CHANGED_IN_JOB =
  "pass its value as an argument; what one function is to leave for others in its process belongs on globalThis";
export const CHANGED_IN_POOL =
  "pass its value as an argument; or give the pool what changes it first, as its initializer or by runOnAll()";

/** What it reaches is another at the place it is called from than where it is sent to. */
export function refuseChange(
  program: Program,
  fn: string,
  file: WrittenPlace["file"],
  { name, node }: Change,
  hint: string,
): never {
  const why = `it uses ${name}, which is changed by what is not sent with it`;
  throw notSelfContained(fn, placeText(program, file, node.start), why, hint);
}

function whyNot({ kind, name, home, topLevel }: Use): string | undefined {
  switch (kind) {
    case "name":
      if (topLevel || ALWAYS.has(name)) return undefined;
      if (home !== undefined) return `it uses ${name}, a variable of the function around it`;
      return name in globalThis ? undefined : `it uses ${name}, which its file does not declare`;
    case "import.meta":
      return "it uses import.meta, which is another file's elsewhere";
    case "super":
      return "it uses super";
    case "private":
      return "it uses private fields of a class";
    case "this":
      return "it uses this of the function around it";
    default:
      return undefined;
  }
}

/** `file:line` in what the user wrote. */
export function placeText(program: Program, file: WrittenPlace["file"], index: number): string {
  const at = file.original(program.positionOf(index));
  return at === undefined ? file.path : `${file.path}:${at.line + 1}`;
}

export function notSelfContained(
  name: string,
  place: string | undefined,
  why: string,
  hint = "pass what it needs as arguments, or move it to the top level of its module",
): SkeinError {
  const where = place === undefined ? "" : ` (${place})`;
  return new SkeinError("FUNCTION_NOT_SELF_CONTAINED", `${name || "a function"} can't be sent: ${why}${where}`, {
    hint,
  });
}
