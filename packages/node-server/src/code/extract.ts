/** Makes of a module the part that some of its functions need: what else stands in it is blanked, so lines and columns stay. */
import { isNode, nameIn, type Node } from "./node.ts";
import { type Change, declarationOf, type Definition, type Program, type Use } from "./program.ts";

/** A function to keep, and what it is called by those who import it. */
export interface Wanted {
  readonly definition: Definition;
  readonly name: string;
}

export interface Extract {
  readonly text: string;
  /** What each function is exported as, in order. */
  readonly exports: readonly string[];
}

export interface OnReached {
  /** Called for each declaration that the functions reach, and what fills it, before it is kept; may throw. */
  readonly reached: (wanted: Wanted, name: string, statement: Node) => void;
  /** Called for each change of what they reach by what stays here; may throw. */
  readonly changed: (wanted: Wanted, change: Change) => void;
}

/**
 * Keeps the functions, the declarations and imports they reach, and the statements at the top level that fill these:
 * `table.set("a", 1);`, `Shape.prototype.area = …;`.
 */
export function extract(program: Program, wanted: readonly Wanted[], on: OnReached): Extract {
  const kept = new Set<Node>();
  const names = new Map<string, Wanted>();
  for (const one of wanted) {
    const local = topLevelName(one.definition);
    if (local !== undefined) {
      names.set(local, one);
      on.reached(one, local, one.definition.statement);
    }
    keep(program, one, local === undefined ? one.definition.node : one.definition.statement, { kept, names, on });
    if (local !== undefined) kept.add(one.definition.statement);
  }
  // What is kept for one name may reach others: the map grows while it is gone over.
  for (const [name, one] of names) {
    for (const { statement } of program.changes.filter((change) => change.name === name && fills(change))) {
      if (kept.has(statement)) continue;
      on.reached(one, name, statement);
      kept.add(statement);
      keep(program, one, statement, { kept, names, on });
    }
  }
  const parts = [...kept, ...wanted.map(({ definition }) => definition.node)];
  for (const change of program.changes) {
    const one = names.get(change.name);
    const stays = !parts.some(({ start, end }) => start <= change.node.start && change.node.end <= end);
    // What functions that stay here do to the content may be a cache of theirs.
    if (one !== undefined && stays && (change.what === "name" || !change.inFunction)) on.changed(one, change);
  }
  const page = new Page(program.text);
  for (const statement of kept) {
    const kind = program.variables.get(statement);
    if (kind === undefined) page.keep(withoutExport(statement));
    else page.keep(statement, `;${kind} `, ";");
  }
  const tail: string[] = [];
  const exports = wanted.map((one, index) => {
    const exported = `skein_${index}`;
    const local = topLevelName(one.definition) ?? `skein_local_${index}`;
    if (topLevelName(one.definition) === undefined) {
      const { node, statement } = one.definition;
      const { before, after } = bindingOf(program, one, local);
      // What stands inside something else that is kept is written again below it.
      if (kept.has(statement) || !page.keep(node, `;${before}`, after))
        tail.push(`${before}${program.text.slice(node.start, node.end)}${after}`);
    }
    tail.push(`export { ${local} as ${exported} };`);
    return exported;
  });
  return { text: `${page.text()}\n${tail.join("\n")}\n`, exports };
}

/** The name by which the module itself has the function: it is a declaration of its own. */
function topLevelName({ node, parent, statement }: Definition): string | undefined {
  const declaration = declarationOf(statement);
  if (node === declaration) return nameIn(node["id"]);
  if (statement === parent) return parent["init"] === node ? nameIn(parent["id"]) : undefined;
  const declarators = declaration["declarations"];
  const isDeclared = Array.isArray(declarators) && declarators.includes(parent) && parent["init"] === node;
  return isDeclared ? nameIn(parent["id"]) : undefined;
}

interface Keeping {
  readonly kept: Set<Node>;
  /** What is reached at the top level, and by which function first. */
  readonly names: Map<string, Wanted>;
  readonly on: OnReached;
}

function keep(program: Program, wanted: Wanted, part: Node, keeping: Keeping): void {
  const { kept, names, on } = keeping;
  for (const { kind, name, topLevel } of program.usesOf(part)) {
    const statement = kind === "name" && topLevel ? program.declared.get(name) : undefined;
    if (statement === undefined) continue;
    if (!names.has(name)) names.set(name, wanted);
    if (kept.has(statement)) continue;
    on.reached(wanted, name, statement);
    kept.add(statement);
    keep(program, wanted, statement, keeping);
  }
}

/** Whether it is a statement of its own at the top level: the other half of a declaration. */
function fills({ node, statement }: Change): boolean {
  const { expression } = statement;
  if (statement.type !== "ExpressionStatement" || !isNode(expression)) return false;
  return expression === node || isNamespace(expression, node);
}

/** `(function (Space) { … })(Space || (Space = {}))`, as TypeScript's namespaces become. */
function isNamespace({ type, arguments: given }: Node, change: Node): boolean {
  const [first]: unknown[] = type === "CallExpression" && Array.isArray(given) ? given : [];
  return isNode(first) && first.start <= change.start && change.end <= first.end;
}

/** What stands around the text of a function that has no declaration of its own, so that it keeps its name. */
function bindingOf(program: Program, { definition, name }: Wanted, local: string): { before: string; after: string } {
  const { node, parent } = definition;
  const key = JSON.stringify(name === "" ? "anonymous" : name);
  const after = ` }[${key}];`;
  const isMethod = parent["method"] === true || (parent.type === "MethodDefinition" && parent["kind"] === "method");
  if (isMethod) {
    const head = `${node["async"] === true ? "async " : ""}${node["generator"] === true ? "*" : ""}${key}`;
    return { before: `const ${local} = { ${head}`, after };
  }
  const own = nameIn(parent["id"]);
  // An inner `const f = …` that calls itself by that name.
  if (own !== undefined && program.usesOf(node).some((use) => isOwnName(use, definition)))
    return { before: `const ${own} = `, after: `; const ${local} = ${own};` };
  return { before: `const ${local} = { ${key}: `, after };
}

/** The statement without the words that export it. */
function withoutExport(statement: Node): Node {
  const declaration = declarationOf(statement);
  return declaration === statement ? statement : { ...declaration, end: statement.end };
}

/** Whether a function in `const f = …` means itself by `f`. */
export function isOwnName({ kind, name, topLevel, home }: Use, { node, parent }: Definition): boolean {
  if (kind !== "name" || topLevel || parent["init"] !== node || nameIn(parent["id"]) !== name) return false;
  return home !== undefined && home.start <= parent.start && parent.end <= home.end;
}

interface Piece {
  readonly start: number;
  readonly end: number;
  readonly before: string;
  readonly after: string;
}

/** A text of which only pieces are kept; what is written before one takes the place of blanks. */
class Page {
  readonly #text: string;
  readonly #pieces: Piece[] = [];

  constructor(text: string) {
    this.#text = text;
  }

  /** False when it overlaps what is kept already. */
  keep({ start, end }: Node, before = "", after = ""): boolean {
    if (this.#pieces.some((piece) => start < piece.end && piece.start < end)) return false;
    this.#pieces.push({ start, end, before, after });
    return true;
  }

  text(): string {
    let text = "";
    let at = 0;
    for (const { start, end, before, after } of this.#pieces.toSorted((a, b) => a.start - b.start)) {
      text += over(blank(this.#text.slice(at, start)), before) + this.#text.slice(start, end) + after;
      at = end;
    }
    // What is behind the last statement may name a map.
    return text + (/\n\/\/# sourceMappingURL=\S+\s*$/.exec(this.#text.slice(at))?.[0] ?? "");
  }
}

const blank = (text: string): string => text.replaceAll(/[^\n]/g, " ");

/** `words` at the end of blanks, on a line of their own where there is one: what follows keeps its column. */
function over(blanks: string, words: string): string {
  if (words === "") return blanks;
  const line = blanks.lastIndexOf("\n");
  if (line >= 0) return `${blanks.slice(0, line)}${words}${blanks.slice(line)}`;
  return blanks.length >= words.length ? blanks.slice(0, blanks.length - words.length) + words : blanks + words;
}
